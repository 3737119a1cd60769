/* What a capture says of the messages that were taken: refused recipients, refused texts and given-up
   transactions leave nothing. */
#include "harness/replay/spool.h"

#include "pcap/talk.h"

#include <criterion/criterion.h>

static const struct talk_line recording[] = {
    {'S', "220 mx.a.test ESMTP\r\n"},
    {'C', "EHLO c.test\r\n"},
    {'S', "250 mx.a.test\r\n"},
    {'C', "MAIL FROM:<gone@c.test>\r\n"},
    {'S', "250 OK\r\n"},
    {'C', "RCPT TO:<gone@test.ex>\r\n"},
    {'S', "250 OK\r\n"},
    {'C', "RSET\r\n"},
    {'S', "250 OK\r\n"},
    {'C', "MAIL FROM:<a@c.test> SIZE=9\r\nRCPT TO:<u@test.ex>\r\nRCPT TO:<no@test.ex>\r\nDATA\r\n"},
    {'S', "250 OK\r\n250 OK\r\n550 no\r\n354 go\r\n"},
    {'C', "Subject: one\r\n two\r\nTo: u\r\n\r\n..dot\r\nend\r\n.\r\n"},
    {'S', "250 OK\r\n"},
    {'C', "MAIL FROM:<>\r\nRCPT TO:<v@test.ex>\r\nDATA\r\n"},
    {'S', "250 OK\r\n250 OK\r\n354 go\r\n"},
    {'C', "Subject: refused\r\n\r\n.\r\n"},
    {'S', "554 no\r\n"},
    {'C', "QUIT\r\n"},
    {'S', "221 bye\r\n"},
    {0, ""},
};

static void is(span got, const char *wanted)
{
    cr_assert(span_eq(got, span_text(wanted)), "wanted \"%s\", got \"%.*s\"", wanted, SPAN_FMT(got));
}

static void one_message(void *context, const struct capture_flow *flow)
{
    (void)context;
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    struct recorded_spool spool = {0};
    replay_taken_read(&d, arena, &spool);
    cr_assert_eq(spool.messages.count, 1);
    const struct spool_entry *e = &spool.messages.at[0].entry;
    is(e->sender, "<a@c.test>");
    cr_assert_eq(e->rcpts.count, 1);
    is(e->rcpts.at[0].address, "u@test.ex");
    cr_assert_eq(e->headers.count, 2);
    cr_assert_str_eq(e->headers.at[0].name, "Subject");
    is(e->headers.at[0].value, "one\n two");
    is(e->body, ".dot\nend\n");
    arena_free(arena);
}

Test(replay_taken, only_what_was_taken_with_its_accepted_recipients)
{
    talk(recording, one_message, NULL);
}
