/* Several actors in one play: the judge's clients talk to the judge's servers. What orders them is
   the text of one actor, `after`, and captured values; what a `do` starts is served meanwhile. */
#include "harness/actor/play.h"

#include "harness/scenario/read.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

struct rig {
    struct arena *arena;
    struct transcript t;
    struct play_result r;
    struct play_world world;
    struct address at;
    _Atomic int submitted;
    const char *last; /* the last word of the last submission */
};

static bool world_at(void *target, const char *word, struct address *at)
{
    (void)word;
    *at = ((struct rig *)target)->at;
    return true;
}

static bool world_asleep(void *target)
{
    (void)target;
    return true;
}

/* Says a whole mail, and waits for each of the replies. */
static err say_mail(struct rig *k)
{
    static const char *const lines[] = {"",
                                        "EHLO x\r\n",
                                        "MAIL FROM:<a@c.test>\r\n",
                                        "RCPT TO:<u@dest.test>\r\n",
                                        "DATA\r\n",
                                        "Subject: s\r\n\r\nx\r\n.\r\n",
                                        "QUIT\r\n"};
    int fd = -1;
    TRY(socket_connect(&k->at, NULL, 2000, &fd));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char answer[512];
        size_t got = 0;
        err e = socket_write(fd, span_text(lines[i]), 2000);
        e = failed(e) ? e : socket_read(fd, answer, sizeof answer, 2000, &got);
        if (failed(e)) {
            close(fd);
            return e;
        }
    }
    close(fd);
    return OK;
}

/* Ends only when the mail was served; one for again@ comes back where the connection was lost. */
static err world_act(void *target, const struct step *step)
{
    struct rig *k = target;
    if (step->verb != DO_SUBMIT) {
        return err_of(ERR_DEFER, "no such verb here");
    }
    k->last = step->words.at[step->words.count - 1];
    err e = say_mail(k);
    if (failed(e) && strncmp(k->last, "again@", 6) == 0) {
        e = say_mail(k);
    }
    k->submitted += !failed(e);
    return e;
}

static enum play_end play(struct rig *k, const char *text)
{
    struct scenario_set set = {0};
    mistakes wrong = {0};
    int fd = -1;
    *k = (struct rig){.arena = arena_new()};
    const char *whole =
        arena_printf(k->arena, "scenario x\nsource SEED test\nreq RFC5321-1-x\n%s", text);
    cr_assert(!failed(scenario_read_text(span_text(whole), "t.scn", "t", k->arena, &set, &wrong)));
    cr_assert_eq(wrong.count, 0, "%s", wrong.count > 0 ? wrong.at[0].what : "");
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, &k->at));
    cr_assert(!failed(socket_listen(&k->at, 1, &fd)));
    (void)failed(socket_name(fd, &k->at));
    close(fd);
    transcript_init(&k->t, k->arena);
    k->world = (struct play_world){.target = k,
                                   .sut = world_at,
                                   .server = world_at,
                                   .asleep = world_asleep,
                                   .act = world_act,
                                   .patience = 400,
                                   .timeout = 8000};
    k->world.bindings = bindings_new(k->arena, NULL);
    play_run(set.cases.at[0], &k->world, &k->t, &k->r);
    return k->r.end;
}

struct row {
    const char *label;
    const char *text;
    enum play_end end;
    const char *what;
};

#define ACTORS                                                                                     \
    "actor c client -> sut:smtp\nactor d client -> sut:smtp\nactor mx server at mx.dest.test:25\n"
#define TWO "[mx]\nS: 220\nC: NOOP one\nS: 250\n[mx 2]\nS: 220\nC: NOOP two\nS: 250\n"

static const struct row rows[] = {
    {"a captured value is waited for",
     ACTORS "[c]\nS: 220\nC: NOOP 17\nS: 250\n[d]\nS: 220\nC: HELP @{x}\nS: 250\n"
            "[mx]\nS: 220\nC: NOOP @{x:word}\nS: 250\n[mx 2]\nS: 220\nC: HELP 17\nS: 250\n",
     PLAY_DONE, NULL},
    {"a captured value is the same everywhere",
     ACTORS "[c]\nS: 220\nC: NOOP 17\nS: 250\n[d]\nS: 220\nC: NOOP 18\nS: 250\n"
            "[mx]\nS: 220\nC: NOOP @{x:word}\nS: 250\n[mx 2]\nS: 220\nC: NOOP @{x}\nS: 250\n",
     PLAY_MISMATCH, "NOOP 18"},
    {"after",
     ACTORS "[d]\nS: 220\nC: NOOP two\nS: 250\n[c] after d\nS: 220\nC: NOOP one\nS: 250\n" TWO,
     PLAY_MISMATCH, "NOOP two"},
    {"after, the other way round",
     ACTORS "[c]\nS: 220\nC: NOOP one\nS: 250\n[d] after c\nS: 220\nC: NOOP two\nS: 250\n" TWO,
     PLAY_DONE, NULL},
    {"two connections of one client",
     ACTORS "[c]\nS: 220\nC: NOOP one\nS: 250\n[c 2]\nS: 220\nC: NOOP two\nS: 250\n" TWO,
     PLAY_DONE, NULL},
    {"a verb that the target lacks", ACTORS "[mx]\ndo reload\n", PLAY_UNSUPPORTED, "no such verb"},
};

Test(actors, what_orders_them)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig k;
        enum play_end end = play(&k, rows[i].text);
        cr_expect_eq(end, rows[i].end, "%s: %d %s", rows[i].label, (int)end,
                     k.r.what ? k.r.what : "");
        if (rows[i].what != NULL) {
            cr_expect(k.r.what != NULL && strstr(k.r.what, rows[i].what) != NULL, "%s: %s",
                      rows[i].label, k.r.what ? k.r.what : "");
        }
        arena_free(k.arena);
    }
}

Test(actors, a_verb_is_served_while_it_runs)
{
    struct rig k;
    enum play_end end = play(
        &k, "actor mx server at mx.dest.test:25\n[mx]\ndo submit plain a@c.test u@dest.test\n"
            "[mx 2]\ndo submit plain a@c.test v@dest.test\nS: 220\nC: EHLO *\nS: 250\nC: MAIL*\n"
            "S: 250\nC: RCPT*\nS: 250\nC: DATA\nS: 354\nC<. *\nS: 250\n");
    cr_expect_eq(end, PLAY_DONE, "%d %s", (int)end, k.r.what ? k.r.what : "");
    cr_expect_eq(k.submitted, 2);
    cr_expect_eq(k.r.mails.count, 2, "a sink and a block both take mail");
    cr_expect_str_eq(k.last, "v@dest.test");
    arena_free(k.arena);
}

/* Here a queue run cannot be done at all: that the connection has come already is enough. */
Test(actors, a_queue_run_is_done_when_the_connection_is_there)
{
    static const char text[] =
        "actor mx server at mx.dest.test:25\n[mx]\ndo submit plain a@c.test %s@dest.test\nS! eof\n"
        "[mx 2]\ndo queue-run\nS: 220\nC: EHLO *\nS: 250\n";
    static const struct {
        const char *who;
        enum play_end end;
    } ways[] = {{"again", PLAY_DONE}, {"once", PLAY_BROKEN}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct rig k;
        char play_text[512];
        (void)snprintf(play_text, sizeof play_text, text, ways[i].who);
        enum play_end end = play(&k, play_text);
        cr_expect_eq(end, ways[i].end, "%s: %d %s", ways[i].who, (int)end,
                     k.r.what ? k.r.what : "");
        cr_expect_eq(k.submitted, ways[i].end == PLAY_DONE);
        arena_free(k.arena);
    }
}

Test(actors, repeated_pieces_go_out_in_rounds)
{
    struct rig k;
    enum play_end end = play(&k, ACTORS "[c]\nS| \"220-\" \"x\" * 3000000 \"\\r\\n\"\n[mx]\nS| "
                                        "\"220-\" \"x\" * 3000000 \"\\r\\n\"\n");
    cr_expect_eq(end, PLAY_DONE, "%d %s", (int)end, k.r.what ? k.r.what : "");
    arena_free(k.arena);
}
