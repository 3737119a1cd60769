/* One attempt on one message, from the lock to its release. The order of the steps is what keeps
   docs/message-life.md true: deliveries are in -J before anything else happens, reports are in the
   spool before a failure counts as done with, and -D goes only when nobody is left. */
#include "ref/queue/list.h"
#include "ref/queue/round.h"

#include "base/file.h"

#include <errno.h>
#include <stdlib.h>

enum { FUTURE_SECONDS = 86400 }; /* clocks may differ by so much */

/* --- messages that are not to be worked on --------------------------------------------------------- */

static enum queue_end cannot_open(const struct queue *q, span id, err e, struct arena *arena)
{
    if (e.kind == ERR_DEFER) {
        if (log_selected(q->log->options.selectors, LOG_SKIP_DELIVERY)) {
            log_printf(q->log, LOG_MAIN, id,
                       "Spool file for %.*s is locked (another process is handling this message)",
                       SPAN_FMT(id));
        }
        return QUEUE_BUSY;
    }
    bool gone = e.kind == ERR_IO && e.sys == ENOENT;
    if (gone && !queue_has_header(q->spool, id)) {
        return QUEUE_GONE;
    }
    if (gone) {
        log_printf(q->log, LOG_MAIN, id, "Spool file %.*s-D not found", SPAN_FMT(id));
    } else {
        log_printf(q->log, LOG_MAIN | LOG_PANIC, id, "%s %.*s: %s",
                   e.kind == ERR_SYNTAX ? "Format error in spool file of"
                                        : "cannot use the spool files of",
                   SPAN_FMT(id), err_text(e, arena));
    }
    return QUEUE_DAMAGED;
}

static void skip_log(const struct queue_round *round, const char *why)
{
    if (log_selected(round->q->log->options.selectors, LOG_SKIP_DELIVERY)) {
        log_printf(round->q->log, LOG_MAIN, span_text(round->message.envelope.id), "%s", why);
    }
}

/* A frozen message is let go by -M and -qff, by auto_thaw, and when it is too old to wait. */
static bool may_thaw(struct queue_round *round)
{
    struct envelope *e = &round->message.envelope;
    const struct conf_main *m = &round->q->conf->main;
    instant frozen_for = round->now - e->frozen, age = round->now - e->received;
    bool bounce = e->sender.len == 0;
    if ((round->how & (QUEUE_THAW | QUEUE_GIVE_UP)) != 0) {
        return true;
    }
    if (m->timeout_frozen_after > 0 && age >= m->timeout_frozen_after * NANOS_PER_MILLI) {
        log_printf(round->q->log, LOG_MAIN, span_text(e->id), "cancelled by timeout_frozen_after");
        round->how |= QUEUE_GIVE_UP;
        return true;
    }
    if (bounce && age >= m->ignore_bounce_errors_after * NANOS_PER_MILLI) {
        log_printf(round->q->log, LOG_MAIN, span_text(e->id), "Unfrozen by errmsg timer");
        return true;
    }
    if (!bounce && m->auto_thaw > 0 && frozen_for >= m->auto_thaw * NANOS_PER_MILLI) {
        log_printf(round->q->log, LOG_MAIN, span_text(e->id), "Unfrozen by auto-thaw");
        return true;
    }
    return false;
}

/* QUEUE_COMPLETED: go on. */
static enum queue_end look_at_it(struct queue_round *round)
{
    struct envelope *e = &round->message.envelope;
    bool forced = (round->how & (QUEUE_FORCE | QUEUE_GIVE_UP)) != 0;
    if (e->frozen != 0) {
        if (!may_thaw(round)) {
            skip_log(round, "Message is frozen");
            return QUEUE_FROZEN;
        }
        e->frozen = 0;
        round->recorded = true;
    }
    if (e->received > round->now + FUTURE_SECONDS * NANOS_PER_SECOND && !forced) {
        skip_log(round, "Message was received in the future, as its -H has it: skipped (-M delivers "
                        "it all the same)");
        return QUEUE_KEPT;
    }
    return QUEUE_COMPLETED;
}

/* --- the end of an attempt ------------------------------------------------------------------------- */

/* By the number of each recipient: a copy of it is not done yet. */
static bool *open_find(const struct queue_round *round)
{
    bool *open = arena_take_array(round->arena, round->message.envelope.recipients.count + 1, sizeof *open);
    for (size_t i = 0; i < round->list.count; i++) {
        const struct round_address *one = round->list.at[i];
        const struct round_address *by = one->twin != NULL ? one->twin : one;
        open[one->a->top] |= !one->passed_on && !round_is_done(round, by->a->unique);
    }
    return open;
}

/* Recipients all of whose copies are done are done themselves. True: nobody is left. */
static bool recipients_close(struct queue_round *round)
{
    struct envelope *e = &round->message.envelope;
    bool all = true;
    const bool *open = open_find(round);
    for (size_t i = 0; i < e->recipients.count; i++) {
        span address = e->recipients.at[i].address;
        if (round_is_done(round, address)) {
            continue;
        }
        if (open[i]) {
            all = false;
        } else {
            round_done_add(round, address);
        }
    }
    return all;
}

/* A copy of the recipient that this attempt leaves to the next one. */
static bool is_left(const struct queue_round *round, const struct round_address *one)
{
    return !one->passed_on && !round_is_done(round, one->a->unique);
}

/* All that is left of it has been made by `one_time`: each copy becomes a recipient in its place. */
static void recipient_replace(struct queue_round *round, size_t recipient)
{
    struct envelope *e = &round->message.envelope;
    for (size_t i = 0; i < round->list.count; i++) {
        const struct delivery_address *a = round->list.at[i]->a;
        if (a->top == recipient && is_left(round, round->list.at[i])) {
            struct recipient kept = {.address = a->address, .orcpt = a->orcpt,
                                     .notify = a->notify, .parent = (int)recipient + 1};
            kept.errors_to = a->has_errors_to ? a->errors_to : SPAN_EMPTY;
            vec_add(round->arena, &e->recipients, kept);
        }
    }
    round_done_add(round, e->recipients.at[recipient].address);
}

/* `one_time`: what a redirection has made is kept, and the redirection is not asked again. */
static void one_time_keep(struct queue_round *round)
{
    struct envelope *e = &round->message.envelope;
    size_t recipients = e->recipients.count;
    struct {
        bool made, other;
    } *left = arena_take_array(round->arena, recipients + 1, sizeof *left);
    for (size_t i = 0; i < round->list.count; i++) {
        const struct delivery_address *a = round->list.at[i]->a;
        if (is_left(round, round->list.at[i])) {
            bool made = a->one_time && a->parent != NULL && !a->continued;
            *(made ? &left[a->top].made : &left[a->top].other) = true;
        }
    }
    for (size_t r = 0; r < recipients; r++) {
        if (left[r].made && !left[r].other && !round_is_done(round, e->recipients.at[r].address)) {
            recipient_replace(round, r);
        }
    }
}

static void completed_log(const struct queue_round *round)
{
    const struct queue *q = round->q;
    struct buf text;
    buf_init(&text, 256);
    buf_put_text(&text, "Completed");
    if (log_selected(q->log->options.selectors, LOG_QUEUE_TIME_OVERALL)) {
        buf_put_text(&text, " QT=");
        log_duration_put(q->log, clock_now(q->clock) - round->message.envelope.received, &text);
    }
    log_write(q->log, LOG_MAIN, span_text(round->message.envelope.id), buf_span(&text));
    buf_wipe(&text);
}

static enum queue_end keep(struct queue_round *round, err e)
{
    struct envelope *envelope = &round->message.envelope;
    const struct log *log = round->q->log;
    if (failed(e)) {
        log_printf(log, LOG_MAIN | LOG_PANIC, span_text(envelope->id),
                   "a report could not be stored, it is tried again with the next attempt: %s",
                   err_text(e, round->arena));
    }
    one_time_keep(round);
    bool freeze = round->freeze && !failed(e);
    e = freeze ? round_tell_frozen(round) : OK;
    if (failed(e)) {
        log_printf(log, LOG_MAIN | LOG_PANIC, span_text(envelope->id), "freeze_tell: %s",
                   err_text(e, round->arena));
    }
    if (freeze) {
        envelope->frozen = round->now;
        log_printf(log, LOG_MAIN, span_text(envelope->id), "Frozen (%s)", round->freeze_why);
    }
    bool first = envelope->first_delivery;
    envelope->first_delivery = false;
    if (round->recorded || round->journal_open || freeze || first) {
        err stored = spool_message_update(&round->message);
        if (failed(stored)) {
            log_printf(log, LOG_MAIN | LOG_PANIC, span_text(envelope->id),
                       "cannot write %s-H: %s", envelope->id, err_text(stored, round->arena));
        }
    }
    return freeze ? QUEUE_FROZEN : QUEUE_KEPT;
}

static enum queue_end finish(struct queue_round *round)
{
    if (round->message.gone) {
        completed_log(round);
        return QUEUE_COMPLETED;
    }
    err e = round_report(round);
    bool all_done = recipients_close(round);
    if (failed(e) || !all_done || failed(round->trouble)) {
        return keep(round, e);
    }
    e = spool_message_remove(&round->message);
    if (failed(e)) {
        log_printf(round->q->log, LOG_MAIN | LOG_PANIC, span_text(round->message.envelope.id),
                   "cannot remove the spool files of a finished message: %s",
                   err_text(e, round->arena));
        if (!round->message.gone) {
            return keep(round, OK);
        }
    }
    completed_log(round);
    return QUEUE_COMPLETED;
}

/* --- one attempt ------------------------------------------------------------------------------------ */

/* RFC 5321 6.3. Our own field, which the message had not yet when it was taken, is not counted: only what a
   program put into the spool can come this far with too many. */
static bool too_many_hops(struct queue_round *round)
{
    size_t received = 0;
    for (size_t i = 0; i < round->message.envelope.headers.count; i++) {
        received += round->message.envelope.headers.at[i].type == 'P' ? 1 : 0;
    }
    return received > round->q->conf->main.received_headers_max + 1;
}

static void loop_fail(struct queue_round *round)
{
    for (size_t i = 0; i < round->list.count; i++) {
        struct delivery_result *r = &round->list.at[i]->a->result;
        r->outcome = DELIVERY_FAILED;
        r->text = SPAN("Too many \"Received\" headers - suspected mail loop");
        r->status = SPAN("5.4.6");
    }
}

static void verdict_log(void *context, bool main, span line)
{
    const struct queue_round *round = context;
    log_write(round->q->log, LOG_PANIC | (main ? LOG_MAIN : 0U),
              span_text(round->message.envelope.id), line);
}

/* What routers ask of Brightmail's verdicts, asked of the library once. */
static void verdicts_read(struct queue_round *round)
{
    const struct conf *conf = round->q->conf;
    uint64_t *rules = NULL;
    size_t count = 0;
    struct bmi bmi = {.library = conf->main.bmi_library, .config = conf->main.bmi_config_file,
                      .wait = conf->main.bmi_timeout, .log = verdict_log, .log_context = round};
    span list = round->message.envelope.bmi_verdicts;
    for (size_t i = 0; list.len > 0 && i < conf->routers.count; i++) {
        bmi_rules_add(span_text(conf->routers.at[i].generic->bmi_rule), round->arena, &rules, &count);
    }
    if (list.len > 0) {
        bmi_verdicts_read(&bmi, list, rules, count, round->arena, &round->verdicts);
    }
}

static enum queue_end attempt(struct queue_round *round)
{
    const struct queue *q = round->q;
    enum queue_end end = look_at_it(round);
    if (end != QUEUE_COMPLETED) {
        return end;
    }
    round->routing = (struct route_round){
        .conf = q->conf, .expansion = &round->scene.x, .dns = q->dns, .rng = q->rng,
        .arena = round->arena, .own = q->own, .own_count = q->own_count,
        .purpose = ROUTE_DELIVER, .log = q->log, .id = span_text(round->message.envelope.id),
        .verdicts = &round->verdicts};
    verdicts_read(round);
    bool loops = too_many_hops(round) && (round->how & QUEUE_GIVE_UP) == 0;
    round->how |= loops ? QUEUE_GIVE_UP : 0U;
    round->done = spool_journal_done(&round->message.envelope, round->arena);
    round_owed_begin(round);
    round_route(round);
    if (loops) {
        loop_fail(round);
    }
    round_hand_over(round);
    return finish(round);
}

static enum queue_end deliver_one(const struct queue *q, span id, unsigned how, struct arena *arena,
                                  struct queue_round *round)
{
    *round = (struct queue_round){.q = q, .arena = arena, .how = how, .journal.fd = -1,
                                  .now = clock_now(q->clock)};
    err e = spool_message_open(q->spool, id, arena, &round->message);
    if (failed(e)) {
        return cannot_open(q, id, e, arena);
    }
    queue_scene_open(&round->scene, q, &round->message, arena);
    round->scene.in_run = (how & QUEUE_IN_RUN) != 0;
    enum queue_end end = attempt(round);
    queue_scene_close(&round->scene);
    spool_journal_close(&round->journal);
    spool_message_close(&round->message);
    return end;
}

enum queue_end queue_deliver(const struct queue *q, span id, unsigned how)
{
    struct arena *arena = arena_new();
    struct queue_round *round = ARENA_NEW(arena, struct queue_round);
    enum queue_end end = deliver_one(q, id, how, arena, round);
    /* Reports have no sender, so there are none about them. */
    for (size_t i = 0; i < round->reports.count; i++) {
        if (!queue_only(q) && (q->stopping == NULL || !*q->stopping)) {
            (void)queue_deliver(q, round->reports.at[i], QUEUE_FIRST);
        }
    }
    arena_free(arena);
    return end;
}

bool queue_only(const struct queue *q)
{
    const struct conf_main *m = &q->conf->main;
    double load = 0;
    bool loaded = m->queue_only_load != CONF_FIXED_UNSET && getloadavg(&load, 1) == 1 &&
                  load * 1000 > (double)m->queue_only_load;
    return m->queue_only || loaded;
}
