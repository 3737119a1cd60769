/* -Mf, -Mt, -Mrm, -Mg, -MG: each takes the lock that a delivery would take, so that no order falls into the
   middle of one. */
#include "ref/queue/queue.h"

#include <errno.h>

struct order_row {
    const char *said, *logged; /* behind "Message ID ", and behind the id in the log; "%s": who */
};

static const struct order_row rows[] = {
    [QUEUE_ORDER_FREEZE] = {"is now frozen", "frozen by"},
    [QUEUE_ORDER_THAW] = {"is no longer frozen", "unfrozen by"},
    [QUEUE_ORDER_REMOVE] = {"has been removed", "removed by"},
    [QUEUE_ORDER_GIVE_UP] = {"has been given up", "cancelled by"},
};

/* `damaged`: what cannot be read will do. */
static err open_for_order(const struct queue *q, span id, bool damaged, struct arena *arena,
                          struct spool_message *m)
{
    err e = spool_message_open(q->spool, id, arena, m);
    if (failed(e) && e.kind != ERR_DEFER && damaged) {
        e = spool_message_seize(q->spool, id, arena, m);
    }
    if (e.kind == ERR_IO && e.sys == ENOENT) {
        return err_of(ERR_CLOSED, arena_printf(arena, "Message %.*s: there is no such message",
                                               SPAN_FMT(id)));
    }
    if (e.kind == ERR_DEFER) {
        return err_of(ERR_DEFER, arena_printf(arena, "Message %.*s is locked: somebody works on it",
                                              SPAN_FMT(id)));
    }
    return failed(e) ? err_in(e, arena, "Message %.*s", SPAN_FMT(id)) : OK;
}

static err order_do(enum queue_order order, struct spool_message *m, instant now,
                    struct arena *arena, const char **already)
{
    bool frozen = m->envelope.frozen != 0;
    *already = NULL;
    if (order == QUEUE_ORDER_REMOVE) {
        return spool_message_remove(m);
    }
    if (frozen == (order == QUEUE_ORDER_FREEZE)) {
        *already = arena_printf(arena, "Message %s is %s", m->envelope.id,
                                frozen ? "already frozen" : "not frozen");
        return OK;
    }
    m->envelope.frozen = order == QUEUE_ORDER_FREEZE ? now : 0;
    m->envelope.manual_thaw = order == QUEUE_ORDER_THAW;
    return spool_message_update(m);
}

err queue_order(const struct queue *q, enum queue_order order, span id, struct arena *arena,
                const char **text)
{
    struct spool_message *m = ARENA_NEW(arena, struct spool_message);
    const char *already = NULL;
    TRY(open_for_order(q, id, order == QUEUE_ORDER_REMOVE, arena, m));
    err e = order == QUEUE_ORDER_GIVE_UP
                ? OK : order_do(order, m, clock_now(q->clock), arena, &already);
    spool_message_close(m);
    if (failed(e)) {
        return err_in(e, arena, "Message %.*s", SPAN_FMT(id));
    }
    if (already != NULL) {
        *text = already;
        return OK;
    }
    log_printf(q->log, LOG_MAIN, id, "%s %s", rows[order].logged, q->user);
    if (order == QUEUE_ORDER_REMOVE) {
        log_printf(q->log, LOG_MAIN, id, "Completed");
    } else if (order == QUEUE_ORDER_GIVE_UP) {
        (void)queue_deliver(q, id, QUEUE_GIVE_UP);
    }
    *text = arena_printf(arena, "Message %.*s %s", SPAN_FMT(id), rows[order].said);
    return OK;
}

/* "(slow) input", as Exim calls a queue. */
static const char *place(const struct spool *s, struct arena *arena)
{
    bool named = s->options.queue[0] != '\0';
    return named ? arena_printf(arena, "(%s) input", s->options.queue) : "input";
}

err queue_move(const struct queue *q, span id, struct spool *to, struct arena *arena,
               const char **text)
{
    struct spool_message *m = ARENA_NEW(arena, struct spool_message);
    TRY(open_for_order(q, id, false, arena, m));
    err e = spool_message_move(m, to);
    spool_message_close(m);
    if (failed(e)) {
        return err_in(e, arena, "Message %.*s", SPAN_FMT(id));
    }
    log_printf(q->log, LOG_MAIN, id, "moved from %s to %s", place(q->spool, arena), place(to, arena));
    *text = arena_printf(arena, "Message %.*s moved to %s", SPAN_FMT(id), place(to, arena));
    return OK;
}
