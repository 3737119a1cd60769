/* sendmail's log, mailq and queue files, in texts as 8.17 writes them. */
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
TestSuite(sendmail, .init = make, .fini = drop);

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

Test(sendmail, log_lines)
{
    struct log_line line;
    sendmail_log_read(SPAN("Nov 22 13:15:52 sendmail[20985]: 6AMDFqRY020983: to=<w@dest.test>,<u@dest.test>, "
                           "delay=00:00:00, relay=mx.dest.test. [192.0.2.100], dsn=4.3.0, "
                           "reply=451 4.3.1 not now, or later, stat=Deferred: 451 4.3.1 not now, or later"),
                      arena, &line);
    cr_expect_str_eq(line.id, "6AMDFqRY020983");
    cr_expect_str_eq(line.flag, "to");
    cr_expect(is(field(&line, "to"), "<w@dest.test>,<u@dest.test>"));
    cr_expect(is(field(&line, "reply"), "451 4.3.1 not now, or later"), "a reply may hold commas");
    cr_expect(is(field(&line, "stat"), "Deferred: 451 4.3.1 not now, or later"));

    sendmail_log_read(SPAN("Nov 22 13:15:52 sendmail[1]: STARTTLS=client, relay=mx., version=TLSv1.3"), arena,
                      &line);
    cr_expect_null(line.id);
    cr_expect_str_eq(line.flag, "STARTTLS");
    sendmail_log_read(SPAN("Nov 22 13:15:52 sendmail[20944]: starting daemon (8.17.1.9): SMTP"), arena, &line);
    cr_expect(line.id == NULL && line.flag == NULL, "a text with a colon is no id");
    sendmail_log_read(SPAN("Nov 22 13:15:52 postfix[1]: x: y=z"), arena, &line);
    cr_expect_eq(line.fields.count, 0);
}

Test(sendmail, mailq)
{
    struct observation seen = {0};
    span text = SPAN("\t\t/var/spool/mqueue (3 requests)\n"
                     "-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------\n"
                     "6AMDFqRY020983       20 Sun Nov 22 13:15 <a@c.test>\n"
                     "                 (Deferred: 451 4.3.1 not now | bar)\n"
                     "\t\t\t\t\t <u@dest.test>\n"
                     "\t\t\t\t\t <w@dest.test>\n"
                     "6AMDFqRY020984*      20 Sun Nov 22 13:15 <>\n"
                     "\t\t\t\t\t <u@dest.test>\n"
                     "6AMDFqRY020985       20 Sun Nov 22 13:15 <a@c.test>\n"
                     "\t\t\t\t\t <u@dest.test>\n"
                     "\t\tTotal requests: 3\n");
    cr_assert(!failed(sendmail_mailq_read(text, arena, &seen)));
    cr_assert_eq(seen.spool.count, 3);
    cr_expect_str_eq(seen.spool.at[0].id, "6AMDFqRY020983");
    cr_expect_str_eq(seen.spool.at[0].state, "deferred");
    cr_assert_eq(seen.spool.at[0].rcpts.count, 2);
    cr_expect(is(seen.spool.at[0].rcpts.at[1].address, "w@dest.test"));
    cr_expect_str_eq(seen.spool.at[1].id, "6AMDFqRY020984", "the star is no part of the id");
    cr_expect(is(seen.spool.at[1].sender, "<>"));
    cr_expect_str_eq(seen.spool.at[2].state, "active", "what was never tried");
    seen = (struct observation){0};
    cr_expect(!failed(sendmail_mailq_read(SPAN("/var/spool/mqueue is empty\n\t\tTotal requests: 0\n"), arena,
                                          &seen)) && seen.spool.count == 0);
    cr_expect(failed(sendmail_mailq_read(span_first(text, text.len / 2), arena, &seen)),
              "half an output is told");
}

Test(sendmail, queue_files)
{
    struct spool_entry e = {0};
    span control = SPAN("V8\nT1795353352\nK0\nN0\nP60132\nFb8s\n$_[192.0.2.10]\n$rESMTP\n${daemon_flags}\n"
                        "S<a@c.test>\nZQQ+2B314\n"
                        "Qrfc822;x+2By@z.test\nrRFC822; u@dest.test\nRPNSF:<u@dest.test>\n"
                        "rRFC822; v@dest.test\nRPN:<v@dest.test>\nRPFD:w@dest.test\n"
                        "H?P?Return-Path: <\201g>\nH??Received: from c.test\n\tby mx.test.ex\n"
                        "H??Subject: eight\n.\n");
    cr_assert(!failed(sendmail_qf_read(control, SPAN("..dot\nline\n"), arena, &e)));
    cr_expect(is(e.sender, "<a@c.test>"));
    cr_expect_eq(e.arrived, 1795353352);
    cr_expect_str_eq(e.state, "active");
    cr_assert_eq(e.rcpts.count, 3);
    cr_assert_eq(e.rcpts.at[0].params.count, 2);
    cr_expect(is(e.rcpts.at[0].params.at[0].value, "rfc822;x+2By@z.test"));
    cr_expect(is(e.rcpts.at[0].params.at[1].value, "SUCCESS,FAILURE"));
    cr_assert_eq(e.rcpts.at[1].params.count, 1, "an ORCPT belongs to one recipient");
    cr_expect(is(e.rcpts.at[1].params.at[0].value, "NEVER"));
    cr_expect(is(e.rcpts.at[2].address, "w@dest.test") && e.rcpts.at[2].params.count == 0,
              "the default is no parameter");
    cr_assert_eq(e.headers.count, 2, "a field with a condition is none yet");
    cr_expect(is(e.headers.at[0].value, "from c.test\n\tby mx.test.ex"));
    cr_expect(is(e.body, "..dot\nline\n"));
    for (size_t n = 0; n + 1 < control.len; n++) {
        e = (struct spool_entry){0};
        cr_expect(failed(sendmail_qf_read(span_first(control, n), SPAN_EMPTY, arena, &e)),
                  "%zu octets are taken as whole", n);
    }
    e = (struct spool_entry){0};
    cr_assert(!failed(sendmail_qf_read(SPAN("V8\nN1\nS<>\nRPFD:<u@c.test>\n.\n"), SPAN_EMPTY, arena, &e)));
    cr_expect_str_eq(e.state, "deferred");
    cr_expect(is(e.sender, "<>"));
}
