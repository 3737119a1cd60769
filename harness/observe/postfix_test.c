/* Postfix's log, `postqueue -j` and `postcat -q`, in texts as its programs print them. */
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
TestSuite(postfix, .init = make, .fini = drop);

static span field(const struct log_line *line, const char *name)
{
    for (size_t i = 0; i < line->fields.count; i++) {
        if (strcmp(line->fields.at[i].name, name) == 0) {
            return line->fields.at[i].value;
        }
    }
    return SPAN("(absent)");
}

static bool is(span s, const char *text)
{
    return span_eq(s, span_text(text));
}

Test(postfix, log_lines)
{
    struct log_line line;
    postfix_log_read(SPAN("Nov 22 01:00:10 mx postfix/virtual[23020]: D48D8A881F8: to=<u@test.ex>, "
                          "relay=virtual, "
                          "delay=0, dsn=2.0.0, status=sent (delivered, to maildir)"),
                     arena, &line);
    cr_expect_str_eq(line.id, "D48D8A881F8");
    cr_expect_str_eq(line.flag, "virtual");
    cr_expect(is(field(&line, "to"), "<u@test.ex>") && is(field(&line, "dsn"), "2.0.0"));
    cr_expect(is(field(&line, "status"), "sent") &&
              is(field(&line, "text"), "(delivered, to maildir)"));

    postfix_log_read(SPAN("Nov 22 01:00:10 mx postfix/submission/smtpd[5]: warning: improper "
                          "command pipelining after "
                          "CONNECT from unknown[192.0.2.10]: QUIT"),
                     arena, &line);
    cr_expect_str_eq(line.flag, "smtpd");
    cr_expect_null(line.id, "a warning is no queue id");

    postfix_log_read(SPAN("something else"), arena, &line);
    cr_expect_null(line.flag);
}

Test(postfix, queue_lines)
{
    struct spool_entry e = {0};
    span good =
        SPAN("{\"queue_name\": \"deferred\", \"queue_id\": \"D48D8A881F8\", \"arrival_time\": "
             "1795309210, "
             "\"message_size\": 340, \"forced_expire\": false, \"sender\": \"a@c.test\", "
             "\"recipients\": "
             "[{\"address\": \"u@dest.test\", \"delay_reason\": \"say \\\"no\\\"\"}, {\"address\": "
             "\"v@dest.test\"}]}");
    cr_assert(!failed(postfix_queue_line_read(good, arena, &e)));
    cr_expect_str_eq(e.id, "D48D8A881F8");
    cr_expect_str_eq(e.state, "deferred");
    cr_expect(is(e.sender, "<a@c.test>"));
    cr_expect_eq(e.arrived, 1795309210);
    cr_assert_eq(e.rcpts.count, 2);
    cr_expect(is(e.rcpts.at[1].address, "v@dest.test"));

    for (size_t n = 0; n < good.len; n++) {
        e = (struct spool_entry){0};
        cr_expect(failed(postfix_queue_line_read(span_first(good, n), arena, &e)),
                  "%zu octets are taken as whole", n);
    }
    cr_expect(failed(postfix_queue_line_read(SPAN("{}"), arena, &e)) || e.id);
    cr_expect(failed(postfix_queue_line_read(SPAN("{\"queue_id\": \"A\"} x"), arena, &e)));
}

Test(postfix, postcat_output)
{
    struct spool_entry e = {0};
    span text = SPAN("*** ENVELOPE RECORDS deferred/D/D48D8A881F8 ***\n"
                     "message_size:             340             180               1\n"
                     "named_attribute: log_client_address=192.0.2.10\n"
                     "sender: a@c.test\n"
                     "named_attribute: notify_flags=6\n"
                     "named_attribute: dsn_orig_rcpt=rfc822;x+y@z.test\n"
                     "original_recipient: u@test.ex\n"
                     "recipient: u@test.ex\n"
                     "named_attribute: notify_flags=1\n"
                     "recipient: v@test.ex\n"
                     "*** MESSAGE CONTENTS deferred/D/D48D8A881F8 ***\n"
                     "Subject: plain\n\nhello\n*** not a mark\n"
                     "*** HEADER EXTRACTED deferred/D/D48D8A881F8 ***\n"
                     "*** MESSAGE FILE END deferred/D/D48D8A881F8 ***\n");
    cr_assert(!failed(postfix_postcat_read(text, arena, &e)));
    cr_expect(is(e.sender, "<a@c.test>"));
    cr_assert_eq(e.rcpts.count, 2);
    cr_assert_eq(e.rcpts.at[0].params.count, 2);
    cr_expect(is(e.rcpts.at[0].params.at[0].value, "SUCCESS,FAILURE"));
    cr_expect(is(e.rcpts.at[0].params.at[1].value, "rfc822;x+2By@z.test"), "as on the wire");
    cr_assert_eq(e.rcpts.at[1].params.count, 1, "an ORCPT belongs to one recipient");
    cr_expect(is(e.rcpts.at[1].params.at[0].value, "NEVER"));
    cr_expect(is(e.body, "hello\n*** not a mark\n"));
    cr_expect_eq(e.headers.count, 1);
    cr_expect(failed(postfix_postcat_read(span_first(text, text.len / 2), arena, &e)),
              "half an output is told");
}
