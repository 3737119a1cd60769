/* The split of conversations, as rows: what was said, and what it must be taken for. */
#include "pcap/dialogue.h"

#include "pcap/talk.h"

#include <criterion/criterion.h>

/* What was said, in the order of the turns: kind, length, and the code of a reply. */
static void write_items(const struct dialogue *d, struct buf *out)
{
    static const char *const words[SAID_KIND_COUNT] = {
        [SAID_COMMAND] = "command", [SAID_REPLY] = "reply",   [SAID_MAIL] = "mail", [SAID_CHUNK] = "chunk",
        [SAID_SECRET] = "secret",   [SAID_TLS] = "tls",       [SAID_OTHER] = "other"};
    for (size_t t = 0; t < d->turns.count; t++) {
        enum capture_side side = d->turns.at[t].side;
        buf_printf(out, "%s%c", t ? " " : "", side == CAPTURE_CLIENT ? 'C' : 'S');
        for (size_t i = d->turns.at[t].first; i < d->turns.at[t].behind; i++) {
            const struct said *s = &d->said[side].at[i];
            if (s->kind == SAID_REPLY) {
                buf_printf(out, " %u", s->code);
            } else {
                buf_printf(out, " %s:%zu", words[s->kind], s->len);
            }
            if (!s->whole) {
                buf_put_text(out, "?");
            }
        }
    }
}

struct split_row {
    const char *label;
    struct talk_line lines[16];
    const char *items;
};

#define OPEN {'S', "220 x\r\n"}, {'C', "EHLO c\r\n"}, {'S', "250-x\r\n250 SIZE\r\n"}
static const struct split_row rows[] = {
    {"plain", {OPEN, {'C', "QUIT\r\n"}, {'S', "221 x\r\n"}}, "S 220 C command:8 S 250 C command:6 S 221"},
    {"pipelined group is one turn",
     {OPEN, {'C', "MAIL\r\nRCPT\r\nRCPT\r\n"}, {'S', "250 a\r\n"}, {'S', "250 b\r\n550 c\r\n"}},
     "S 220 C command:8 S 250 C command:6 command:6 command:6 S 250 250 550"},
    {"mail data ends at its dot", {OPEN, {'C', "DATA\r\n"}, {'S', "354 go\r\n"}, {'C', "a\r\n..\r\n.\r\nQUIT\r\n"}, {'S', "250 a\r\n221 b\r\n"}},
     "S 220 C command:8 S 250 C command:6 S 354 C mail:10 command:6 S 250 221"},
    {"a lone LF ends nothing", {OPEN, {'C', "DATA\r\n"}, {'S', "354 go\r\n"}, {'C', "a\n.\nb\r\n.\n\r\n.\r\n"}, {'S', "250 a\r\n"}},
     "S 220 C command:8 S 250 C command:6 S 354 C mail:14 S 250"},
    {"empty data", {OPEN, {'C', "DATA\r\n"}, {'S', "354 go\r\n"}, {'C', ".\r\n"}, {'S', "250 a\r\n"}},
     "S 220 C command:8 S 250 C command:6 S 354 C mail:3 S 250"},
    {"data that never ends", {OPEN, {'C', "DATA\r\n"}, {'S', "354 go\r\n"}, {'C', "abc\r\n"}},
     "S 220 C command:8 S 250 C command:6 S 354 C mail:5?"},
    {"refused DATA is followed by commands", {OPEN, {'C', "DATA\r\n"}, {'S', "503 no\r\n"}, {'C', "RSET\r\n"}, {'S', "250 a\r\n"}},
     "S 220 C command:8 S 250 C command:6 S 503 C command:6 S 250"},
    {"pipelined DATA, refused: no mail", {OPEN, {'C', "RCPT\r\nDATA\r\nRSET\r\n"}, {'S', "550 a\r\n503 b\r\n250 c\r\n"}},
     "S 220 C command:8 S 250 C command:6 command:6 command:6 S 550 503 250"},
    {"BDAT by its count, whatever the octets", {OPEN, {'C', "BDAT 7 LAST\r\nQUIT\r\n\nQUIT\r\n"}, {'S', "250 a\r\n221 b\r\n"}},
     "S 220 C command:8 S 250 C command:13 chunk:7 command:6 S 250 221"},
    {"BDAT 0", {OPEN, {'C', "BDAT 0 LAST\r\nQUIT\r\n"}, {'S', "250 a\r\n221 b\r\n"}},
     "S 220 C command:8 S 250 C command:13 command:6 S 250 221"},
    {"BDAT with too few octets", {OPEN, {'C', "BDAT 9 LAST\r\nabc"}, {'S', "421 a\r\n"}},
     "S 220 C command:8 S 250 C command:13 chunk:3? S 421"},
    {"AUTH with two challenges", {OPEN, {'C', "AUTH LOGIN\r\n"}, {'S', "334 VXNlcg==\r\n"}, {'C', "dQ==\r\n"}, {'S', "334 UGFzcw==\r\n"}, {'C', "cA==\r\n"}, {'S', "235 ok\r\n"}, {'C', "NOOP\r\n"}, {'S', "250 a\r\n"}},
     "S 220 C command:8 S 250 C command:12 S 334 C secret:6 S 334 C secret:6 S 235 C command:6 S 250"},
    {"TLS from STARTTLS on", {OPEN, {'C', "STARTTLS\r\n"}, {'S', "220 go\r\n"}, {'C', "\x16\x03\x01 hello\n"}, {'S', "\x16\x03\x03 hello\n"}},
     "S 220 C command:8 S 250 C command:10 S 220 C tls:10 S tls:10"},
    {"TLS on connect", {{'C', "\x16\x03\x01 hello\n"}, {'S', "\x16\x03\x03 hello\n"}}, "C tls:10 S tls:10"},
    {"refused STARTTLS", {OPEN, {'C', "STARTTLS\r\n"}, {'S', "454 no\r\n"}, {'C', "QUIT\r\n"}, {'S', "221 a\r\n"}},
     "S 220 C command:8 S 250 C command:10 S 454 C command:6 S 221"},
    {"what is no reply", {OPEN, {'C', "NOOP\r\n"}, {'S', "hello\r\n250 a\r\n25"}}, "S 220 C command:8 S 250 C command:6 S other:7 250 other:2?"},
    {"commands ended by LF", {OPEN, {'C', "NOOP\nRSET\n"}, {'S', "250 a\r\n250 b\r\n"}}, "S 220 C command:8 S 250 C command:5 command:5 S 250 250"},
    {"a PROXY header is answered by nobody", {{'C', "PROXY TCP4 192.0.2.1 192.0.2.2 99 25\r\n"}, OPEN, {'C', "QUIT\r\n"}, {'S', "221 x\r\n"}},
     "C other:38 S 220 C command:8 S 250 C command:6 S 221"},
    {"a PROXY header in front of TLS", {{'C', "PROXY UNKNOWN\r\n\x16\x03\x01 hello\n"}, {'S', "\x16\x03\x03 hello\n"}}, "C other:15 tls:10 S tls:10"},
    {"from the middle of DATA on", {{'S', "354 go\r\n"}, {'C', "Subject: s\r\n\r\n.\r\nQUIT\r\n"}, {'S', "250 a\r\n221 b\r\n"}},
     "S 354 C mail:17 command:6 S 250 221"},
    {"from the middle of AUTH on", {{'S', "334 x\r\n"}, {'C', "cA==\r\n"}, {'S', "235 ok\r\n"}}, "S 334 C secret:6 S 235"},
    {"LMTP answers for each recipient",
     {{'S', "220 x\r\n"}, {'C', "LHLO c\r\n"}, {'S', "250 x\r\n"}, {'C', "RCPT\r\nRCPT\r\nRCPT\r\nDATA\r\n"}, {'S', "250 a\r\n550 b\r\n250 c\r\n354 d\r\n"}, {'C', "a\r\n.\r\nQUIT\r\n"}, {'S', "250 a\r\n452 b\r\n221 c\r\n"}},
     "S 220 C command:8 S 250 C command:6 command:6 command:6 command:6 S 250 550 250 354 C mail:6 command:6 S 250 452 221"},
};

struct checking {
    const char *label;
    const char *items;
};

static void check_items(void *context, const struct capture_flow *flow)
{
    const struct checking *c = context;
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    struct buf out;
    buf_init(&out, 4096);
    write_items(&d, &out);
    cr_assert(span_eq(buf_span(&out), span_text(c->items)), "%s: %.*s", c->label, SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
    arena_free(arena);
}

Test(dialogue, is_split_by_the_rules_of_smtp)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct checking c = {rows[i].label, rows[i].items};
        talk(rows[i].lines, check_items, &c);
    }
}

static void check_partners(void *context, const struct capture_flow *flow)
{
    (void)context;
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    /* the 550 answers the second RCPT, which is the client's item 3 */
    cr_assert_eq(d.said[CAPTURE_SERVER].at[4].code, 550);
    cr_assert_eq(d.said[CAPTURE_SERVER].at[4].partner, 3);
    cr_assert_eq(d.said[CAPTURE_CLIENT].at[3].partner, 4);
    cr_assert_str_eq(dialogue_software(&d, arena), "Exim 4.96");
    cr_assert_str_eq(dialogue_flights(&d, arena), "S C S C S");
    cr_assert_eq(dialogue_replies_in(&d, d.said[CAPTURE_SERVER].at[4].at), 4);
    arena_free(arena);
}

Test(dialogue, a_reply_knows_what_it_answers)
{
    const struct talk_line lines[] = {{'S', "220 mx ESMTP Exim 4.96 Sat\r\n"}, {'C', "EHLO c\r\n"}, {'S', "250 x\r\n"},
                                      {'C', "MAIL\r\nRCPT\r\nRCPT\r\n"}, {'S', "250 a\r\n250 b\r\n550 c\r\n"}, {0, ""}};
    talk(lines, check_partners, NULL);
}

static err see_unpaired(void *context, const struct capture_flow *flow)
{
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    cr_assert_eq(d.said[CAPTURE_CLIENT].count, 3);
    cr_assert_eq(d.said[CAPTURE_CLIENT].at[0].partner, 1);
    cr_assert_eq(d.said[CAPTURE_CLIENT].at[1].partner, SAID_NONE);
    cr_assert_eq(d.said[CAPTURE_CLIENT].at[2].partner, SAID_NONE);
    cr_assert_eq(d.said[CAPTURE_SERVER].count, 3);
    ++*(int *)context;
    arena_free(arena);
    return OK;
}

Test(dialogue, behind_a_gap_nobody_knows_which_reply_answers_what)
{
    struct arena *arena = arena_new();
    int seen = 0;
    struct capture_limits limits = capture_limits_usual();
    struct capture_flows *f = capture_flows_new(&limits, see_unpaired, &seen, arena);
    struct capture_packet p[] = {
        made_packet(1, true, MADE_S, 9, 0, SPAN_EMPTY),
        made_packet(2, false, MADE_S | MADE_A, 99, 10, SPAN_EMPTY),
        made_packet(3, false, MADE_A, 100, 10, SPAN("220 x\r\n")),
        made_packet(4, true, MADE_A, 10, 107, SPAN("NOOP\r\n")),
        made_packet(5, false, MADE_A, 107, 16, SPAN("250 x\r\n")),
        made_packet(6, true, MADE_A, 16, 114, SPAN("RSET\r\n")),
        made_packet(7, true, MADE_A, 22, 121, SPAN("QUIT\r\n")), /* what answered RSET was lost */
        made_packet(8, false, MADE_A, 121, 28, SPAN("221 x\r\n")),
    };
    for (size_t i = 0; i < 8; i++) {
        cr_assert(!failed(capture_flows_add(f, &p[i])));
    }
    cr_assert(!failed(capture_flows_end(f)));
    cr_assert_eq(seen, 1);
    capture_flows_free(f);
    arena_free(arena);
}

static err see_crossing(void *context, const struct capture_flow *flow)
{
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    /* the greeting was under way when the client spoke: it belongs behind the client's turn */
    cr_assert_eq(d.turns.count, 2);
    cr_assert_eq(d.turns.at[0].side, CAPTURE_CLIENT);
    cr_assert(d.turns.at[0].crossed);
    cr_assert_eq(d.turns.at[0].heard, 0);
    ++*(int *)context;
    arena_free(arena);
    return OK;
}

Test(dialogue, what_was_not_acknowledged_was_not_heard)
{
    struct arena *arena = arena_new();
    int seen = 0;
    struct capture_limits limits = capture_limits_usual();
    struct capture_flows *f = capture_flows_new(&limits, see_crossing, &seen, arena);
    struct capture_packet p[] = {
        made_packet(1, true, MADE_S, 9, 0, SPAN_EMPTY),
        made_packet(2, false, MADE_S | MADE_A, 99, 10, SPAN_EMPTY),
        made_packet(3, false, MADE_A, 100, 10, SPAN("220 x\r\n")),
        made_packet(4, true, MADE_A, 10, 100, SPAN("EHLO c\r\n")),
        made_packet(5, false, MADE_A, 107, 18, SPAN("250 x\r\n")),
    };
    for (size_t i = 0; i < 5; i++) {
        cr_assert(!failed(capture_flows_add(f, &p[i])));
    }
    cr_assert(!failed(capture_flows_end(f)));
    cr_assert_eq(seen, 1);
    capture_flows_free(f);
    arena_free(arena);
}

static void see_first(void *context, const struct capture_flow *flow)
{
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    cr_assert_eq(d.turns.at[0].crossed, *(bool *)context);
    arena_free(arena);
}

Test(dialogue, who_speaks_at_once_crosses_the_greeting)
{
    const struct talk_line at_once[] = {{'C', "EHLO c\r\n"}, {'S', "220 x\r\n250 x\r\n"}, {0, ""}};
    const struct talk_line waits[] = {{'S', "220 x\r\n"}, {'C', "EHLO c\r\n"}, {0, ""}};
    bool yes = true;
    bool no = false;
    talk(at_once, see_first, &yes);
    talk(waits, see_first, &no);
}

static err see_turned(void *context, const struct capture_flow *flow)
{
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    cr_assert(d.smtp);
    cr_assert_eq(d.flow->side[CAPTURE_SERVER].port, 4000);
    ++*(int *)context;
    arena_free(arena);
    return OK;
}

Test(dialogue, without_a_handshake_the_side_that_speaks_in_codes_is_the_server)
{
    struct arena *arena = arena_new();
    int seen = 0;
    struct capture_limits limits = capture_limits_usual();
    struct capture_flows *f = capture_flows_new(&limits, see_turned, &seen, arena);
    struct capture_packet p[] = {
        made_packet(1, true, MADE_A, 10, 100, SPAN("250 x\r\n")),
        made_packet(2, false, MADE_A, 100, 17, SPAN("QUIT\r\n")),
    };
    cr_assert(!failed(capture_flows_add(f, &p[0])) && !failed(capture_flows_add(f, &p[1])));
    cr_assert(!failed(capture_flows_end(f)));
    cr_assert_eq(seen, 1);
    capture_flows_free(f);
    arena_free(arena);
}
