/* OpenSMTPD's log, queue and envelopes, in texts as 6.8 writes them. */
#include "harness/observe/formats.h"

#include <criterion/criterion.h>

static struct arena *arena;
static void make(void)
{
    arena = arena_new();
}
static void drop(void)
{
    arena_free(arena);
}
TestSuite(opensmtpd, .init = make, .fini = drop);

static bool is(span s, const char *text)
{
    return span_eq(s, span_text(text));
}

static span field(const struct log_line *line, const char *name)
{
    for (size_t i = 0; i < line->fields.count; i++) {
        if (strcmp(line->fields.at[i].name, name) == 0) {
            return line->fields.at[i].value;
        }
    }
    return SPAN("(absent)");
}

Test(opensmtpd, log_lines)
{
    struct log_line line;
    opensmtpd_log_read(SPAN("a9ad797f803b5d34 mta delivery evpid=f4d7acbc3a6c0189 from=<a@c.test> "
                            "to=<u@dest.test> rcpt=<-> source=\"192.0.2.1\" relay=\"192.0.2.100 "
                            "(mx.dest.test)\" delay=0s result=\"TempFail\" stat=\"451 say \\\"no\\\"\""),
                       arena, &line);
    cr_expect_str_eq(line.id, "f4d7acbc", "an envelope's id begins with its message's");
    cr_expect_str_eq(line.flag, "delivery");
    cr_expect(is(field(&line, "agent"), "mta") && is(field(&line, "to"), "<u@dest.test>"));
    cr_expect(is(field(&line, "relay"), "192.0.2.100 (mx.dest.test)"));
    cr_expect(is(field(&line, "stat"), "451 say \\\"no\\\""), "a quote in a value does not end it");

    opensmtpd_log_read(SPAN("a9ad797c14ed6b73 smtp message msgid=f4d7acbc size=269 nrcpt=2 proto=ESMTP"),
                       arena, &line);
    cr_expect_str_eq(line.id, "f4d7acbc");
    cr_expect(is(field(&line, "nrcpt"), "2"));

    opensmtpd_log_read(SPAN("info: OpenSMTPD 6.8.0p2 starting"), arena, &line);
    cr_expect(line.flag == NULL && line.id == NULL && line.fields.count == 0);
    opensmtpd_log_read(SPAN("a9ad797c14ed6b73 smtp disconnected reason=\"quit"), arena, &line);
    cr_expect(is(field(&line, "reason"), "quit"), "a value that does not end");
}

Test(opensmtpd, queue_lines)
{
    static const struct {
        const char *label, *line, *state;
        size_t rcpts;
    } rows[] = {
        {"tried before", "f4d7acbc3a6c0189|inet4|mta||a@c.test|u@dest.test|u@dest.test|1795352957|"
                         "1795352957|0|1|pending|398|451 4.3.1 not now | bar", "deferred", 1},
        {"on its way", "f4d7acbc3a6c0189|inet4|mta||a@c.test|u@dest.test|u@dest.test|1795352957|"
                       "1795352957|0|1|inflight|0|", "active", 1},
        {"never tried", "f4d7acbc3a6c0189|inet4|mda||@|u@dest.test|u@dest.test|1795352957|"
                        "1795352957|0|0|pending|0|", "active", 1},
        {"a report to be written", "f4d7acbc3a6c0189|inet4|bounce||a@c.test|u@dest.test|u@dest.test|"
                                   "1795352957|1795352957|0|0|pending|0|", "active", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spool_entry e = {0};
        cr_assert(!failed(opensmtpd_queue_line_read(span_text(rows[i].line), arena, &e)), "%s",
                  rows[i].label);
        cr_expect_str_eq(e.id, "f4d7acbc");
        cr_expect_str_eq(e.state, rows[i].state, "%s", rows[i].label);
        cr_expect_eq(e.rcpts.count, rows[i].rcpts, "%s", rows[i].label);
        cr_expect(is(e.sender, i == 2 ? "<>" : "<a@c.test>"), "%s", rows[i].label);
        cr_expect_eq(e.arrived, 1795352957);
    }
    struct spool_entry e = {0};
    cr_expect(failed(opensmtpd_queue_line_read(SPAN("smtpctl: no"), arena, &e)));
    cr_expect(failed(opensmtpd_queue_line_read(SPAN("f4d7acbc|a|b|c|d|e|f|1|1|0|0|pending|0|"), arena,
                                               &e)),
              "a message's id is no envelope's");
}

Test(opensmtpd, envelopes)
{
    struct spool_entry e = {0};
    span first = SPAN("version: 3\ntype: mta\nsockaddr: 192.0.2.10\nsender: a@c.test\n"
                      "rcpt: u@dest.test\ndest: u@dest.test\nctime: 1795352957\nretry: 1\n"
                      "dsn-notify: 3\ndsn-ret: HDRS\ndsn-envid: QQ+2B314\ndsn-orcpt: x+2By@z.test\n");
    span second = SPAN("type: mta\nsender: a@c.test\nrcpt: w@dest.test\nctime: 1795352957\nretry: 1\n"
                       "dsn-notify: 8\n");
    cr_assert(!failed(opensmtpd_envelope_read(first, arena, &e)));
    cr_assert(!failed(opensmtpd_envelope_read(second, arena, &e)));
    cr_expect(is(e.sender, "<a@c.test>"));
    cr_expect_str_eq(e.state, "deferred");
    cr_assert_eq(e.rcpts.count, 2);
    cr_assert_eq(e.rcpts.at[0].params.count, 2);
    cr_expect(is(e.rcpts.at[0].params.at[0].value, "SUCCESS,FAILURE"));
    cr_expect(is(e.rcpts.at[0].params.at[1].value, "x+2By@z.test"));
    cr_expect(is(e.rcpts.at[1].params.at[0].value, "NEVER"));
    cr_expect(failed(opensmtpd_envelope_read(SPAN("sender: a@c.test\n"), arena, &e)), "no recipient");
    cr_expect(failed(opensmtpd_envelope_read(SPAN("rcpt: a@c.test\nhalf"), arena, &e)), "no key");
}
