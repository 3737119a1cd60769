/* One recording, many ways to answer it differently: each must be given its own kind. */
#include "harness/replay/compare.h"

#include "pcap/talk.h"

#include <criterion/criterion.h>

static const struct talk_line recording[] = {
    {'S', "220 mx.a.test ESMTP Exim 4.96\r\n"},
    {'C', "EHLO c.test\r\n"},
    {'S', "250-mx.a.test Hello\r\n250-SIZE 100\r\n250 ENHANCEDSTATUSCODES\r\n"},
    {'C', "MAIL FROM:<a@c.test>\r\nRCPT TO:<u@test.ex>\r\nRCPT TO:<v@test.ex>\r\nDATA\r\n"},
    {'S', "250 2.1.0 OK\r\n250 2.1.5 OK\r\n550 5.1.1 no v\r\n354 go\r\n"},
    {'C', "Subject: s\r\n\r\n.\r\n"},
    {'S', "250 2.0.0 OK id=1xUtV3-0002q8-0Z\r\n"},
    {'C', "QUIT\r\n"},
    {'S', "221 2.0.0 bye\r\n"},
    {0, ""},
};

struct row {
    const char *label;
    const char *got;   /* all that the target says; ~ ends what comes before the client's next flight */
    const char *kinds; /* of the differences, in order; "!" before one that fails */
    enum replay_stop stop;
    bool strict;
    size_t turns; /* gone through */
};

#define HELLO "220 mx.test.ex ESMTP refmta\r\n~250-mx.test.ex Hello\r\n250-SIZE 100\r\n250 ENHANCEDSTATUSCODES\r\n~"
#define DONE "~250 2.0.0 OK id=1xAAAA-000001-0A\r\n~221 2.0.0 bye\r\n"
static const struct row rows[] = {
    {"the same but for names and ids", HELLO "250 2.1.0 OK\r\n250 2.1.5 OK\r\n550 5.1.1 no v\r\n354 go\r\n" DONE, "", REPLAY_DONE, false, 0},
    {"other words", HELLO "250 2.1.0 OK\r\n250 2.1.5 Fine\r\n550 5.1.1 no v\r\n354 go\r\n" DONE, "text", REPLAY_DONE, false, 0},
    {"other words, strictly", HELLO "250 2.1.0 OK\r\n250 2.1.5 Fine\r\n550 5.1.1 no v\r\n354 go\r\n" DONE, "!text", REPLAY_DONE, true, 0},
    {"another code", HELLO "250 2.1.0 OK\r\n250 2.1.5 OK\r\n450 4.1.1 later\r\n354 go\r\n" DONE, "!code", REPLAY_DONE, false, 0},
    {"another enhanced code", HELLO "250 2.1.0 OK\r\n250 2.1.5 OK\r\n550 5.7.1 no v\r\n354 go\r\n" DONE, "!enhanced code", REPLAY_DONE, false, 0},
    {"enhanced codes that nobody promised", "220 mx.test.ex ESMTP\r\n~250-x\r\n250 SIZE 100\r\n~250 OK\r\n250 OK\r\n550 no v\r\n354 go\r\n" DONE,
     "extensions, text, text, text", REPLAY_DONE, false, 0},
    {"another offer, strictly", "220 mx.test.ex ESMTP\r\n~250-x\r\n250-SIZE 99\r\n250 ENHANCEDSTATUSCODES\r\n~250 2.1.0 OK\r\n250 2.1.5 OK\r\n550 5.1.1 no v\r\n354 go\r\n" DONE,
     "!extensions", REPLAY_DONE, true, 0},
    {"one reply less", HELLO "250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 go\r\n" DONE, "!missing reply", REPLAY_DONE, false, 0},
    {"one reply more", HELLO "250 2.1.0 OK\r\n250 2.1.5 OK\r\n550 5.1.1 no v\r\n354 go\r\n500 what\r\n" DONE, "!additional reply", REPLAY_DONE, false, 0},
    {"two that changed places", HELLO "250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 go\r\n550 5.1.1 no v\r\n" DONE, "!order", REPLAY_DONE, false, 0},
    {"silence from some point on", HELLO "250 2.1.0 OK\r\n", "!missing reply", REPLAY_DONE, false, 0},
    {"gone before the end", HELLO "421 4.3.0 bye\r\n", "!code, !close", REPLAY_CLOSED, false, 0},
    {"refused as a whole: what came belongs to its own flight", HELLO "421 4.3.0 no\r\n", "!code, !missing reply", REPLAY_DONE, false, 0},
    {"a line that is no reply", HELLO "hello\r\n250 2.1.0 OK\r\n250 2.1.5 OK\r\n550 5.1.1 no v\r\n354 go\r\n" DONE, "!additional reply", REPLAY_DONE, false, 0},
};

static void said_text(struct replay_said *said, const char *text, struct arena *arena)
{
    *said = (struct replay_said){.early = SAID_NONE};
    buf_init(&said->octets, 1 << 16);
    span rest = span_text(text);
    for (size_t turn = SAID_NONE; rest.len; turn += 2) {
        span flight;
        (void)span_split(rest, '~', &flight, &rest);
        struct replay_reply r = {.turn = turn};
        while (dialogue_reply(flight, &r.len, &r.code, &r.whole)) {
            r.at = said->octets.len;
            buf_put(&said->octets, span_first(flight, r.len));
            vec_add(arena, &said->replies, r);
            flight = span_from(flight, r.len);
        }
    }
}

static void compare(void *context, const struct capture_flow *flow)
{
    const struct row *row = context;
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    struct replay_said said;
    said_text(&said, row->got, arena);
    said.stop = row->stop;
    said.turns = row->turns;
    struct compare_options o = {.strict_text = row->strict, .strict_extensions = row->strict};
    struct args_texts none = {0};
    cr_assert(!failed(replay_masks_choose(&none, arena, &o.masks)));
    struct comparison c;
    replay_compare(&d, &said, &o, arena, &c);
    const char *kinds = "";
    for (size_t i = 0; i < c.differences.count; i++) {
        kinds = arena_printf(arena, "%s%s%s%s", kinds, *kinds ? ", " : "", c.differences.at[i].fails ? "!" : "",
                             difference_name(c.differences.at[i].kind));
    }
    cr_assert_str_eq(kinds, row->kinds, "%s: %s", row->label, kinds);
    replay_said_wipe(&said);
    arena_free(arena);
}

Test(replay_compare, each_difference_has_its_kind)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct row row = rows[i];
        talk(recording, compare, &row);
    }
}

Test(replay_compare, where_the_recorded_server_was_gone_a_close_is_no_difference)
{
    static const struct talk_line lines[] = {{'S', "220 a\r\n"}, {'C', "FOO\r\n"}, {'s', "421 b\r\n"}, {'C', "QUIT\r\n"}, {0, ""}};
    static const struct row gone[] = {
        {"as recorded", "220 a\r\n~421 b\r\n", "", REPLAY_CLOSED, false, 3},
        {"without its last word", "220 a\r\n", "!missing reply", REPLAY_CLOSED, false, 3},
        {"earlier", "421 b\r\n", "!code, !close", REPLAY_CLOSED, false, 1},
    };
    /* nobody can tell whether it heard the QUIT */
    static const struct talk_line crossed[] = {{'S', "220 a\r\n"}, {'C', "FOO\r\n"}, {'S', "421 b\r\n"}, {'C', "QUIT\r\n"}, {'s', ""}, {0, ""}};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        struct row row = gone[i];
        talk(lines, compare, &row);
        talk(crossed, compare, &row);
    }
}

static void name_it(void *context, const struct capture_flow *flow)
{
    (void)context;
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    cr_assert_str_eq(replay_reply_name(&d, 4, arena), "reply 5, to RCPT (packet 8)");
    cr_assert_str_eq(replay_reply_name(&d, 6, arena), "reply 7, to the message (packet 10)");
    arena_free(arena);
}

Test(replay_compare, a_reply_is_named_by_what_it_answers)
{
    talk(recording, name_it, NULL);
}
