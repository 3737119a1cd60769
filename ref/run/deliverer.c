/* Deliveries have a process of their own: they write to mailboxes and run programs as other users,
   which the process that listens to the world has given up the right to do (confine.c), and what goes
   wrong in one of the two costs the other nothing. */
#include "ref/run/delivery.h"

#include "base/check.h"
#include "base/task.h"
#include "ref/queue/feed.h"
#include "ref/run/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    WORKERS = 20,
    STACK_OCTETS = 512 * 1024,
    DRAIN_MILLIS = 20 * 1000,
    LOOK_MILLIS = 100,
};

/* --- the pipe ------------------------------------------------------------------------------------- */

bool run_feed_open(struct run_feed *feed)
{
    int ends[2];
    feed->missed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (feed->missed < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    feed->from = ends[0];
    feed->to = ends[1];
    return true;
}

void run_feed_put(void *context, const char *name, bool later)
{
    const struct run_feed *feed = context;
    char record[RUN_FEED_OCTETS] = "";
    if (later) {
        return;
    }
    memcpy(record, name, strlen(name));
    /* Less than PIPE_BUF: all of it or nothing. */
    if (write(feed->to, record, sizeof record) != (ssize_t)sizeof record) {
        (void)eventfd_write(feed->missed, 1);
    }
}

/* --- work ----------------------------------------------------------------------------------------- */

struct deliverer {
    struct run_world *world;
    const struct run_feed *from;
    struct queue_feed *feed;
    struct task_group *runs;
    millis last_run;              /* in ticks, with what the clock was moved */
};

static void run_once(struct deliverer *d, const char *queue, unsigned how)
{
    struct run_delivery delivery;
    run_delivery_open(d->world, &delivery);
    err e = spool_queue(delivery.queue.spool, span_text(queue), &delivery.queue.spool);
    if (!failed(e)) {
        e = queue_run(&delivery.queue, how, 0, delivery.arena);
    }
    if (failed(e)) {
        log_printf(delivery.queue.log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY, "queue run: %s",
                   err_text(e, delivery.arena));
    }
    run_delivery_close(&delivery);
}

static void deliver(void *context, span name)
{
    span id = SPAN_EMPTY;
    struct deliverer *d = context;
    struct run_delivery delivery;
    run_delivery_open(d->world, &delivery);
    bool now = run_when(d->world->options, &delivery.queue) != RUN_QUEUED;
    if (now && name.len > 0 && run_delivery_find(&delivery, name, &id)) {
        (void)queue_deliver(&delivery.queue, id, QUEUE_FIRST);
    }
    run_delivery_close(&delivery);
    if (now && name.len == 0) {
        run_once(d, NULL, QUEUE_AS_DUE);
    }
}

static void run_thread(void *arg)
{
    struct deliverer *d = arg;
    run_once(d, d->world->options->queue, d->world->options->queue_how);
}

static millis ticks(const struct deliverer *d)
{
    const struct run_env *env = &d->world->env;
    return clock_ticks() + (env->still ? env->time->moved / NANOS_PER_MILLI : 0);
}

/* -q15m: the first at once, and no more than queue_run_max at a time. */
static void runs_begin(struct deliverer *d, bool first)
{
    const struct run_options *o = d->world->options;
    if (o->queue_interval == 0 || (!first && ticks(d) - d->last_run < o->queue_interval)) {
        return;
    }
    d->last_run = ticks(d);
    (void)!failed(task_start(d->runs, run_thread, d));
}

/* --- what comes in --------------------------------------------------------------------------------- */

static void ids_take(struct deliverer *d)
{
    char record[RUN_FEED_OCTETS];
    while (read(d->from->from, record, sizeof record) == (ssize_t)sizeof record) {
        record[sizeof record - 1] = '\0';
        queue_feed_put(d->feed, span_text(record));
    }
    eventfd_t times;
    if (eventfd_read(d->from->missed, &times) == 0) {
        queue_feed_missed(d->feed);
    }
}

static void reload(struct deliverer *d)
{
    struct arena *texts = arena_new();
    /* The serving process reads the same file, and says what is wrong with it. */
    (void)!failed(run_world_reload(d->world, texts));
    arena_free(texts);
}

static void loop(struct deliverer *d, int signals)
{
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
                           {.fd = d->from->from, .events = POLLIN},
                           {.fd = d->from->missed, .events = POLLIN}};
    runs_begin(d, true);
    for (;;) {
        int wait = d->world->options->queue_interval > 0 ? LOOK_MILLIS : -1;
        if (poll(fds, sizeof fds / sizeof *fds, wait) < 0) {
            CHECK(errno == EINTR);
            continue;
        }
        enum run_signal told = (fds[0].revents & POLLIN) != 0 ? run_signals_take(signals) : RUN_SIGNAL_NONE;
        if (told == RUN_SIGNAL_STOP) {
            return;
        }
        if (told == RUN_SIGNAL_RELOAD) {
            reload(d);
        }
        ids_take(d);
        runs_begin(d, false);
    }
}

enum exit_status run_deliverer(struct run_world *world, const struct run_feed *feed)
{
    struct task_group *helpers = task_group_new(1, STACK_OCTETS);
    bool follows = feed->alone && world->env.socket >= 0 &&
                   !failed(task_start(helpers, run_env_follow, &world->env));
    struct deliverer d = {.world = world, .from = feed};
    size_t runs = (size_t)world->instance->conf->main.queue_run_max;
    int signals = run_signals_open();
    d.runs = task_group_new(runs > 0 ? runs : WORKERS, STACK_OCTETS);
    d.feed = queue_feed_new(WORKERS, deliver, &d);
    loop(&d, signals);
    world->draining = true;
    if (!queue_feed_stop(d.feed, DRAIN_MILLIS) || !task_group_wait(d.runs, DRAIN_MILLIS) ||
        follows) {
        /* Threads that wait on a peer hold what would be freed; the spool knows what is done. */
        (void)fflush(NULL);
        _exit(EXIT_FINE);
    }
    queue_feed_free(d.feed);
    task_group_free(d.runs);
    task_group_free(helpers);
    (void)close(signals);
    return EXIT_FINE;
}
