/* Deliveries use what sessions use: one configuration for each of them, DNS, lookups, hints, log and
   spool of the process. */
#include "ref/run/delivery.h"

#include "ref/route/route.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void run_delivery_open(struct run_world *world, struct run_delivery *d)
{
    *d = (struct run_delivery){.instance = run_instance_hold(world), .arena = arena_new()};
    struct queue *q = &d->queue;
    *q = (struct queue){
        .conf = d->instance->conf, .facts = &d->instance->facts, .dns = world->dns,
        .lookups = world->lookups, .rng = &world->env.rng, .clock = world->env.clock,
        .log = &d->instance->log, .spool = &world->spool, .hints = world->hints,
        .slots = world->slots, .stopping = &world->draining, .tls = world->tls, .seals = world->seals,
        .acls = d->instance->policy.acls,
        .version = "refmta " REFMTA_VERSION,
        .user = run_user_find(d->arena).login};
    route_own_addresses(q->conf, d->arena, &q->own, &q->own_count);
}

void run_delivery_close(struct run_delivery *d)
{
    run_instance_release(d->instance);
    arena_free(d->arena);
}

/* -odq, -odi, -odb, -odf: sendmail's letters, of which i and f mean the same here. */
enum run_when run_when(const struct run_options *o, const struct queue *q)
{
    char letter = o->deliver != NULL ? o->deliver[0] : 'b';
    return queue_only(q) || letter == 'q' ? RUN_QUEUED
           : letter == 'i' || letter == 'f' ? RUN_FOREGROUND
                                            : RUN_BACKGROUND;
}

bool run_delivery_find(struct run_delivery *d, span name, span *id)
{
    err e = spool_name_find(d->queue.spool, name, &d->queue.spool, id);
    if (failed(e)) {
        log_printf(d->queue.log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY, "%.*s: %s", SPAN_FMT(name),
                   err_text(e, d->arena));
    }
    return !failed(e);
}

void run_stored_take(void *context, const char *name, bool later)
{
    struct run_stored *stored = context;
    if (!later) {
        vec_add(stored->arena, &stored->names, arena_text(stored->arena, span_text(name)));
    }
}

static void deliver_all(const struct run_delivery *d, const struct run_stored *stored)
{
    for (size_t i = 0; i < stored->names.count; i++) {
        struct run_delivery one = *d;
        span id;
        if (run_delivery_find(&one, span_text(stored->names.at[i]), &id)) {
            (void)queue_deliver(&one.queue, id, QUEUE_FIRST);
        }
    }
}

/* Nobody waits for it, so it must not hold what somebody may wait on. */
static void let_go_of_terminal(void)
{
    (void)setsid();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDOUT_FILENO);
        (void)dup2(null, STDERR_FILENO);
    }
}

static void deliver_behind(const struct run_delivery *d, const struct run_stored *stored)
{
    (void)fflush(NULL);
    if (fork() == 0) { /* a fork that failed leaves them to a queue run */
        let_go_of_terminal();
        deliver_all(d, stored);
        _exit(EXIT_FINE);
    }
}

void run_stored_deliver(struct run_world *world, const struct run_stored *stored)
{
    struct run_delivery d;
    if (stored->names.count == 0) {
        return;
    }
    run_delivery_open(world, &d);
    switch (run_when(world->options, &d.queue)) {
    case RUN_QUEUED:
        break;
    case RUN_FOREGROUND:
        deliver_all(&d, stored);
        break;
    case RUN_BACKGROUND:
        deliver_behind(&d, stored);
        break;
    }
    run_delivery_close(&d);
}
