/* The engine against a peer in a thread of its own that plays right and wrong behaviour from a short
   script. Each wrong behaviour has to be convicted with the right end; a judge that never convicts
   is worth nothing. Lines of a script:
     "> bytes"  say them, escapes as in C      "< N"      read until N more line ends have come
     "= N"      read N octets                  "."        read to the lone dot
     "close", "reset", "shut"                  "work N"   milliseconds in which the peer is awake */
#include "harness/actor/play.h"

#include "base/unescape_test.h"
#include "harness/scenario/read.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct peer {
    const char *const *script; /* NULL-ended */
    bool is_client;
    struct address at;
    int listener;
    pthread_t thread;
    _Atomic int fd;
    _Atomic bool idle;
    _Atomic bool dead;
};

struct rig {
    struct arena *arena;
    const struct scenario *s;
    struct transcript t;
    struct play_result r;
    struct play_world world;
    struct peer peer;
};

/* ---- the peer ---- */

/* Asleep only while there is nothing to read: what has come is noticed before it is taken. */
static bool read_octet(struct peer *p, int fd, char *c)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    p->fd = fd;
    p->idle = true;
    (void)poll(&ready, 1, -1);
    p->idle = false;
    return read(fd, c, 1) == 1;
}

static void read_lines(struct peer *p, int fd, long lines)
{
    char c = 0;
    while (lines > 0 && read_octet(p, fd, &c)) {
        lines -= c == '\n';
    }
}

static void read_to_dot(struct peer *p, int fd)
{
    char last[5] = "\r\n";
    char c = 0;
    size_t len = 2;
    while (read_octet(p, fd, &c)) {
        memmove(last, last + (len == 5), len == 5 ? 4 : len);
        len -= len == 5;
        last[len++] = c;
        if (len == 5 && memcmp(last, "\r\n.\r\n", 5) == 0) {
            return;
        }
    }
}

static void say(int fd, const char *text)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    (void)hex_unescape(span_text(text), &out);
    if (send(fd, out.at, out.len, MSG_NOSIGNAL) < 0) {
        /* the judge has gone already: what it saw decides */
    }
    buf_wipe(&out);
}

/* False: the connection is over. */
static bool act(struct peer *p, int fd, const char *line)
{
    char c;
    long n = strlen(line) > 2 ? atol(line + (line[0] == 'w' ? 5 : 2)) : 0;
    if (line[0] == '>') {
        say(fd, line + 2);
    } else if (line[0] == '<') {
        read_lines(p, fd, n);
    } else if (line[0] == '=') {
        while (n-- > 0 && read_octet(p, fd, &c)) {
        }
    } else if (line[0] == '.') {
        read_to_dot(p, fd);
    } else if (line[0] == 'w') {
        usleep((useconds_t)n * 1000);
    } else if (strcmp(line, "shut") == 0) {
        shutdown(fd, SHUT_WR);
    } else if (strcmp(line, "reset") == 0) {
        struct linger at_once = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fd);
        return false;
    } else if (strcmp(line, "die") == 0) {
        p->dead = true;
        close(fd);
        return false;
    } else {
        close(fd);
        return false;
    }
    return true;
}

static void *peer_run(void *arg)
{
    struct peer *p = arg;
    int fd = -1;
    if (p->is_client) {
        fd = socket(AF_INET, SOCK_STREAM, 0);
        int tries = 0;
        while (connect(fd, (struct sockaddr *)&p->at.storage, p->at.len) < 0 && ++tries < 1000) {
            usleep(2000);
        }
    } else {
        struct pollfd ready = {.fd = p->listener, .events = POLLIN};
        if (poll(&ready, 1, 3000) <= 0 || (fd = accept(p->listener, NULL, NULL)) < 0) {
            return NULL;
        }
    }
    bool open = true;
    for (size_t i = 0; open && p->script[i] != NULL; i++) {
        open = act(p, fd, p->script[i]);
    }
    char c;
    while (open && read_octet(p, fd, &c)) {
    }
    if (open) {
        close(fd);
    }
    p->idle = true;
    return NULL;
}

/* ---- the world ---- */

static bool world_sut(void *target, const char *port, struct address *at)
{
    (void)port;
    *at = ((struct peer *)target)->at;
    return true;
}

static bool world_server(void *target, const char *endpoint, struct address *at)
{
    (void)endpoint;
    *at = ((struct peer *)target)->at;
    return true;
}

static bool world_asleep(void *target)
{
    struct peer *p = target;
    int unread = 0;
    return p->idle && (ioctl(p->fd, FIONREAD, &unread) < 0 || unread == 0);
}

static bool world_died(void *target)
{
    return ((struct peer *)target)->dead;
}

static void free_port(struct address *at)
{
    int fd = -1;
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, at));
    cr_assert(!failed(socket_listen(at, 8, &fd)));
    cr_assert(!failed(socket_name(fd, at)) || address_port(at) != 0);
    close(fd);
}

static const char *const end_names[] = {"done",      "mismatch",    "early",        "late",
                                        "no answer", "label",       "inconclusive", "unreachable",
                                        "crash",     "unsupported", "broken"};

static void rig_read(struct rig *k, const char *text)
{
    struct scenario_set set = {0};
    mistakes wrong = {0};
    *k = (struct rig){.arena = arena_new()};
    char *whole = arena_printf(k->arena, "scenario x\nsource SEED test\nreq RFC5321-1-x\n%s", text);
    err e = scenario_read_text(span_text(whole), "test.scn", "test", k->arena, &set, &wrong);
    cr_assert(!failed(e));
    for (size_t i = 0; i < wrong.count; i++) {
        cr_log_error("%u: %s", wrong.at[i].place.line, wrong.at[i].what);
    }
    cr_assert_gt(set.cases.count, 0, "the text has no case:\n%s", text);
    k->s = set.cases.at[0];
    transcript_init(&k->t, k->arena);
    k->world = (struct play_world){.target = &k->peer, .sut = world_sut, .server = world_server,
                                   .asleep = world_asleep, .died = world_died, .patience = 150,
                                   .timeout = 8000};
    k->world.bindings = bindings_new(k->arena, NULL);
}

static void rig_play(struct rig *k, const char *const *script)
{
    k->peer.script = script;
    k->peer.is_client = k->s->actors.at[0].role == ACTOR_SERVER;
    free_port(&k->peer.at);
    if (!k->peer.is_client) {
        cr_assert(!failed(socket_listen(&k->peer.at, 8, &k->peer.listener)));
    }
    cr_assert_eq(pthread_create(&k->peer.thread, NULL, peer_run, &k->peer), 0);
    play_run(k->s, &k->world, &k->t, &k->r);
    pthread_join(k->peer.thread, NULL);
    if (!k->peer.is_client) {
        close(k->peer.listener);
    }
}

struct row {
    const char *label;
    const char *text;
    const char *script[16];
    enum play_end end;
    const char *what; /* part of it, or NULL */
};

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct rig k;
        rig_read(&k, rows[i].text);
        rig_play(&k, rows[i].script);
        cr_expect_eq(k.r.end, rows[i].end, "%s: %s, not %s: %s", rows[i].label, end_names[k.r.end],
                     end_names[rows[i].end], k.r.what ? k.r.what : "");
        if (rows[i].what != NULL) {
            cr_expect(k.r.what != NULL && strstr(k.r.what, rows[i].what) != NULL,
                      "%s: `%s` lacks `%s`", rows[i].label, k.r.what ? k.r.what : "",
                      rows[i].what);
        }
        arena_free(k.arena);
    }
}
#define RUN(rows) run_rows((rows), sizeof(rows) / sizeof *(rows))

#define BANNER "> 220 mx.test.ex ESMTP\\r\\n"
#define HELLO "S: 220\nC: EHLO c.test\nS: 250 { PIPELINING }\n"
#define EHLO_ANSWER "> 250-mx.test.ex\\r\\n250-SIZE 1000\\r\\n250 PIPELINING\\r\\n"
#define GROUP "C: MAIL FROM:<a@c.test>\nC: RCPT TO:<u@test.ex>\nC: DATA\nS: 250, 250, 354\n"
#define REST "C<. plain\nS: 250 ~ \"id=@{id:word}\"\nC: QUIT\nS: 221\n"

Test(play_client, what_is_right_passes)
{
    static const struct row rows[] = {
        {"a mail", HELLO GROUP REST,
         {BANNER, "< 1", EHLO_ANSWER, "< 3", "> 250 ok\\r\\n250 ok\\r\\n354 go\\r\\n", ".",
         "> 250 id=17\\r\\n", "< 1", "> 221 bye\\r\\n", "close"}, PLAY_DONE, NULL},
        {"four commands answered in four slow writes", HELLO GROUP REST,
         {BANNER, "< 1", EHLO_ANSWER, "< 3", "> 250 ok\\r\\n", "work 300", "> 250 o", "work 20",
         "> k\\r\\n354 go\\r\\n", ".", "> 250 id=17\\r\\n", "< 1", "> 221 bye\\r\\n"}, PLAY_DONE,
         NULL},
        {"the end of the connection", "S: 220\nC: QUIT\nS: 221\nS! eof\n",
         {BANNER, "< 1", "> 221 bye\\r\\n", "close"}, PLAY_DONE, NULL},
        {"a reset", "S: 220\nC: QUIT\nS! rst\n", {BANNER, "< 1", "reset"}, PLAY_DONE, NULL},
        {"raw bytes both ways", "S| \"220 x\\r\\n\"\nC| \"NO\" \"OP\\r\\n\" * 2\nS: 250, 500\n",
         {"> 220 x\\r\\n", "< 2", "> 250 a\\r\\n500 b\\r\\n"}, PLAY_DONE, NULL},
        {"BDAT", "S: 220\nC: BDAT @{#plain} LAST\nC<= plain\nS: 250\n",
         {BANNER, "< 1", "= 20", "> 250 ok\\r\\n"}, PLAY_DONE, NULL},
        {"an alternative",
         "S: 220\nC: DATA\neither yes\n  S: 354\n  C: .\n  S: 250\nor no\n  S: 5xx\nend\nC: "
         "QUIT\nS: 221\n", {BANNER, "< 1", "> 503 no\\r\\n", "< 1", "> 221 bye\\r\\n"}, PLAY_DONE,
         NULL},
        {"an alternative within one",
         "S: 220\nC: NOOP\neither a\n  S: 250\n  C: QUIT\n  either b\n    S: 221\n  or c\n    S: "
         "421\n  end\nor d\n  S! eof\nend\n",
         {BANNER, "< 1", "> 250 x\\r\\n", "< 1", "> 421 x\\r\\n"}, PLAY_DONE, NULL},
        {"the banner crosses the first group", "~~\nC: EHLO c.test\nC: NOOP\nS: 220, 250, 250\n",
         {"< 2", BANNER, "> 250 mx\\r\\n250 ok\\r\\n"}, PLAY_DONE, NULL},
        {"the banner was there before the first group",
         "~~\nC: EHLO c.test\nC: NOOP\nS: 220, 250, 250\n",
         {BANNER, "< 2", "> 250 mx\\r\\n250 ok\\r\\n"}, PLAY_DONE, NULL},
        {"a second connection", "S: 220\nC: QUIT\nS: 221\n", {BANNER, "< 1", "> 221 x\\r\\n"},
         PLAY_DONE, NULL},
    };
    RUN(rows);
}

Test(play_client, what_is_wrong_is_convicted)
{
    static const struct row rows[] = {
        {"another code", HELLO GROUP REST,
         {BANNER, "< 1", EHLO_ANSWER, "< 3", "> 250 ok\\r\\n550 5.1.1 no\\r\\n354 go\\r\\n"},
         PLAY_MISMATCH, "reply 2 of 3, to RCPT: wanted 250, got 550 5.1.1 no"},
        {"a keyword is missing", HELLO, {BANNER, "< 1", "> 250-mx\\r\\n250 SIZE\\r\\n"},
         PLAY_MISMATCH, "the keywords do not fit: PIPELINING"},
        {"one reply too few, then the end", HELLO GROUP,
         {BANNER, "< 1", EHLO_ANSWER, "< 3", "> 250 ok\\r\\n250 ok\\r\\n", "close"}, PLAY_MISMATCH,
         "reply 3 of 3, to DATA: wanted 354, got the end of the connection"},
        {"the end inside a reply", "S: 220\n", {"> 220-mx\\r\\n220 m", "close"}, PLAY_MISMATCH,
         "the end of the connection"},
        {"LF alone", "S: 220\n", {"> 220 mx\\n"}, PLAY_MISMATCH, "LF without CR"},
        {"two codes in a reply", "S: 220\n", {"> 220-mx\\r\\n250 mx\\r\\n"}, PLAY_MISMATCH,
         "same code"},
        {"one reply too many is met by the sentinel", "S: 220\nC: NOOP\nS: 250\nC: QUIT\nS: 221\n",
         {BANNER, "< 1", "> 250 a\\r\\n", "< 1", "> 250 b\\r\\n221 bye\\r\\n"}, PLAY_MISMATCH,
         "to QUIT: wanted 221, got 250 b"},
        {"more behind the last line", "S: 220\nC: QUIT\nS: 221\n",
         {BANNER, "< 1", "> 221 bye\\r\\n250 more\\r\\n", "work 50"}, PLAY_MISMATCH,
         "wanted nothing more"},
        {"the end is missing", "S: 220\nC: QUIT\nS: 221\nS! eof\n",
         {BANNER, "< 1", "> 221 bye\\r\\n"}, PLAY_NO_ANSWER, "the end of the connection"},
        {"bytes instead of the end", "S: 220\nC: QUIT\nS! eof\n",
         {BANNER, "< 1", "> 221 bye\\r\\n"}, PLAY_MISMATCH, "got 221 bye"},
        {"FIN instead of RST", "S: 220\nC: QUIT\nS! rst\n", {BANNER, "< 1", "close"},
         PLAY_MISMATCH, "reset"},
        {"an answer to BDAT before its octets",
         "S: 220\nC: NOOP\nC: BDAT @{#plain} LAST\nS: 250\nC<= plain\nS: 250\n",
         {BANNER, "< 2", "> 250 a\\r\\n250 b\\r\\n"}, PLAY_EARLY, "did not wait"},
        {"held back until we go on", "S: 220\nC: NOOP\nS: 250\nC: RSET\nS: 250\n",
         {BANNER, "< 2", "> 250 a\\r\\n250 b\\r\\n"}, PLAY_LATE, "to NOOP: wanted 250"},
        {"no answer at all", "S: 220\nC: NOOP\nS: 250\nC: RSET\nS: 250\n", {BANNER},
         PLAY_NO_ANSWER, "to NOOP: wanted 250, got nothing"},
        {"no banner", "S: 220\nC: QUIT\nS: 221\n", {NULL}, PLAY_NO_ANSWER, "wanted 220"},
        {"half a reply for ever", "S: 220\n", {"> 220 mx"}, PLAY_NO_ANSWER, "got 220 mx"},
        {"a bad alternative", "S: 220\nC: NOOP\neither a\n  S: 5xx\nor b !fail\n  S: 250\nend\n",
         {BANNER, "< 1", "> 250 ok\\r\\n"}, PLAY_LABEL, "label b"},
        {"no alternative fits", "S: 220\nC: NOOP\neither a\n  S: 5xx\nor b\n  S! eof\nend\n",
         {BANNER, "< 1", "> 250 ok\\r\\n"}, PLAY_MISMATCH,
         "wanted 5xx | the end of the connection, got 250 ok"},
        {"the target dies", "S: 220\nC: NOOP\nS: 250\n", {BANNER, "< 1", "die"}, PLAY_CRASH,
         "died"},
        {"a capture that is another value",
         "S: 220 ~ \"@{x:word} ESMTP\"\nC: NOOP\nS: 250 ~ \"on @{x} now\"\n",
         {BANNER, "< 1", "> 250 on other now\\r\\n"}, PLAY_MISMATCH, "the text does not contain"},
    };
    RUN(rows);
}

Test(play_client, nothing_is_proved_where_nothing_is_seen)
{
    struct rig k;
    static const char *const silent[] = {NULL};
    rig_read(&k, "S: 220\nC: QUIT\nS: 221\n");
    k.world.asleep = NULL;
    rig_play(&k, silent);
    cr_expect_eq(k.r.end, PLAY_INCONCLUSIVE, "%s", end_names[k.r.end]);
    arena_free(k.arena);

    static const char *const busy[] = {BANNER, "< 1", "> 421 later\\r\\n", NULL};
    rig_read(&k, "S: 220\nC: NOOP\nS: 250\n");
    k.world.asleep = NULL;
    rig_play(&k, busy);
    cr_expect_eq(k.r.end, PLAY_INCONCLUSIVE, "%s", end_names[k.r.end]);
    arena_free(k.arena);
}

Test(play_client, patience_does_not_run_while_the_target_works)
{
    static const struct row rows[] = {
        { "slow", "S: 220\nC: NOOP\nS: 250\n", { "work 500", BANNER, "< 1", "work 500", "> 250 x\\r\\n" },
          PLAY_DONE, NULL },
    };
    RUN(rows);
}

Test(play_client, nobody_listens)
{
    struct rig k;
    rig_read(&k, "S: 220\n");
    free_port(&k.peer.at);
    play_run(k.s, &k.world, &k.t, &k.r);
    cr_expect_eq(k.r.end, PLAY_UNREACHABLE, "%s", end_names[k.r.end]);
    arena_free(k.arena);
}

#define HELLO_MAIL "=== message m\nSubject: plain\n\nhello\n"
#define MX "actor mx server at mx.dest.test:25 offer=PIPELINING,SIZE\n"

Test(play_server, a_client_is_heard)
{
    static const struct row rows[] = {
        {"a mail taken by block",
         MX "S: 220\nC: EHLO *\nS: 250 { PIPELINING }\nC: MAIL FROM:<a@c.test>*\nC: RCPT "
         "TO:<u@dest.test>*\nC: DATA\n" "S: 250, 250, 354\nC<. m\nS: 250\n" HELLO_MAIL,
         {"< 1", "> EHLO x\\r\\n", "< 2",
         "> MAIL FROM:<a@c.test> SIZE=3\\r\\nRCPT TO:<u@dest.test>\\r\\nDATA\\r\\n", "< 3",
         "> Received: x\\r\\nSubject: plain\\r\\n\\r\\nhello\\r\\n.\\r\\n", "< 1", "> QUIT\\r\\n",
         "< 1", "close"}, PLAY_DONE, NULL},
        {"early, banner withheld", MX "C: EHLO *\nC: MAIL FROM:<a@c.test>*\nS: 220\nS: 250, 250\n",
         {"> EHLO x\\r\\nMAIL FROM:<a@c.test>\\r\\n", "< 3", "> QUIT\\r\\n", "< 1", "close"},
         PLAY_DONE, NULL},
        {"the silent client", MX "C! silence 50ms\nS: 220\nC: EHLO *\n",
         {"< 1", "> EHLO x\\r\\n", "close"}, PLAY_DONE, NULL},
        {"a body with dots",
         MX "C: DATA\nS: 354\nC<. m\nS: 250\n=== message m\nSubject: s\n\n.\n..x\n",
         {"> DATA\\r\\n", "< 1", "> Subject: s\\r\\n\\r\\n..\\r\\n...x\\r\\n.\\r\\n", "< 1",
         "close"}, PLAY_DONE, NULL},
    };
    RUN(rows);
}

Test(play_server, a_wrong_client_is_convicted)
{
    static const struct row rows[] = {
        { "speaks into the silence", MX "C! silence 100ms\nS: 220\n", { "> EHLO x\\r\\n", "work 50", "close" },
          PLAY_EARLY, "EHLO x" },
        { "another command", MX "S: 220\nC: EHLO *\n", { "< 1", "> HELO x\\r\\n" }, PLAY_MISMATCH,
          "wanted EHLO *, got HELO x" },
        { "a bare LF", MX "S: 220\nC: EHLO *\n", { "< 1", "> EHLO x\\n" }, PLAY_MISMATCH, "LF without CR" },
        { "waits for the banner", MX "C: EHLO *\nS: 220\n", { "< 1", "> EHLO x\\r\\n" }, PLAY_LATE, "EHLO" },
        { "does not wait for the reply", MX "S: 220\nC: EHLO *\nS: 250\nC: MAIL*\nS: 250\n",
          { "< 1", "> EHLO x\\r\\nMAIL FROM:<>\\r\\n" }, PLAY_EARLY, "MAIL FROM" },
        { "another body", MX "C: DATA\nS: 354\nC<. m\nS: 250\n" HELLO_MAIL,
          { "> DATA\\r\\n", "< 1", "> Subject: plain\\r\\n\\r\\nhallo\\r\\n.\\r\\n" }, PLAY_MISMATCH, "another body" },
        { "a field is gone", MX "C: DATA\nS: 354\nC<. m\nS: 250\n" HELLO_MAIL,
          { "> DATA\\r\\n", "< 1", "> To: x\\r\\n\\r\\nhello\\r\\n.\\r\\n" }, PLAY_MISMATCH, "the field is not there" },
        { "no connection", MX "[mx]\nS: 220\nC: EHLO *\n[mx 2]\nS: 220\nC: EHLO *\n",
          { "< 1", "> EHLO x\\r\\n", "close" }, PLAY_NO_ANSWER, "connection 2 of mx did not come" },
    };
    RUN(rows);
}

/* Not the whole mail beside the wanted one: fields that were added are no difference. */
Test(play_server, what_differs_in_a_mail_stands_side_by_side)
{
    static const struct {
        const char *mail, *beside;
    } rows[] = {
        {"> Received: x\\r\\nSubject: plain\\r\\n\\r\\nhallo\\r\\n.\\r\\n", "line 1, octet 2 of it"},
        {"> Received: x\\r\\nSubject: plan\\r\\n\\r\\nhello\\r\\n.\\r\\n", "line 1, octet 13 of it"},
        {"> To: x\\r\\n\\r\\nhello\\r\\n.\\r\\n", "| To: x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig k;
        rig_read(&k, MX "C: DATA\nS: 354\nC<. m\nS: 250\n" HELLO_MAIL);
        rig_play(&k, (const char *const[16]){"> DATA\\r\\n", "< 1", rows[i].mail});
        cr_expect(k.r.detail != NULL && strstr(k.r.detail, rows[i].beside) != NULL,
                  "`%s` lacks `%s`", k.r.detail ? k.r.detail : "", rows[i].beside);
        arena_free(k.arena);
    }
}

Test(play_server, a_sink_takes_mail)
{
    static const char *const script[] = {
        "< 1",
        "> EHLO x\\r\\n",
        "< 3",
        "> MAIL FROM:<a@c.test>\\r\\nRCPT TO:<u@dest.test>\\r\\nRCPT "
        "TO:<v@dest.test>\\r\\nDATA\\r\\n",
        "< 4",
        "> Subject: s\\r\\n\\r\\n..dot\\r\\n.\\r\\n",
        "< 1",
        "> MAIL FROM:<>\\r\\nRCPT TO:<u@dest.test>\\r\\nBDAT 2\\r\\nabBDAT 3 LAST\\r\\ncde",
        "< 4",
        "> QUIT\\r\\n",
        "< 1",
        NULL};
    struct rig k;
    rig_read(&k, MX);
    rig_play(&k, script);
    cr_expect_eq(k.r.end, PLAY_DONE, "%s: %s", end_names[k.r.end], k.r.what);
    cr_assert_eq(k.r.mails.count, 2, "%zu mails", k.r.mails.count);
    cr_expect(span_eq(k.r.mails.at[0].from, SPAN("<a@c.test>")));
    cr_expect_eq(k.r.mails.at[0].rcpts.count, 2);
    cr_expect_str_eq(k.r.mails.at[0].rcpts.at[1], "v@dest.test");
    cr_expect(span_eq(k.r.mails.at[0].octets, SPAN("Subject: s\r\n\r\n.dot\r\n")));
    cr_expect(span_eq(k.r.mails.at[1].octets, SPAN("abcde")));
    arena_free(k.arena);
}

/* Flights of the first actor's first connection as text: "CSCS". */
static const char *flights_of(struct rig *k, const char *until)
{
    side_list list;
    transcript_flights(&k->t, 0, 1, until, k->arena, &list);
    char *text = arena_take(k->arena, list.count + 1);
    for (size_t i = 0; i < list.count; i++) {
        text[i] = list.at[i] == SIDE_C ? 'C' : 'S';
    }
    return text;
}

Test(play_flights, slow_and_fast_count_the_same)
{
    static const char *const fast[] = {"< 4",
                                       "> 220 m\\r\\n250 m\\r\\n250 o\\r\\n250 o\\r\\n354 g\\r\\n",
                                       ".", "> 250 k\\r\\n", NULL};
    static const char *const slow[] = {
        "> 220 m\\r\\n", "work 30", "< 1",           "> 250 m\\r\\n", "work 30",       "< 3",
        "> 250 o\\r\\n", "work 30", "> 250 o\\r\\n", "work 30",       "> 354 g\\r\\n", ".",
        "> 250 k\\r\\n", NULL};
    const char *const *const scripts[] = {fast, slow};
    for (size_t i = 0; i < 2; i++) {
        struct rig k;
        rig_read(
            &k,
            "~~\nC: EHLO c.test\nC: MAIL FROM:<a@c.test>\n--\nC: RCPT TO:<u@test.ex>\nC: DATA\n"
            "S: 220, 250, 250, 250, 354\nC<. plain\nS: 250\n^ name taken\n");
        rig_play(&k, scripts[i]);
        cr_expect_eq(k.r.end, PLAY_DONE, "%s: %s", end_names[k.r.end], k.r.what);
        cr_expect_str_eq(flights_of(&k, "taken"), "CSCS");
        arena_free(k.arena);
    }
}

Test(play_flights, seven_in_clear_text)
{
    static const char *const script[] = {BANNER,
                                         "< 1",
                                         EHLO_ANSWER,
                                         "< 3",
                                         "> 250 o\\r\\n250 o\\r\\n354 g\\r\\n",
                                         ".",
                                         "> 250 id=k\\r\\n",
                                         "< 1",
                                         "> 221 b\\r\\n",
                                         NULL};
    struct rig k;
    rig_read(&k, HELLO GROUP "C<. plain\nS: 250\n^ name taken\nC: QUIT\nS: 221\n");
    rig_play(&k, script);
    cr_expect_eq(k.r.end, PLAY_DONE, "%s: %s", end_names[k.r.end], k.r.what);
    cr_expect_str_eq(flights_of(&k, "taken"), "SCSCSCS");
    cr_expect_str_eq(flights_of(&k, NULL), "SCSCSCSCS");
    arena_free(k.arena);
}

Test(play_self, a_reversible_text_plays_both_sides)
{
    static const char text[] =
        "S: 220 mx.test.ex ESMTP\nC: EHLO c.test\nS: 250 { PIPELINING, SIZE >= 1000 }\n"
        "C: MAIL FROM:<a@c.test>\nC: RCPT TO:<no1@test.ex>\nC: DATA\nS: 250, 550 5.1.1 \neither "
        "refused\n  S: 503|554\n"
        "or accepted\n  S: 354\n  C: .\n  S: 554\nend\n"
        "C: MAIL FROM:<a@c.test>\nC: RCPT TO:<u@test.ex>\nC: DATA\nS: 250, 250, 354\nC<. plain\n"
        "S: 250 ~ \"as @{id:id}\"\nC: QUIT\nS: 221\n";
    struct rig k;
    rig_read(&k, text);
    k.s = play_self(k.s, "127.0.0.1", 10025, k.arena);
    free_port(&k.peer.at);
    k.peer.idle = true;
    play_run(k.s, &k.world, &k.t, &k.r);
    cr_expect_eq(k.r.end, PLAY_DONE, "%s: %s", end_names[k.r.end], k.r.what);
    cr_expect_eq(k.r.mails.count, 1);
    arena_free(k.arena);
}
