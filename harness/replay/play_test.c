/* The player against small servers of a thread each, which answer line by line, or do not. */
#include "harness/replay/play.h"

#include "base/task.h"
#include "base/wire.h"
#include "pcap/talk.h"

#include <criterion/criterion.h>
#include <unistd.h>

/* What the server says at first, to each line in turn, and to the end of all lines; NULL: it closes. */
struct server {
    int listener;
    const char *answers[8];
    struct buf heard;
};

static void serve(void *arg)
{
    struct server *s = arg;
    int fd;
    struct address peer;
    if (failed(socket_accept(s->listener, 5000, &fd, &peer))) {
        return;
    }
    struct wire_socket wire;
    wire_socket_init(&wire, fd);
    err e = wire_write(&wire.wire, span_text(s->answers[0]), 5000);
    size_t lines = 0;
    while (!failed(e)) {
        unsigned char piece[512];
        size_t got;
        e = wire_read(&wire.wire, piece, sizeof piece, 5000, &got);
        if (failed(e)) {
            const char *last = s->answers[lines + 1];
            e = last ? wire_write(&wire.wire, span_text(last), 5000) : e;
            break;
        }
        for (size_t i = 0; i < got && !failed(e); i++) {
            buf_put_byte(&s->heard, piece[i]);
            if (piece[i] != '\n') {
                continue;
            }
            lines++;
            if (!s->answers[lines]) {
                e = err_of(ERR_CLOSED, "");
            } else if (*s->answers[lines]) {
                e = wire_write(&wire.wire, span_text(s->answers[lines]), 5000);
            }
        }
    }
    wire_close(&wire.wire);
}

struct playing {
    const char *answers[8];
    enum replay_stop stop;
    size_t replies, waited;
    bool stays, early;
    const char *heard;
};

static void play(void *context, const struct capture_flow *flow)
{
    const struct playing *want = context;
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    struct server s = {.listener = -1};
    memcpy(s.answers, want->answers, sizeof s.answers);
    buf_init(&s.heard, 4096);
    struct replay_world world = {.patience = 150, .timeout = 20000};
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, &world.to));
    cr_assert(!failed(socket_listen(&world.to, 4, &s.listener)));
    cr_assert(!failed(socket_name(s.listener, &world.to)));
    struct task_group *g = task_group_new(1, 0);
    cr_assert(!failed(task_start(g, serve, &s)));
    struct replay_said said;
    replay_play(&d, &world, arena, &said);
    task_group_free(g);
    cr_assert_eq(said.stop, want->stop, "stop %d: %s", (int)said.stop, said.why);
    cr_assert_eq(said.replies.count, want->replies, "%zu replies", said.replies.count);
    cr_assert_eq(said.waited, want->waited, "%zu waits", said.waited);
    cr_assert_eq(said.stays, want->stays);
    cr_assert_eq(said.early != SAID_NONE, want->early);
    cr_assert(span_eq(buf_span(&s.heard), span_text(want->heard)), "heard %.*s", SPAN_FMT(buf_span(&s.heard)));
    close(s.listener);
    replay_said_wipe(&said);
    buf_wipe(&s.heard);
    arena_free(arena);
}

static const struct talk_line recording[] = {{'S', "220 a\r\n"}, {'C', "EHLO c\r\n"}, {'S', "250 b\r\n"},
                                             {'C', "NOOP\r\nQUIT\r\n"}, {'S', "250 c\r\n221 d\r\n"}, {0, ""}};
#define ALL "EHLO c\r\nNOOP\r\nQUIT\r\n"

Test(replay_play, says_the_flights_of_the_client)
{
    struct playing p = {{"220 x\r\n", "250 x\r\n", "250 x\r\n", "221 x\r\n"}, REPLAY_DONE, 4, 0, false, false, ALL};
    talk(recording, play, &p);
}

Test(replay_play, a_reply_in_pieces_is_one_reply)
{
    struct playing p = {{"220-x\r\n220 y\r\n", "250-x\r\n250-y\r\n250 z\r\n", "250 x\r\n", "221 x\r\n"}, REPLAY_DONE, 4, 0, false, false, ALL};
    talk(recording, play, &p);
}

Test(replay_play, a_missing_reply_is_waited_for_once)
{
    struct playing p = {{"220 x\r\n", "", "250 x\r\n", "221 x\r\n"}, REPLAY_DONE, 3, 1, false, false, ALL};
    talk(recording, play, &p);
}

Test(replay_play, a_server_that_goes_ends_the_play)
{
    struct playing p = {{"421 x\r\n", NULL}, REPLAY_CLOSED, 1, 0, false, false, "EHLO c\r\n"};
    talk(recording, play, &p);
}

Test(replay_play, an_answer_before_its_question_is_early)
{
    struct playing p = {{"220 x\r\n250 x\r\n", "", "250 x\r\n", "221 x\r\n"}, REPLAY_DONE, 4, 0, false, true, ALL};
    talk(recording, play, &p);
}

Test(replay_play, a_client_that_hangs_up_hears_what_came_before_and_what_came_of_it)
{
    static const struct talk_line lines[] = {{'S', "220 a\r\n"}, {'C', "EHLO c\r\n"}, {'S', "250 b\r\n"},
                                             {'c', ""}, {'S', "421 d\r\n"}, {0, ""}};
    struct playing p = {{"220 x\r\n", "250 x\r\n", "421 x\r\n"}, REPLAY_DONE, 3, 0, false, false, "EHLO c\r\n"};
    talk(lines, play, &p);
}

Test(replay_play, a_server_that_should_close_is_waited_for)
{
    static const struct talk_line lines[] = {{'S', "220 a\r\n"}, {'C', "FOO\r\n"}, {'s', "421 b\r\n"}, {0, ""}};
    struct playing stays = {{"220 x\r\n", "421 x\r\n", ""}, REPLAY_DONE, 2, 0, true, false, "FOO\r\n"};
    talk(lines, play, &stays);
}

Test(replay_play, what_crossed_is_not_waited_for_and_tls_is_the_end)
{
    static const struct talk_line lines[] = {{'S', "220 a\r\n"}, {'C', "STARTTLS\r\n"}, {'S', "220 b\r\n"},
                                             {'C', "\x16\x03\x01zzz"}, {'S', "\x16\x03\x03zzz"}, {0, ""}};
    struct playing p = {{"220 x\r\n", "220 x\r\n"}, REPLAY_DONE, 2, 0, false, false, "STARTTLS\r\n"};
    talk(lines, play, &p);
}
