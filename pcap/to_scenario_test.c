/* Conversations and what must (and must not) stand in their drafts. */
#include "pcap/to_scenario.h"

#include "base/unescape_test.h"
#include "pcap/open.h"
#include "pcap/talk.h"

#include <criterion/criterion.h>

struct draft_row {
    const char *label;
    bool exact;
    struct talk_line lines[20];
    const char *has[6]; /* in the text */
    const char *lacks;
};

#define OPEN                                                                                       \
    {'S', "220 mx.example.com ESMTP Exim 4.96 Sat, 21 Nov 2026\r\n"}, {'C', "EHLO c.example.org\r\n"}, \
        {'S', "250-mx\r\n250-SIZE 5000\r\n250-PIPELINING\r\n250 CHUNKING\r\n"}
#define RCPT {'C', "MAIL FROM:<a@c.example.org>\r\n"}, {'S', "250 OK\r\n"}, {'C', "RCPT TO:<bob@example.com>\r\n"}, {'S', "250 OK\r\n"}
static const struct draft_row rows[] = {
    {"the greeting is asked for by its code", false, {OPEN},
     {"scenario TODO: x.pcap, stream 0\n", "source seen in Exim 4.96\n", "req  TODO\n", "S: 220\n^ masked host, software, date\n"}, "Nov"},
    {"a recipient that was taken is made one that the target takes", false, {OPEN, RCPT},
     {"set  accept.rcpt = user1@test.ex\n", "C: RCPT TO:<user1@test.ex>\n"}, "example"},
    {"what was used of the offer is demanded", false,
     {OPEN, {'C', "MAIL FROM:<a@c.example.org> SIZE=7\r\nRCPT TO:<bob@example.com>\r\n"}, {'S', "250 OK\r\n250 OK\r\n"}},
     {"S: 250 { SIZE >= 1, PIPELINING }\n", "rests on: size 5000, CHUNKING\n", "S: 250, 250\n"}, NULL},
    {"mail data is a message, its id captured", false,
     {OPEN, RCPT, {'C', "DATA\r\n"}, {'S', "354 go\r\n"}, {'C', "Subject: s\r\n\r\n..hi\r\n.\r\n"}, {'S', "250 OK id=1xUtVh-0003KB-3g\r\n"}},
     {"C: DATA\nS: 354\nC<. m1\n", "S: 250 ~ \"@{id:id}\"\n^ masked", "=== message m1 file=s.m1.eml\n",
      "expect flights c = S C S C S C S C S C S\n", "expect log exim-main has \"@{id} <= *\"\n"}, NULL},
    {"mail data with a bare LF keeps its octets", false,
     {OPEN, RCPT, {'C', "DATA\r\n"}, {'S', "354 go\r\n"}, {'C', "Subject: s\r\n\r\nhi\n.\n\r\n.\r\n"}, {'S', "250 OK\r\n"}},
     {"C| \"Subject: x\\r\\n\"\n", "C| \".\\n\"\nC| \"\\r\\n\"\nC| \".\\r\\n\"\n"}, "=== message"},
    {"BDAT counts what is said", false, {OPEN, RCPT, {'C', "BDAT 14 LAST\r\nSubject: s\r\n\r\n"}, {'S', "250 OK\r\n"}},
     {"C: BDAT @{#m1} LAST\nC<= m1\n", "need chunking\n"}, NULL},
    {"a chunk that breaks inside a line", false, {OPEN, RCPT, {'C', "BDAT 4\r\nSubj"}, {'S', "250 OK\r\n"}},
     {"C| \"BDAT 4\\r\\n\"\nC| \"xxxx\"\n"}, NULL},
    {"a star is no pattern", false, {OPEN, {'C', "NOOP *|\r\n"}, {'S', "250 OK\r\n"}}, {"C| \"NOOP \\x2a|\\r\\n\"\n"}, NULL},
    {"a command ended by LF", false, {OPEN, {'C', "NOOP\n"}, {'S', "250 OK\r\n"}}, {"C| \"NOOP\\n\"\n"}, NULL},
    {"exact keeps octets", true, {OPEN, RCPT}, {"C| \"EHLO c.example.org\\r\\n\"\n", "C| \"RCPT TO:<bob\\x40example.com>\\r\\n\"\n"}, NULL},
    {"secrets go even then", true, {OPEN, {'C', "AUTH PLAIN AGEAYg==\r\n"}, {'S', "235 ok\r\n"}}, {"C| \"AUTH PLAIN AHVzZXIxAHNlY3JldA==\\r\\n\"\n^ masked the secret\n"}, "AGEAYg"},
    {"what looks random is noted", false, {OPEN, {'C', "NOOP\r\n"}, {'S', "250 OK a640c23a62f3b7654f8aAq - gsmtp\r\n"}}, {"S: 250\n^ masked word that looks random\n"}, "a640c"},
    {"the answer to a challenge is a secret", false, {OPEN, {'C', "AUTH LOGIN\r\n"}, {'S', "334 x\r\n"}, {'C', "aGlkZGVu\r\n"}, {'S', "235 ok\r\n"}}, {"S: 334\nC: c2VjcmV0\n"}, "aGlkZGVu"},
    {"giving up is no secret", false, {OPEN, {'C', "AUTH LOGIN\r\n"}, {'S', "334 x\r\n"}, {'C', "*\r\n"}, {'S', "501 ok\r\n"}}, {"S: 334\nC| \"\\x2a\\r\\n\"\nS: 501\n"}, "c2VjcmV0"},
    {"a secret that nobody asked for", true, {OPEN, {'C', "AUTH LOGIN\r\n"}, {'S', "503 no\r\n"}, {'C', "aGlk7GVu\r\n"}, {'S', "500 what\r\n"}}, {"S: 503\nC: c2VjcmV0\n^ masked the secret\nS: 500\n"}, "aGlk7"},
    {"a list, and somebody without a domain", false, {OPEN, {'C', "EXPN staff-list\r\n"}, {'S', "550 no\r\n"}, {'C', "VRFY Jim\r\n"}, {'S', "252 x\r\n"}}, {"C: EXPN user1\nS: 550\nC: VRFY user2\n"}, NULL},
    {"a balancer speaks first", false, {{'C', "PROXY TCP4 203.0.113.7 203.0.113.8 9 25\r\n"}, {'S', "220 x\r\n"}, {'C', "NOOP\r\n"}, {'S', "250 OK\r\n"}}, {"C| \"PROXY TCP4 198.51.100.1 198.51.100.2 9 25\\r\\n\"\nS: 220\n"}, "need"},
    {"STARTTLS is the end of what can be read", false, {OPEN, {'C', "STARTTLS\r\n"}, {'S', "220 go\r\n"}, {'C', "\x16\x03\x01zz"}},
     {"C: STARTTLS\nS: 220\n# TLS from here"}, "expect flights"},
    {"words that crossed", false, {{'C', "EHLO c.example.org\r\n"}, {'S', "220 x\r\n250 x\r\n"}},
     {"~~\nC: EHLO customer.test\nS: 220\n", "expect flights c = C S\n"}, NULL},
    {"a server that hangs up", false, {OPEN, {'C', "FOO\r\n"}, {'s', "421 bye\r\n"}}, {"S: 421\nS! eof\n"}, NULL},
    {"a client that hangs up between two replies", false, {OPEN, {'C', "NOOP\r\n"}, {'S', "250 OK\r\n"}, {'c', ""}, {'S', "421 bye\r\n"}}, {"C: NOOP\nS: 250\nC! shut\nS: 421\n"}, "S! eof"},
    {"a client that hangs up first", false, {OPEN, {'c', "QUIT\r\n"}, {'S', "221 bye\r\n"}}, {"C: QUIT\nC! shut\nS: 221\n"}, "S! eof"},
};

static void check(void *context, const struct capture_flow *flow)
{
    const struct draft_row *r = context;
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    struct draft_options o = {.capture = "x.pcap", .stem = "s", .exact = r->exact, .names = redaction_new(arena)};
    struct draft draft;
    err e = capture_to_scenario(&d, &o, arena, &draft);
    cr_assert(!failed(e), "%s: %s", r->label, e.what);
    for (size_t i = 0; i < 6 && r->has[i]; i++) {
        cr_assert(span_has(draft.text, span_text(r->has[i])), "%s: no %s in\n%.*s", r->label, r->has[i], SPAN_FMT(draft.text));
    }
    if (r->lacks) {
        cr_assert(!span_has(draft.text, span_text(r->lacks)), "%s: %s in\n%.*s", r->label, r->lacks, SPAN_FMT(draft.text));
    }
    arena_free(arena);
}

Test(capture_to_scenario, drafts_what_was_said)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct draft_row row = rows[i];
        talk(rows[i].lines, check, &row);
    }
}

static void refuse_gap(void *context, const struct capture_flow *flow)
{
    struct arena *arena = context;
    struct capture_flow holed = *flow;
    struct dialogue d;
    struct draft draft;
    vec_add(arena, &holed.side[CAPTURE_SERVER].gaps, (struct stream_gap){.octets = 7});
    dialogue_read(&holed, arena, &d);
    struct draft_options o = {.capture = "x.pcap", .stem = "s", .names = redaction_new(arena)};
    err e = capture_to_scenario(&d, &o, arena, &draft);
    cr_expect(failed(e) && span_has(span_text(e.what), SPAN("octets are missing")), "%s", failed(e) ? e.what : "none");
}

Test(capture_to_scenario, what_is_missing_is_told_before_what_it_hides)
{
    static const struct talk_line lines[] = {{'C', "EHLO c.test\r\n"}, {'S', "x\r\n"}, {0}};
    struct arena *arena = arena_new();
    talk(lines, refuse_gap, arena);
    arena_free(arena);
}

/* ---- beside a second capture ---- */

static err keep_text(struct arena *arena, const struct dialogue *d, const struct draft_options *o, span *text)
{
    struct draft draft;
    TRY(capture_to_scenario(d, o, arena, &draft));
    *text = draft.text;
    return OK;
}

struct pair {
    const struct talk_line *second;
    const struct dialogue *first;
    struct arena *arena;
    struct redaction *names;
    span text[2]; /* drafts of the first: alone, beside the second */
};

static void with_second(void *context, const struct capture_flow *flow)
{
    struct pair *p = context;
    struct dialogue d;
    dialogue_read(flow, p->arena, &d);
    struct draft_options o = {.capture = "x.pcap", .stem = "s", .names = p->names};
    cr_assert(!failed(keep_text(p->arena, p->first, &o, &p->text[0])));
    o.beside = &d;
    cr_assert(!failed(keep_text(p->arena, p->first, &o, &p->text[1])));
}

static void with_first(void *context, const struct capture_flow *flow)
{
    struct pair *p = context;
    struct dialogue d;
    dialogue_read(flow, p->arena, &d);
    p->first = &d;
    talk(p->second, with_second, p);
}

static size_t count(span text, span needle)
{
    size_t n = 0;
    for (size_t at; (at = span_find(text, needle)) != SPAN_NONE; n++) {
        text = span_from(text, at + needle.len);
    }
    return n;
}

Test(capture_to_scenario, two_captures_generalise_only_what_differs)
{
    static const struct talk_line first[] = {
        {'S', "220 mail ESMTP ready at Sat, 21 Nov 2026 10:00:00 +0000\r\n"}, {'C', "EHLO c\r\n"}, {'S', "250-mail\r\n250-SIZE 5000\r\n250-X1\r\n250 HELP\r\n"},
        {'C', "NOOP 17\r\n"}, {'S', "250 2.0.0 done 17 of 20\r\n"}, {'C', "VRFY x\r\n"}, {'S', "252 2.1.5 perhaps\r\n"}, {'C', "QUIT\r\n"}, {'S', "221 bye\r\n"}, {0, NULL}};
    static const struct talk_line second[] = {
        {'S', "220 mail ESMTP ready at Sat, 21 Nov 2026 10:00:09 +0000\r\n"}, {'C', "EHLO c\r\n"}, {'S', "250-mail\r\n250-SIZE 5000\r\n250-X2\r\n250 HELP\r\n"},
        {'C', "NOOP 18\r\n"}, {'S', "250 2.0.0 done 18 of 20\r\n"}, {'C', "VRFY x\r\n"}, {'S', "252 2.1.5 perhaps\r\n"}, {'C', "QUIT\r\n"}, {'S', "221 bye\r\n"}, {0, NULL}};
    struct arena *arena = arena_new();
    struct pair p = {.second = second, .arena = arena, .names = redaction_new(arena)};
    talk(first, with_first, &p);
    static const char *const has[] = {
        "S: 220 ~ \"mail ESMTP ready at *\"\n^ masked date\n",
        "S: 250 { SIZE >= 5000, HELP }\n^ masked host, and what only one capture offers: X1\n",
        "C: NOOP 17\n^ masked what differs between the captures: these are the words of the first\n",
        "S: 250 ~ \"2.0.0 done * of 20\"\n^ masked number that differs between the captures\n",
        "S: 252 ~ \"2.1.5 perhaps\"\nC: QUIT\n",
        "S: 221 ~ \"bye\"\n",
    };
    for (size_t i = 0; i < sizeof has / sizeof *has; i++) {
        cr_assert(span_has(p.text[1], span_text(has[i])), "no %s in\n%.*s", has[i], SPAN_FMT(p.text[1]));
    }
    cr_assert_eq(count(p.text[1], SPAN("^ masked")), 4u, "%.*s", SPAN_FMT(p.text[1]));
    cr_assert(!span_has(p.text[0], SPAN(" ~ ")), "one capture demands no text");
    arena_free(arena);
}

Test(capture_to_scenario, the_same_twice_is_demanded_whole)
{
    static const struct talk_line lines[] = {{'S', "220 mail ready, 17\r\n"}, {'C', "NOOP\r\n"}, {'S', "250 \"fine\" 3*4\r\n"}, {0, NULL}};
    struct arena *arena = arena_new();
    struct pair p = {.second = lines, .arena = arena, .names = redaction_new(arena)};
    talk(lines, with_first, &p);
    cr_assert(!span_has(p.text[1], SPAN("^ masked")), "%.*s", SPAN_FMT(p.text[1]));
    cr_assert(span_has(p.text[1], SPAN("S: 220 ~ \"mail ready, 17\"\n")), "%.*s", SPAN_FMT(p.text[1]));
    cr_assert(span_has(p.text[1], SPAN("S: 250 ~ \"\\x22fine\\x22 3\\x2a4\"\n")), "%.*s", SPAN_FMT(p.text[1]));
    arena_free(arena);
}

Test(capture_to_scenario, a_name_has_the_same_replacement_in_both_captures)
{
    static const struct talk_line first[] = {
        {'S', "220 x\r\n"}, {'C', "MAIL FROM:<alice@one.example>\r\n"}, {'S', "250 ok\r\n"}, {'C', "RCPT TO:<bob@two.example>\r\n"}, {'S', "250 ok\r\n"}, {0, NULL}};
    static const struct talk_line second[] = {
        {'S', "220 x\r\n"}, {'C', "MAIL FROM:<bob@two.example>\r\n"}, {'S', "250 ok\r\n"}, {'C', "RCPT TO:<alice@one.example>\r\n"}, {'S', "550 no\r\n"}, {0, NULL}};
    struct arena *arena = arena_new();
    struct redaction *names = redaction_new(arena);
    struct pair a = {.second = first, .arena = arena, .names = names};
    struct pair b = {.second = second, .arena = arena, .names = names};
    talk(first, with_first, &a);
    talk(second, with_first, &b);
    span line[2];
    for (size_t i = 0; i < 2; i++) {
        span text = i ? b.text[0] : a.text[0];
        size_t at = span_find(text, i ? SPAN("C: RCPT TO:<") : SPAN("C: MAIL FROM:<"));
        span rest = span_from(text, at + (i ? 12 : 14));
        line[i] = span_first(rest, span_find_byte(rest, '>'));
    }
    cr_assert(span_eq(line[0], line[1]) && !span_has(line[0], SPAN("alice")), "%.*s and %.*s", SPAN_FMT(line[0]), SPAN_FMT(line[1]));
    arena_free(arena);
}

/* ---- --exact ---- */

static void check_exact(void *context, const struct capture_flow *flow)
{
    unsigned *done = context;
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    struct draft_options o = {.capture = "x.pcap", .stem = "s", .exact = true, .names = redaction_new(arena)};
    span text, line;
    cr_assert(!failed(keep_text(arena, &d, &o, &text)));
    struct buf octets;
    buf_init(&octets, 1 << 16);
    while (span_line(&text, &line)) {
        if (span_starts(line, SPAN("C| \""))) {
            cr_assert(hex_unescape(span_part(line, 4, line.len - 5), &octets), "%.*s", SPAN_FMT(line));
        }
    }
    cr_assert(span_eq(buf_span(&octets), flow->side[CAPTURE_CLIENT].octets), "%.*s", SPAN_FMT(buf_span(&octets)));
    buf_wipe(&octets);
    arena_free(arena);
    ++*done;
}

Test(capture_to_scenario, exact_keeps_every_octet_of_the_client)
{
    static const struct talk_line lines[] = {
        {'S', "220 x\r\n"}, {'C', "EHLO a b\xc3\xa9 * @{x} \"q\" \\\r\n"}, {'S', "250 x\r\n"}, {'C', "MAIL FROM:<alice@one.example> SIZE=99\r\n"}, {'S', "250 ok\r\n"},
        {'C', "RCPT TO:<b@two.example>\r\n"}, {'S', "250 ok\r\n"}, {'C', "DATA\r\n"}, {'S', "354 go\r\n"}, {'C', "Subject: s\r\n\r\n.x\n\r\n..\r\n.\r\n"}, {'S', "250 ok\r\n"},
        {'C', "BDAT 4 LAST\r\n\x01\r\xff\n"}, {'S', "503 no\r\n"}, {'C', "QUIT\n"}, {'S', "221 x\r\n"}, {0, NULL}};
    unsigned done = 0;
    talk(lines, check_exact, &done);
    cr_assert_eq(done, 1u);
}

/* ---- TLS ---- */

static const struct {
    const char *name;
    uint64_t stream;
    const char *has[5];
} secured[] = {
    {"tls12-cbc-exim", 0, {"need starttls\n", "C: STARTTLS\nS: 220\nTLS: full min=1.2 max=1.2\n^ masked cipher TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, certificates, tickets\nC: EHLO customer.test\n", "C<. m1\n"}},
    {"tls13-resumed-postfix", 1, {"need starttls tickets\n", "TLS: full min=1.3 max=1.3 save=ticket\n", "C: QUIT\nS: 221\n[c 2] after c\nS: 220\n", "C: STARTTLS\nS: 220 2.0.0\nTLS: resume min=1.3 max=1.3 from=ticket\n"}},
    {"tls13-resumed-ref-openssl", 1, {"need tls-on-connect tickets\nset  accept.rcpt", "actor c client -> sut:smtps\n", "before\nTLS: full min=1.3 max=1.3 save=ticket\n", "[c 2] after c\nTLS: resume min=1.3 max=1.3 from=ticket\n"}},
    {"tls13-resumed-ref-openssl", 0, {"need tls-on-connect\nactor c client -> sut:smtps\nTLS: full min=1.3 max=1.3\n^ masked cipher TLS_AES_256_GCM_SHA384, certificates, tickets\nS: 220\n"}},
};

struct secured_draft {
    size_t row;
    bool keys;
    struct capture_secrets *secrets;
    unsigned done;
};

static err check_secured(void *context, const struct capture_flow *flow)
{
    struct secured_draft *s = context;
    if (flow->stream != secured[s->row].stream) {
        return OK;
    }
    struct dialogue d;
    dialogue_open(flow, s->secrets, flow->arena, &d);
    struct draft_options o = {.capture = "x", .stem = "s", .names = redaction_new(flow->arena)};
    struct draft draft;
    err e = capture_to_scenario(&d, &o, flow->arena, &draft);
    s->done++;
    for (size_t i = 0; s->keys && i < 5 && secured[s->row].has[i]; i++) {
        cr_assert(!failed(e) && span_has(draft.text, span_text(secured[s->row].has[i])), "no %s in\n%.*s", secured[s->row].has[i], SPAN_FMT(draft.text));
    }
    if (!s->keys && !failed(e)) {
        cr_assert(span_has(draft.text, SPAN("\n# TLS from here; this is the end, because there is no key for it\n")), "%.*s", SPAN_FMT(draft.text));
    }
    cr_assert(s->keys || !failed(e) || strstr(e.what, "TLS from the start: there is no key for it"), "%s", e.what);
    return OK;
}

Test(capture_to_scenario, a_handshake_stands_where_it_was)
{
    for (size_t i = 0; i < 2 * sizeof secured / sizeof *secured; i++) {
        struct arena *arena = arena_new();
        struct secured_draft s = {.row = i / 2, .keys = i % 2, .secrets = capture_secrets_new(arena)};
        const char *path = arena_printf(arena, "pcap/captures/%s/traffic.pcapng", secured[s.row].name);
        struct recording *c;
        struct capture_limits limits = capture_limits_usual();
        struct capture_totals totals;
        cr_assert(!s.keys || !failed(capture_secrets_embedded(s.secrets, path)));
        cr_assert(!failed(recording_open(path, arena, &c)));
        cr_assert(!failed(capture_read(c, &limits, check_secured, &s, &totals)));
        recording_close(c);
        cr_assert_eq(s.done, 1u);
        arena_free(arena);
    }
}
