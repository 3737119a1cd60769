/* One thread accepts, one thread runs each session (docs/adr/0020-thread-per-connection.md). What
   the accepting thread knows of the others is how many there are and whom they serve. */
#include "ref/run/serve.h"

#include "base/check.h"
#include "base/task.h"
#include "ref/run/signals.h"
#include "ref/smtp/line.h"
#include "ref/spool/scan.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum {
    THREADS_MOST = 4096,
    STACK_OCTETS = 256 * 1024,
    DRAIN_MILLIS = 30 * 1000,
    LINGER_MILLIS = 2 * 1000,
    LINGER_OCTETS = 1 << 20,
    DESCRIPTORS_SHORT_MILLIS = 200,
};

struct serve;

struct connection {
    struct serve *serve;
    struct arena *arena;
    struct run_instance *instance;
    struct smtp_peer peer;
    struct wire_socket wire;
    struct connection *next; /* in serve->connections */
};

struct serve {
    struct run_world *world;
    struct run_listeners *listeners;
    struct task_group *sessions;
    pthread_mutex_t mutex;
    struct connection *connections;
};

/* --- connections ----------------------------------------------------------------------------- */

static void connection_link(struct serve *serve, struct connection *c)
{
    CHECK(pthread_mutex_lock(&serve->mutex) == 0);
    c->next = serve->connections;
    serve->connections = c;
    CHECK(pthread_mutex_unlock(&serve->mutex) == 0);
}

static void connection_unlink(struct serve *serve, struct connection *c)
{
    CHECK(pthread_mutex_lock(&serve->mutex) == 0);
    struct connection **at = &serve->connections;
    while (*at != c) {
        at = &(*at)->next;
    }
    *at = c->next;
    CHECK(pthread_mutex_unlock(&serve->mutex) == 0);
}

/* Connections now, and those of this host. */
static size_t connections_count(struct serve *serve, const struct address *peer, size_t *of_host)
{
    size_t all = 0;
    *of_host = 0;
    CHECK(pthread_mutex_lock(&serve->mutex) == 0);
    for (const struct connection *c = serve->connections; c != NULL; c = c->next) {
        all++;
        *of_host += address_same_host(&c->peer.remote, peer) ? 1 : 0;
    }
    CHECK(pthread_mutex_unlock(&serve->mutex) == 0);
    return all;
}

/* Our last reply must reach the peer: closing with input unread would reset the connection and take
   the reply with it. So end our direction, and read on until the peer has ended its own. Who said QUIT,
   and nothing behind it, has nothing more to say. */
static void linger(int fd)
{
    char rest[4096];
    millis until = clock_ticks() + LINGER_MILLIS;
    size_t sum = 0, got = 0;
    socket_shut(fd);
    for (millis left; (left = until - clock_ticks()) > 0 && sum < LINGER_OCTETS; sum += got) {
        if (failed(socket_read(fd, rest, sizeof rest, left, &got))) {
            return;
        }
    }
}

static void connection_free(struct connection *c)
{
    wire_close(&c->wire.wire);
    run_instance_release(c->instance);
    arena_free(c->arena);
}

static void connection_run(void *arg)
{
    struct connection *c = arg;
    struct serve *serve = c->serve;
    err e = smtp_session_run(&c->instance->server, &c->peer, &c->wire.wire);
    if ((!failed(e) || e.kind == ERR_TIMEOUT) && !c->wire.over) {
        linger(c->wire.fd);
    }
    connection_unlink(serve, c);
    connection_free(c);
}

static void turn_away(struct connection *c, enum smtp_busy why)
{
    smtp_session_turn_away(&c->instance->server, &c->peer, &c->wire.wire, why);
    socket_shut(c->wire.fd);
    connection_free(c);
}

/* listener: its number. Where it has one address, that is ours. */
static void connection_begin(struct serve *serve, size_t listener, int fd, const struct address *peer)
{
    const struct address *where = &serve->listeners->where.at[listener];
    struct arena *arena = arena_new();
    struct connection *c = ARENA_NEW(arena, struct connection);
    c->arena = arena;
    c->serve = serve;
    c->instance = run_instance_hold(serve->world);
    c->peer.tcp = true;
    c->peer.remote = *peer;
    c->peer.fast_open = socket_fast_of(fd);
    wire_socket_init(&c->wire, fd);
    c->wire.slice = SMTP_LOOK_FOR_STOP;
    c->peer.socket = &c->wire;
    c->peer.local = *where;
    if (address_is_any(where) && failed(socket_name(fd, &c->peer.local))) {
        connection_free(c);
        return;
    }
    const struct conf_main *conf = c->instance->server.conf;
    size_t of_host, all = connections_count(serve, peer, &of_host);
    c->peer.connections = all + 1;
    if (conf->smtp_accept_max > 0 && all >= conf->smtp_accept_max) {
        turn_away(c, SMTP_BUSY_ALL);
    } else if (conf->smtp_accept_max_per_host > 0 && of_host >= conf->smtp_accept_max_per_host) {
        turn_away(c, SMTP_BUSY_PEER);
    } else {
        connection_link(serve, c);
        if (failed(task_start(serve->sessions, connection_run, c))) {
            connection_unlink(serve, c);
            turn_away(c, SMTP_BUSY_ALL);
        }
    }
}

static void accept_one(struct serve *serve, size_t listener)
{
    int fd;
    struct address peer;
    err e = socket_accept_patient(serve->listeners->fds[listener], &fd, &peer);
    if (!failed(e)) {
        connection_begin(serve, listener, fd, &peer);
    } else if (e.sys == EMFILE || e.sys == ENFILE || e.sys == ENOBUFS || e.sys == ENOMEM) {
        /* The connection stays in the queue; looking again at once would only burn the CPU. */
        (void)poll(NULL, 0, DESCRIPTORS_SHORT_MILLIS);
    }
}

/* --- signals -------------------------------------------------------------------------------- */

static void reload(struct serve *serve)
{
    struct arena *texts = arena_new();
    err e = run_world_reload(serve->world, texts);
    struct run_instance *in = run_instance_hold(serve->world);
    if (failed(e)) {
        log_printf(&in->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY,
                   "SIGHUP received: the old configuration stays: %s", err_text(e, texts));
    } else {
        log_printf(&in->log, LOG_MAIN, SPAN_EMPTY, "SIGHUP received: configuration read again");
        run_world_changes_log(serve->world, in);
    }
    run_instance_release(in);
    arena_free(texts);
}

static void accept_loop(struct serve *serve, int signals)
{
    size_t count = serve->listeners->where.count;
    struct pollfd *fds = arena_take_array(serve->world->arena, count + 1, sizeof *fds);
    for (size_t i = 0; i < count; i++) {
        fds[i] = (struct pollfd){.fd = serve->listeners->fds[i], .events = POLLIN};
    }
    fds[count] = (struct pollfd){.fd = signals, .events = POLLIN};
    for (;;) {
        if (poll(fds, count + 1, -1) < 0) {
            CHECK(errno == EINTR);
            continue;
        }
        enum run_signal told =
            (fds[count].revents & POLLIN) != 0 ? run_signals_take(signals) : RUN_SIGNAL_NONE;
        if (told == RUN_SIGNAL_STOP) {
            return;
        }
        if (told == RUN_SIGNAL_RELOAD) {
            reload(serve);
        }
        for (size_t i = 0; i < count; i++) {
            if (fds[i].revents != 0) {
                accept_one(serve, i);
            }
        }
    }
}

static void started_log(const struct serve *serve)
{
    struct run_instance *in = run_instance_hold(serve->world);
    struct buf where;
    buf_init(&where, 65536);
    run_listeners_print(serve->listeners, &where);
    struct buf runs;
    buf_init(&runs, 64);
    int64_t interval = serve->world->options->queue_interval;
    const char *queue = serve->world->options->queue;
    buf_put_text(&runs, interval > 0 ? "-q" : "no queue runs");
    if (interval > 0) {
        if (queue != NULL) {
            buf_printf(&runs, "G%s/", queue);
        }
        log_duration_put(&in->log, interval * NANOS_PER_MILLI, &runs);
    }
    log_printf(&in->log, LOG_MAIN, SPAN_EMPTY,
               "refmta %s daemon started: pid=%u, %.*s, listening for SMTP on %.*s",
               REFMTA_VERSION, (unsigned)serve->world->env.pid, SPAN_FMT(buf_span(&runs)),
               SPAN_FMT(buf_span(&where)));
    buf_wipe(&runs);
    buf_wipe(&where);
    run_instance_release(in);
}

static bool drain(struct serve *serve)
{
    serve->world->draining = true;
    run_listeners_close(serve->listeners);
    return task_group_wait(serve->sessions, DRAIN_MILLIS);
}

enum exit_status run_serve(struct run_world *world, struct run_listeners *listeners,
                           void (*ready)(void *arg), void *arg)
{
    struct serve serve = {.world = world, .listeners = listeners};
    CHECK(pthread_mutex_init(&serve.mutex, NULL) == 0);
    serve.sessions = task_group_new(THREADS_MOST, STACK_OCTETS);
    struct task_group *helpers = task_group_new(1, STACK_OCTETS);
    bool follows = world->env.socket >= 0;
    if (follows && failed(task_start(helpers, run_env_follow, &world->env))) {
        follows = false;
    }
    int signals = run_signals_open();
    started_log(&serve);
    ready(arg);
    accept_loop(&serve, signals);
    bool drained = drain(&serve);
    if (!drained || follows) {
        /* Threads that wait on a peer or on the --env socket hold what would be freed below. */
        (void)fflush(NULL);
        _exit(EXIT_FINE);
    }
    task_group_free(helpers);
    task_group_free(serve.sessions);
    (void)close(signals);
    (void)pthread_mutex_destroy(&serve.mutex);
    return EXIT_FINE;
}
