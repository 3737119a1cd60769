/* A queue run: the names of the messages are read first, which takes a fraction of a second for a
   hundred thousand of them, and then one file after the other, by several threads that take the next
   name from the same list. A message that hangs holds up one of them and nobody else. */
#include "ref/queue/queue.h"

#include "base/check.h"
#include "base/task.h"
#include "ref/spool/scan.h"
#include "ref/transport/transport.h"

#include <stdlib.h>

enum {
    AT_ONCE = 20,                /* deliveries of a run, where nobody says otherwise */
    STACK_OCTETS = 512 * 1024,
};

struct name {
    char id[SPOOL_ID_ROOM];
};

struct run {
    const struct queue *q;
    unsigned how;
    struct name *names;
    size_t count;
    _Atomic size_t next;
};

/* Names alone, 24 octets each: what the scan needed goes with its arena. */
static err names_read(struct run *run, struct arena *arena)
{
    struct arena *scratch = arena_new();
    struct spool_entries entries;
    err e = spool_scan(run->q->spool->input, scratch, &entries);
    if (!failed(e)) {
        run->names = arena_take_array(arena, entries.list.count + 1, sizeof *run->names);
        for (size_t i = 0; i < entries.list.count; i++) {
            if ((entries.list.at[i].parts & SPOOL_PART_H) != 0) {
                memcpy(run->names[run->count++].id, entries.list.at[i].id, SPOOL_ID_ROOM);
            }
        }
    } else {
        e = err_in(e, arena, "reading the spool directory");
    }
    arena_free(scratch);
    return e;
}

static void work(void *arg)
{
    struct run *run = arg;
    const _Atomic bool *stopping = run->q->stopping;
    for (size_t at; (at = run->next++) < run->count;) {
        if (stopping != NULL && *stopping) {
            return;
        }
        (void)queue_deliver(run->q, span_text(run->names[at].id), run->how);
    }
}

static void run_log(const struct queue *q, const char *what, unsigned how)
{
    if (!log_selected(q->log->options.selectors, LOG_QUEUE_RUN)) {
        return;
    }
    const char *name = q->spool->options.queue;
    const char *quote = name[0] != '\0' ? "'" : "";
    const char *flags = (how & QUEUE_THAW) != 0 ? " -qff" : (how & QUEUE_FORCE) != 0 ? " -qf" : "";
    log_printf(q->log, LOG_MAIN, SPAN_EMPTY, "%s %s%s%s%squeue run: pid=%ld%s", what, quote, name,
               quote, quote[0] != '\0' ? " " : "", q->log->options.pid, flags);
}

err queue_run(const struct queue *q, unsigned how, size_t at_once, struct arena *arena)
{
    struct queue mine = *q;
    struct run run = {.q = &mine, .how = how | QUEUE_IN_RUN};
    run_log(q, "Start", how);
    TRY(names_read(&run, arena));
    if (!q->conf->main.queue_run_in_order) {
        /* Another order each time lets no message at the front hold up the same ones for ever. */
        rng_shuffle(q->rng, run.names, run.count, sizeof *run.names);
    }
    at_once = q->conf->main.queue_run_in_order ? 1 : at_once > 0 ? at_once : AT_ONCE;
    mine.pool = transport_pool_open();
    struct task_group *workers = task_group_new(at_once, STACK_OCTETS);
    for (size_t i = 1; i < at_once && i < run.count; i++) {
        if (failed(task_start(workers, work, &run))) {
            break;
        }
    }
    work(&run);
    task_group_free(workers);
    transport_pool_close(mine.pool);
    run_log(q, "End", how);
    return OK;
}
