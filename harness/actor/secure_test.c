/* TLS in a play, each row under both libraries on both sides and both versions: what is right goes
   through, and each way of being wrong is convicted with words that tell it. The judge plays both
   sides, on loopback. */
#include "harness/actor/play.h"

#include "harness/scenario/read.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <unistd.h>

struct way {
    char client[8], server[8], version[8];
};

static struct way ways[] = {
    {"openssl", "openssl", "1.2"}, {"openssl", "gnutls", "1.2"}, {"gnutls", "openssl", "1.2"},
    {"gnutls", "gnutls", "1.2"},   {"openssl", "openssl", "1.3"}, {"openssl", "gnutls", "1.3"},
    {"gnutls", "openssl", "1.3"},  {"gnutls", "gnutls", "1.3"},
};

struct rig {
    struct arena *arena;
    struct transcript t;
    struct play_result r;
    struct address at;
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

static const struct scenario *read_play(struct rig *k, const struct way *w, const char *options,
                                        const char *text)
{
    struct scenario_set set = {0};
    mistakes wrong = {0};
    const char *whole = arena_printf(
        k->arena,
        "scenario x\nsource SEED test\nreq RFC5321-1-x\n"
        "actor c client -> sut:smtp tlslib=%s tls=%s\n"
        "actor mx server at mx.dest.test:25 tlslib=%s %s\n%s",
        w->client, w->version, w->server, options, text);
    cr_assert(!failed(scenario_read_text(span_text(whole), "t.scn", "t", k->arena, &set, &wrong)));
    cr_assert_eq(wrong.count, 0, "%s", wrong.count > 0 ? wrong.at[0].what : "");
    return set.cases.at[0];
}

static enum play_end play(struct rig *k, const struct way *w, const char *options, const char *text)
{
    int fd = -1;
    *k = (struct rig){.arena = arena_new()};
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, &k->at));
    cr_assert(!failed(socket_listen(&k->at, 1, &fd)));
    (void)failed(socket_name(fd, &k->at));
    close(fd);
    transcript_init(&k->t, k->arena);
    struct play_world world = {.target = k,
                               .sut = world_at,
                               .server = world_at,
                               .asleep = world_asleep,
                               .ca = "vectors/ca",
                               .patience = 400,
                               .timeout = 8000,
                               .bindings = bindings_new(k->arena, NULL)};
    play_run(read_play(k, w, options, text), &world, &k->t, &k->r);
    return k->r.end;
}

struct row {
    const char *label;
    const char *options; /* of the server */
    const char *text;
    enum play_end end;
    const char *what; /* in the reason */
};

#define HELLO "S: 220\nC: EHLO c.test\nS: 250 { STARTTLS }\nC: STARTTLS\nS: 220\n"
#define INSIDE "C: EHLO c.test\nS: 250\nC: QUIT\nS: 221\n"
#define BOTH(step) "[c]\n" HELLO step INSIDE "[mx]\n" HELLO step INSIDE
#define FIRST "[c]\n" HELLO "TLS: full save=t\n" INSIDE "[mx]\n" HELLO "TLS: full save=t\n" INSIDE
#define THEN(mine, theirs)                                                                         \
    "[c 2] after c\n" HELLO mine INSIDE "[mx 2]\n" HELLO theirs INSIDE

static const struct row rows[] = {
    {"both agree", "", BOTH("TLS: full sni=mx.dest.test\n"), PLAY_DONE, NULL},
    {"from the first octet", "", "[c]\nTLS: full\nS: 220\n" INSIDE "[mx]\nTLS: full\nS: 220\n" INSIDE,
     PLAY_DONE, NULL},
    {"records of one octet", "", BOTH("TLS: full record=1\n"), PLAY_DONE, NULL},
    {"a resumed session", "", FIRST THEN("TLS: resume from=t\n", "TLS: resume from=t\n"), PLAY_DONE,
     NULL},
    {"a declined ticket", "", FIRST THEN("TLS: full from=t\n", "TLS: full from=t\n"), PLAY_DONE,
     NULL},
    {"a tampered ticket", "",
     FIRST THEN("TLS: full from=t ticket=tampered\n", "TLS: full from=t ticket=tampered\n"),
     PLAY_DONE, NULL},
    {"a foreign ticket", "", FIRST THEN("TLS: full ticket=foreign\n", "TLS: full save=u\n"),
     PLAY_DONE, NULL},
    {"a ticket that should have been taken", "",
     FIRST THEN("TLS: resume from=t\n", "TLS: full from=t\n"), PLAY_MISMATCH, "got a full handshake"},
    {"a ticket that should have been declined", "",
     FIRST THEN("TLS: full from=t\n", "TLS: resume from=t\n"), PLAY_MISMATCH, "got a resumed session"},
    {"no ticket was given", "",
     "[c]\n" HELLO "TLS: full save=t\n" INSIDE "[mx]\n" HELLO "TLS: full\n" INSIDE
         THEN("TLS: resume from=t\n", "TLS: full\n"),
     PLAY_MISMATCH, "got none under the name t"},
    {"a handshake that should have failed", "",
     "[c]\n" HELLO "TLS: fail\n[mx]\n" HELLO "TLS: try\n", PLAY_MISMATCH,
     "wanted a handshake that fails"},
    {"clear text in place of the hello", "",
     "[c]\n" HELLO "TLS: full\n[mx]\n" HELLO "TLS: fail stop=0\nS| \"250 injected\\r\\n\"\n",
     PLAY_MISMATCH, "got a failed handshake"},
    {"versions that do not meet", "",
     "[c]\n" HELLO "TLS: fail\nS! eof\n[mx]\n" HELLO "TLS: fail min=1.1 max=1.1\nS! eof\n",
     PLAY_DONE, NULL},
    {"given up in the middle", "",
     "[c]\n" HELLO "TLS: fail stop=1\nC! eof\n[mx]\n" HELLO "TLS: fail\nC! eof\n", PLAY_DONE, NULL},
    {"a close in place of the handshake is an alternative", "",
     "[c]\n" HELLO "C! eof\n[mx]\n" HELLO "either on\nTLS: full\nor off\nC! eof\nend\n", PLAY_DONE,
     NULL},
    {"and the handshake the other one", "",
     "[c]\n" HELLO "TLS: full\n" INSIDE "[mx]\n" HELLO "either on\nTLS: full\n" INSIDE
     "or off\nC! eof\nend\n", PLAY_DONE, NULL},
    {"a name that was not asked for", "",
     "[c]\n" HELLO "TLS: full\n" INSIDE "[mx]\n" HELLO "TLS: full sni=mx.dest.test\n" INSIDE,
     PLAY_MISMATCH, "for no name"},
    {"a reply of before the handshake", "",
     "[c]\n" HELLO "TLS: full\n" INSIDE "[mx]\n" HELLO "TLS: full\nS: 250\n" INSIDE, PLAY_EARLY,
     "did not wait"},
    {"no such certificate", "cert=nobody", BOTH("TLS: full\n"), PLAY_BROKEN, "nobody.crt"},
    {"a sink", "offer=PIPELINING,STARTTLS",
     "[c]\n" HELLO "TLS: full\nC: EHLO c.test\nS: 250 { PIPELINING, !STARTTLS }\nC: STARTTLS\n"
     "S: 250\nC: QUIT\nS: 221\nS! eof\n", PLAY_DONE, NULL},
    {"a sink that offers none", "offer=PIPELINING",
     "[c]\nS: 220\nC: EHLO c.test\nS: 250 { !STARTTLS }\nC: QUIT\nS: 221\n", PLAY_DONE, NULL},
};

ParameterizedTestParameters(secure, what_is_right_and_what_is_wrong)
{
    return cr_make_param_array(struct way, ways, sizeof ways / sizeof *ways);
}

ParameterizedTest(struct way *w, secure, what_is_right_and_what_is_wrong)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig k;
        enum play_end end = play(&k, w, rows[i].options, rows[i].text);
        const char *what = k.r.what != NULL ? k.r.what : "";
        /* That a line was early shows only if it is there in time; else it is a wrong reply. */
        bool other = rows[i].end == PLAY_EARLY && end == PLAY_MISMATCH;
        cr_expect(end == rows[i].end || other, "%s (%s, %s, %s): %d %s", rows[i].label, w->client,
                  w->server, w->version, (int)end, what);
        cr_expect(rows[i].what == NULL || other || strstr(what, rows[i].what) != NULL, "%s: %s",
                  rows[i].label, what);
        arena_free(k.arena);
    }
}

ParameterizedTestParameters(secure, flights_are_those_of_the_protocols)
{
    return cr_make_param_array(struct way, ways, sizeof ways / sizeof *ways);
}

/* The seed's numbers: 15 and 10 flights for a mail over STARTTLS with TLS 1.2, in order and early, and 8 on a
   TLS port: what is said behind a handshake is a flight of its own although a ~~ stands between. */
ParameterizedTest(struct way *w, secure, flights_are_those_of_the_protocols)
{
    static const char *const texts_of[] = {
        HELLO "TLS: full\nC: EHLO c.test\nS: 250\nC: MAIL FROM:<a@c.test>\nC: RCPT TO:<u@test.ex>\n"
              "C: DATA\nS: 250, 250, 354\nC<. plain\nS: 250\n",
        "~~\nC: EHLO c.test\nC: STARTTLS\nS: 220, 250 { STARTTLS }, 220\nTLS: full\n"
        "C: EHLO c.test\nC: MAIL FROM:<a@c.test>\nC: RCPT TO:<u@test.ex>\nC: DATA\n"
        "S: 250, 250, 250, 354\nC<. plain\nS: 250\n",
        "TLS: full\n~~\nC: EHLO c.test\nC: MAIL FROM:<a@c.test>\nC: RCPT TO:<u@test.ex>\nC: DATA\n"
        "S: 220, 250, 250, 250, 354\nC<. plain\nS: 250\n",
    };
    static const size_t flights[] = {15, 10, 8};
    for (size_t i = 0; i < sizeof flights / sizeof *flights; i++) {
        struct rig k;
        side_list sides;
        struct arena *arena = arena_new();
        enum play_end end = play(
            &k, w, "", arena_printf(arena, "[c]\n%s[mx]\n%s", texts_of[i], texts_of[i]));
        arena_free(arena);
        bool new_form = w->version[2] == '3'; /* the client's Finished goes with its EHLO */
        transcript_flights(&k.t, 0, 1, NULL, k.arena, &sides);
        cr_expect_eq(end, PLAY_DONE, "%s", k.r.what);
        cr_expect_eq(sides.count, flights[i] - (new_form ? 2 : 0), "%s to %s, %s: %zu", w->client,
                     w->server, w->version, sides.count);
        arena_free(k.arena);
    }
}

Test(secure, secrets_and_facts_are_kept)
{
    struct rig k;
    struct buf out;
    cr_assert_eq(play(&k, &ways[6], "", FIRST THEN("TLS: resume from=t\n", "TLS: resume from=t\n")),
                 PLAY_DONE, "%s", k.r.what);
    cr_expect(span_starts(k.r.secrets, SPAN("CLIENT_")) || span_starts(k.r.secrets, SPAN("SERVER_")));
    cr_assert_eq(k.t.handshakes.count, 4);
    size_t resumed = 0;
    for (size_t i = 0; i < 4; i++) {
        const struct handshake *h = &k.t.handshakes.at[i];
        cr_expect(h->stands);
        cr_expect_str_eq(h->version, "1.3");
        cr_expect_eq(h->certificates, h->resumed ? 0 : 1);
        cr_expect_eq(h->offered, h->resumed);
        resumed += h->resumed;
    }
    cr_expect_eq(resumed, 2);
    buf_init(&out, 1 << 20);
    struct scenario none = {.id = "x"};
    none.actors.count = 2;
    none.actors.at = (struct actor[]){{.name = "c", .port = "smtp"},
                                      {.name = "mx", .role = ACTOR_SERVER, .endpoint = "m:25"}};
    transcript_write(&k.t, &none, &out);
    cr_expect(span_has(buf_span(&out), SPAN("TLS: resume from=t\n")));
    cr_expect(!span_has(buf_span(&out), SPAN("\\x16\\x03")), "records are no clear text");
    buf_wipe(&out);
    arena_free(k.arena);
}
