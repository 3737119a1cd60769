/* One thread, all connections of a case. Each has two ways, and one of them at most has the turn: its
   octets go on as they come. The other's are held until both targets sleep, seen several times. */
#include "harness/interop/wire.h"

#include "base/buf.h"
#include "base/socket.h"
#include "harness/interop/hello.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    CALM_LOOKS = 5,      /* a process between two sleeps is hardly seen asleep so often */
    LOOK_MS = 2,
    IMPATIENT_MS = 10000, /* of held octets, until they go on although somebody is awake */
    SETTLE_MS = 100,     /* without an event, until nobody is expected to answer the last one */
    WAY_CEILING = 64 << 20,
    PIECE = 16384
};

/* Octets from one side to the other. */
struct way {
    struct buf held; /* read, and not handed on */
    size_t out;      /* of them handed on */
    bool ended;      /* nothing more comes */
    bool told;       /* the other side knows */
};

struct passage {
    size_t actor;
    unsigned number;
    int fd[2];          /* by side: the sender's connection, ours to the receiver */
    struct way way[2];  /* by the side that speaks */
    bool has_turn;
    enum side turn;
    unsigned calm;
    millis waits_since; /* somebody's octets are held since, 0: none */
    bool over;
    struct hello hello;
};

struct wire {
    struct wire_ends ends;
    struct arena *arena;
    pthread_mutex_t mutex;
    pthread_t thread;
    int wake;
    bool stops;
    VEC(struct passage *) passages;
    struct transcript seen;
    millis moved; /* clock_ticks of the last event */
    const char *why;
};

static void nudge(struct wire *w)
{
    uint64_t one = 1;
    (void)!write(w->wake, &one, sizeof one);
}

static enum side other(enum side s)
{
    return s == SIDE_C ? SIDE_S : SIDE_C;
}

static struct event *note(struct wire *w, const struct passage *p, enum event_kind kind,
                          enum side side)
{
    w->moved = clock_ticks();
    return transcript_add(&w->seen, kind, p->actor, p->number, side);
}

/* ---- one way ---- */

static bool has_octets(const struct way *y)
{
    return y->held.len > y->out;
}

static bool is_waiting(const struct way *y)
{
    return has_octets(y) || (y->ended && !y->told);
}

static void end_way(struct wire *w, struct passage *p, enum side side, bool reset)
{
    p->way[side].ended = true;
    (void)note(w, p, reset ? SAW_RST : SAW_EOF, side);
}

/* A side's second small write waits for the acknowledgement of its first (Nagle), which the system would
   put off: both sides would sleep in the midst of a flight. */
static void acknowledge(int fd)
{
    int yes = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
}

/* Reads all that side has said. */
static bool take(struct wire *w, struct passage *p, enum side side)
{
    struct way *y = &p->way[side];
    unsigned char piece[PIECE];
    size_t got;
    bool some = false;
    while (!y->ended && y->held.len < WAY_CEILING) {
        err e = socket_read(p->fd[side], piece, sizeof piece, 0, &got);
        if (failed(e)) {
            if (e.kind != ERR_TIMEOUT) {
                end_way(w, p, side, e.sys == ECONNRESET);
                some = true;
            }
            break;
        }
        span octets = arena_copy(w->arena, span_of(piece, got));
        buf_put(&y->held, octets);
        hello_hear(&p->hello, side, octets);
        some = true;
    }
    if (some && !y->ended) {
        acknowledge(p->fd[side]);
    }
    return some;
}

/* Hands on what the other side takes now. */
static void give(struct wire *w, struct passage *p, enum side side)
{
    struct way *y = &p->way[side];
    while (y->out < y->held.len) {
        ssize_t n = send(p->fd[other(side)], y->held.at + y->out, y->held.len - y->out,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0) {
            if (n < 0 && errno != EAGAIN && errno != EINTR) {
                y->out = y->held.len; /* nobody is there to hear it */
            }
            break;
        }
        note(w, p, SAW_BYTES, side)->bytes =
            arena_copy(w->arena, span_of(y->held.at + y->out, (size_t)n));
        y->out += (size_t)n;
    }
    if (y->out == y->held.len) {
        buf_clear(&y->held);
        y->out = 0;
    }
}

/* The other side learns that nothing more comes. */
static void tell_end(struct passage *p, enum side side)
{
    socket_shut(p->fd[other(side)]);
    p->way[side].told = true;
    p->calm = 0;
    p->waits_since = 0;
}

/* ---- one connection ---- */

static void finish(struct passage *p)
{
    for (int i = 0; i < 2; i++) {
        if (p->fd[i] >= 0) {
            close(p->fd[i]);
            p->fd[i] = -1;
        }
        buf_wipe(&p->way[i].held);
    }
    p->over = true;
}

static void begin_turn(struct wire *w, struct passage *p, enum side side)
{
    (void)note(w, p, SAW_FLIGHT, side);
    p->has_turn = true;
    p->turn = side;
    p->calm = 0;
    p->waits_since = 0;
    give(w, p, side);
}

/* What was handed on has been taken in by the other side's system: its reader is awake then, or done. On a
   busy machine a packet may lie for a while, with both sides asleep. Who has closed may never take it in. */
static bool all_arrived(const struct passage *p)
{
    for (int i = 0; i < 2; i++) {
        int left = 0;
        if (!p->way[i].ended && ioctl(p->fd[i], SIOCOUTQ, &left) == 0 && left > 0) {
            return false;
        }
    }
    return true;
}

/* Both sides sleep, and what waits may go on. */
static void next_turn(struct wire *w, struct passage *p, enum side next)
{
    if (has_octets(&p->way[next])) {
        begin_turn(w, p, next);
        return;
    }
    /* An end goes on when all that was said before it has been answered. */
    for (int side = 0; side < 2; side++) {
        if (p->way[side].ended && !p->way[side].told && !has_octets(&p->way[side])) {
            tell_end(p, (enum side)side);
            return;
        }
    }
}

/* Somebody's words are held: is it their turn? The client's come first where nobody has spoken. */
static void look_for_turn(struct wire *w, struct passage *p)
{
    enum side next = p->has_turn ? other(p->turn) : SIDE_C;
    if (!p->has_turn && !has_octets(&p->way[next])) {
        next = SIDE_S;
    }
    bool waits = is_waiting(&p->way[SIDE_C]) || is_waiting(&p->way[SIDE_S]);
    if (!waits || (p->has_turn && has_octets(&p->way[p->turn]))) {
        p->calm = 0;
        return;
    }
    millis now = clock_ticks();
    p->waits_since = p->waits_since ? p->waits_since : now;
    p->calm = all_arrived(p) && w->ends.asleep(w->ends.context) ? p->calm + 1 : 0;
    if (p->calm >= CALM_LOOKS || now - p->waits_since > IMPATIENT_MS) {
        next_turn(w, p, next);
    }
}

static void carry(struct wire *w, struct passage *p)
{
    for (int side = 0; side < 2; side++) {
        if (take(w, p, (enum side)side)) {
            p->calm = 0;
        }
    }
    if (p->has_turn) {
        give(w, p, p->turn);
    }
    look_for_turn(w, p);
    if (p->way[SIDE_C].told && p->way[SIDE_S].told) {
        finish(p);
    }
}

static bool any_waits(const struct wire *w)
{
    for (size_t i = 0; i < w->passages.count; i++) {
        const struct passage *p = w->passages.at[i];
        if (!p->over && (is_waiting(&p->way[SIDE_C]) || is_waiting(&p->way[SIDE_S]))) {
            return true;
        }
    }
    return false;
}

/* ---- the thread ---- */

static int wait_for_words(struct wire *w, struct arena *scratch)
{
    VEC(struct pollfd) set = {0};
    vec_add(scratch, &set, ((struct pollfd){.fd = w->wake, .events = POLLIN}));
    for (size_t i = 0; i < w->passages.count; i++) {
        const struct passage *p = w->passages.at[i];
        for (int side = 0; !p->over && side < 2; side++) {
            if (!p->way[side].ended && p->way[side].held.len < WAY_CEILING) {
                vec_add(scratch, &set, ((struct pollfd){.fd = p->fd[side], .events = POLLIN}));
            }
        }
    }
    bool waits = any_waits(w);
    pthread_mutex_unlock(&w->mutex);
    int ready = poll(set.at, (nfds_t)set.count, waits ? LOOK_MS : -1);
    pthread_mutex_lock(&w->mutex);
    uint64_t count;
    if (ready > 0 && (set.at[0].revents & POLLIN)) {
        (void)!read(w->wake, &count, sizeof count);
    }
    return ready;
}

static void *live(void *context)
{
    struct wire *w = context;
    struct arena *scratch = arena_new();
    pthread_mutex_lock(&w->mutex);
    while (!w->stops) {
        (void)wait_for_words(w, scratch);
        for (size_t i = 0; i < w->passages.count && !w->stops; i++) {
            if (!w->passages.at[i]->over) {
                carry(w, w->passages.at[i]);
            }
        }
        arena_reset(scratch);
    }
    pthread_mutex_unlock(&w->mutex);
    arena_free(scratch);
    return NULL;
}

/* ---- from outside ---- */

err wire_open(const struct wire_ends *ends, struct wire **out)
{
    struct arena *arena = arena_new();
    struct wire *w = ARENA_NEW(arena, struct wire);
    w->arena = arena;
    w->ends = *ends;
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    transcript_init(&w->seen, arena);
    pthread_mutex_init(&w->mutex, NULL);
    int sys = w->wake < 0 ? errno : pthread_create(&w->thread, NULL, live, w);
    if (sys != 0) {
        if (w->wake >= 0) {
            close(w->wake);
        }
        pthread_mutex_destroy(&w->mutex);
        arena_free(arena);
        return err_sys(sys, "a thread for the wire");
    }
    *out = w;
    return OK;
}

void wire_take(struct wire *w, size_t actor, unsigned number, int fd)
{
    int onward = -1;
    err e = w->ends.dial(w->ends.context, &onward);
    pthread_mutex_lock(&w->mutex);
    struct passage *p = ARENA_NEW(w->arena, struct passage);
    *p = (struct passage){.actor = actor, .number = number, .fd = {fd, onward}};
    (void)note(w, p, SAW_CONNECT, SIDE_C);
    for (int i = 0; i < 2; i++) {
        int yes = 1;
        (void)setsockopt(p->fd[i], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        acknowledge(p->fd[i]);
        buf_init(&p->way[i].held, WAY_CEILING + PIECE);
    }
    hello_init(&p->hello);
    vec_add(w->arena, &w->passages, p);
    if (failed(e)) {
        w->why = w->why ? w->why : arena_printf(w->arena, "the receiver takes no connection: %s",
                                                err_text(e, w->arena));
        socket_reset(fd);
        p->fd[SIDE_C] = -1;
        (void)note(w, p, SAW_RST, SIDE_S);
        finish(p);
    }
    pthread_mutex_unlock(&w->mutex);
    nudge(w);
}

bool wire_idle(struct wire *w)
{
    pthread_mutex_lock(&w->mutex);
    bool idle = !any_waits(w);
    pthread_mutex_unlock(&w->mutex);
    return idle;
}

bool wire_rests(struct wire *w)
{
    pthread_mutex_lock(&w->mutex);
    bool rests = !any_waits(w) && clock_ticks() - w->moved >= SETTLE_MS;
    pthread_mutex_unlock(&w->mutex);
    return rests;
}

bool wire_over(struct wire *w, size_t actor, unsigned number)
{
    bool over = false;
    pthread_mutex_lock(&w->mutex);
    for (size_t i = 0; i < w->passages.count; i++) {
        const struct passage *p = w->passages.at[i];
        over = over || (p->actor == actor && p->number == number && p->over);
    }
    pthread_mutex_unlock(&w->mutex);
    return over;
}

static void hand_over(struct wire *w, struct transcript *t)
{
    for (size_t i = 0; i < w->seen.events.count; i++) {
        const struct event *e = &w->seen.events.at[i];
        struct event *copy = transcript_add(t, e->kind, e->actor, e->number, e->side);
        copy->at = e->at;
        copy->bytes = e->bytes.len ? arena_copy(t->arena, e->bytes) : SPAN_EMPTY;
    }
    for (size_t i = 0; i < w->passages.count; i++) {
        struct passage *p = w->passages.at[i];
        hello_tell(&p->hello, p->actor, p->number, t);
    }
}

void wire_close(struct wire *w, struct transcript *t, const char **why)
{
    pthread_mutex_lock(&w->mutex);
    w->stops = true;
    pthread_mutex_unlock(&w->mutex);
    nudge(w);
    (void)pthread_join(w->thread, NULL);
    hand_over(w, t);
    *why = w->why ? arena_text(t->arena, span_text(w->why)) : NULL;
    for (size_t i = 0; i < w->passages.count; i++) {
        hello_wipe(&w->passages.at[i]->hello);
        if (!w->passages.at[i]->over) {
            finish(w->passages.at[i]);
        }
    }
    close(w->wake);
    pthread_mutex_destroy(&w->mutex);
    arena_free(w->arena);
}
