/* Who is told what: failures at once, delays at the ages that delay_warning names, successes to those
   who asked. A report about several recipients is one message, if it goes to one address (RFC 3461
   5.2.8). Nobody is told of what happens to a message without a sender (RFC 5321 6.1). */
#include "ref/queue/round.h"

#include "ref/conf/option.h"

static span reported_to(const struct queue_round *round, const struct delivery_address *a)
{
    span sender = round->message.envelope.sender;
    return a->has_errors_to && sender.len > 0 ? a->errors_to : sender;
}

static span message_id(const struct queue_round *round)
{
    return span_text(round->message.envelope.id);
}

/* What one address is told. */
struct told {
    span to;
    VEC(struct dsn_about) about;
};

static struct dsn_request request_of(const struct queue *q, struct queue_scene *scene,
                                     const struct spool_message *m, struct arena *arena)
{
    return (struct dsn_request){.conf = q->conf, .expansion = &scene->x, .original = m,
                                .spool = q->spool, .log = q->log, .rng = q->rng,
                                .version = q->version, .arena = arena};
}

static err report_send(struct queue_round *round, enum dsn_kind kind, const struct told *told)
{
    struct arena *arena = arena_new(); /* there may be as many reports as recipients */
    struct dsn_request request = request_of(round->q, &round->scene, &round->message, arena);
    span id;
    request.kind = kind;
    request.about = told->about.at;
    request.count = told->about.count;
    request.to = told->to;
    request.why = round->freeze_why;
    request.now = round->now;
    err e = dsn_send(&request, &id);
    if (!failed(e)) {
        vec_add(round->arena, &round->reports, arena_copy(round->arena, id));
    } else {
        e = err_in(e, round->arena, "the report to %.*s", SPAN_FMT(told->to));
    }
    arena_free(arena);
    return e;
}

/* One report for each address that is told. */
static err send_all(struct queue_round *round, enum dsn_kind kind, const struct dsn_about *all,
                    size_t count)
{
    struct map known = {0};
    VEC(struct told *) list = {0};
    for (size_t i = 0; i < count; i++) {
        span to = reported_to(round, all[i].address);
        struct told *told = map_get(&known, to);
        if (told == NULL) {
            told = map_put(&known, round->arena, to, ARENA_NEW(round->arena, struct told));
            told->to = to;
            vec_add(round->arena, &list, told);
        }
        vec_add(round->arena, &told->about, all[i]);
    }
    for (size_t i = 0; i < list.count; i++) {
        TRY(report_send(round, kind, list.at[i]));
    }
    return OK;
}

/* --- failures ------------------------------------------------------------------------------------ */

static void done_with(struct queue_round *round, const struct dsn_about *about)
{
    round_done_add(round, about->address->unique);
}

/* A bounce that cannot be delivered: it waits for somebody to look at it, but not for ever. */
static void bounce_failed(struct queue_round *round, const struct dsn_about *about)
{
    millis most = round->q->conf->main.ignore_bounce_errors_after;
    instant age = round->now - round->message.envelope.received;
    span address = about->address->address;
    bool given_up = (round->how & QUEUE_GIVE_UP) != 0;
    if (given_up || age >= most * NANOS_PER_MILLI) {
        log_printf(round->q->log, LOG_MAIN, message_id(round), "%.*s: error ignored",
                   SPAN_FMT(address));
        done_with(round, about);
    } else {
        round->freeze = true;
        round->freeze_why = "delivery error message";
    }
}

static err report_failures(struct queue_round *round)
{
    VEC(struct dsn_about) wanted = {0};
    for (size_t i = 0; i < round->failed.count; i++) {
        const struct dsn_about *about = &round->failed.at[i];
        if (round->message.envelope.sender.len == 0) {
            bounce_failed(round, about);
        } else if (dsn_wanted(about->address->notify, DSN_KIND_FAILURE)) {
            vec_add(round->arena, &wanted, *about);
        } else {
            log_printf(round->q->log, LOG_MAIN, message_id(round),
                       "%.*s: error ignored: RFC 3461 DSN, failure notify not requested",
                       SPAN_FMT(about->address->address));
        }
    }
    TRY(send_all(round, DSN_KIND_FAILURE, wanted.at, wanted.count));
    for (size_t i = 0; round->message.envelope.sender.len > 0 && i < round->failed.count; i++) {
        done_with(round, &round->failed.at[i]);
    }
    return OK;
}

/* --- delays -------------------------------------------------------------------------------------- */

/* How many warnings are due at this age; behind the last time the last interval repeats. */
static unsigned warnings_due(const struct conf_list *times, instant age)
{
    uint64_t seconds = age > 0 ? (uint64_t)(age / NANOS_PER_SECOND) : 0, last = 0, before = 0;
    unsigned due = 0;
    for (size_t i = 0; i < times->count; i++) {
        uint64_t at = 0;
        if (failed(conf_time_read(times->at[i], &at)) || at == 0 || seconds < at) {
            return due;
        }
        before = last;
        last = at;
        due++;
    }
    if (due > 0 && last > before) {
        due += (unsigned)((seconds - last) / (last - before));
    }
    return due;
}

static bool warning_allowed(struct queue_round *round)
{
    const struct template *condition = round->q->conf->main.delay_warning_condition;
    bool yes = true;
    if (condition == NULL) {
        return true;
    }
    struct expanded e = expand_to_bool(condition, &round->scene.x, &yes);
    if (e.outcome == EXPAND_FORCED) {
        return false;
    }
    if (e.outcome != EXPAND_OK) {
        log_printf(round->q->log, LOG_MAIN | LOG_PANIC, message_id(round),
                   "expansion of \"delay_warning_condition\" failed: %s", e.why);
        return true;
    }
    return yes;
}

static err report_delays(struct queue_round *round)
{
    struct envelope *e = &round->message.envelope;
    unsigned due = warnings_due(&round->q->conf->main.delay_warning, round->now - e->received);
    VEC(struct dsn_about) wanted = {0};
    if (due <= e->warnings || e->sender.len == 0 || round->delayed.count == 0) {
        return OK;
    }
    for (size_t i = 0; i < round->delayed.count; i++) {
        if (dsn_wanted(round->delayed.at[i].address->notify, DSN_KIND_DELAY)) {
            vec_add(round->arena, &wanted, round->delayed.at[i]);
        }
    }
    if (wanted.count > 0 && warning_allowed(round)) {
        TRY(send_all(round, DSN_KIND_DELAY, wanted.at, wanted.count));
    }
    e->warnings = due;
    round->recorded = true;
    return OK;
}

/* --- all of it ----------------------------------------------------------------------------------- */

static err report_successes(struct queue_round *round)
{
    if (round->arrived.count > 0) {
        TRY(send_all(round, DSN_KIND_SUCCESS, round->arrived.at, round->arrived.count));
        round_told(round);
    }
    return OK;
}

err round_report(struct queue_round *round)
{
    TRY(report_successes(round));
    TRY(report_failures(round));
    return report_delays(round);
}

/* --- frozen --------------------------------------------------------------------------------------- */

static span qualified(struct queue_round *round, span address)
{
    return span_find_byte(address, '@') != SPAN_NONE
               ? address
               : span_text(arena_printf(round->arena, "%.*s@%s", SPAN_FMT(address),
                                        round->q->conf->main.qualify_domain));
}

/* RFC 3461 5.2: the postmaster hears of a failure that cannot be told to a sender, in a way that makes no
   further reports. Our own reports are left out: the one who is told may be the one who cannot be. */
err round_tell_frozen(struct queue_round *round)
{
    const char *list = round->q->conf->main.freeze_tell;
    bool failures = round->failed.count > 0;
    struct told told = {.about = {.at = failures ? round->failed.at : round->delayed.at,
                                  .count = failures ? round->failed.count : round->delayed.count}};
    span rest = span_text(list), one;
    if (round->message.envelope.local_error || told.about.count == 0) {
        return OK;
    }
    for (bool more = rest.len > 0; more;) {
        more = span_split(rest, ',', &one, &rest);
        one = span_trim(one);
        if (one.len > 0) {
            told.to = qualified(round, one);
            TRY(report_send(round, DSN_KIND_FROZEN, &told));
        }
    }
    return OK;
}

err queue_refusal_tell(const struct queue *q, struct spool_message *m, span to, const char *why,
                       struct arena *arena, span *id)
{
    struct queue_scene scene;
    TRY(spool_data_flush(&m->data));
    queue_scene_open(&scene, q, m, arena);
    struct dsn_request request = request_of(q, &scene, m, arena);
    request.kind = DSN_KIND_REFUSED;
    request.to = to;
    request.why = why;
    request.now = m->envelope.received;
    err e = dsn_send(&request, id);
    queue_scene_close(&scene);
    return e;
}
