/* Conversations and what must (and must not) stand in their drafts. */
#include "pcap/to_scenario.h"

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
     {"scenario TODO: x.pcap, stream 0\n", "source seen in Exim 4.96\n", "req TODO\n", "S: 220\n^ masked host, software, date\n"}, "Nov"},
    {"a recipient that was taken is made one that the target takes", false, {OPEN, RCPT},
     {"set accept.rcpt = user1@test.ex\n", "C: RCPT TO:<user1@test.ex>\n"}, "example"},
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
    {"the answer to a challenge is a secret", false, {OPEN, {'C', "AUTH LOGIN\r\n"}, {'S', "334 x\r\n"}, {'C', "aGlkZGVu\r\n"}, {'S', "235 ok\r\n"}}, {"S: 334\nC: c2VjcmV0\n"}, "aGlkZGVu"},
    {"STARTTLS is the end of what can be read", false, {OPEN, {'C', "STARTTLS\r\n"}, {'S', "220 go\r\n"}, {'C', "\x16\x03\x01zz"}},
     {"C: STARTTLS\nS: 220\n# TLS from here"}, "expect flights"},
    {"words that crossed", false, {{'C', "EHLO c.example.org\r\n"}, {'S', "220 x\r\n250 x\r\n"}},
     {"~~\nC: EHLO customer.test\nS: 220\n", "expect flights c = C S\n"}, NULL},
    {"a server that hangs up", false, {OPEN, {'C', "FOO\r\n"}, {'s', "421 bye\r\n"}}, {"S: 421\nS! eof\n"}, NULL},
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
