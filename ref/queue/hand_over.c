/* Batches for transports: addresses go together when nothing that a transport can see tells them
   apart. A delivery is written into -J in the moment that the transport says it is certain, before
   the next one begins. */
#include "ref/queue/round.h"

#include "ref/expand/match.h"
#include "ref/queue/slots.h"

/* --- recording ----------------------------------------------------------------------------------- */

/* -J is new: its name has to be on the disk too. */
static err journal_open(struct queue_round *round)
{
    struct spool_message *m = &round->message;
    m->has_journal = true;
    TRY(spool_journal_open(m->dir, m->envelope.id, &round->journal));
    round->journal_open = true;
    return spool_message_sync(m);
}

/* The last that there is to do about the message: nobody else waits, and nobody is to be told, of
   this delivery or of one before. */
static bool is_last(const struct queue_round *round, const struct delivery_address *a)
{
    const struct envelope *e = &round->message.envelope;
    size_t waiting = 0;
    if (round->list.count != 1 || (a->notify & DSN_SUCCESS) != 0 || round->arrived.count != 0 ||
        round->journal_open) {
        return false;
    }
    for (size_t i = 0; i < e->recipients.count && waiting < 2; i++) {
        waiting += round_is_done(round, e->recipients.at[i].address) ? 0 : 1;
    }
    return waiting == 1;
}

static err owed_note(struct queue_round *round, const struct delivery_address *a)
{
    span owed = round_owed_line(round, a);
    if (owed.len > 0) {
        TRY(spool_journal_note(&round->journal, owed));
        round_done_add(round, owed);
    }
    return OK;
}

/* What takes the message away is as good a record as a line in -J, and one sync in place of three. What a
   server took with one reply needs one sync: a loss of power between two lines would only have more of them missing. */
static err record(void *context, struct delivery_address *a, bool more)
{
    struct queue_round *round = context;
    err e = is_last(round, a) ? spool_message_remove(&round->message) : OK;
    if (!round->message.gone) {
        e = round->journal_open ? OK : journal_open(round);
        const struct delivery_address *whose = a;
        for (size_t at = 0; !failed(e) && whose != NULL; whose = round_sharer(round, a, &at)) {
            e = owed_note(round, whose);
        }
        if (!failed(e)) {
            e = (more ? spool_journal_note : spool_journal_add)(&round->journal, a->unique);
        }
    }
    round_done_add(round, a->unique);
    if (failed(e)) {
        log_printf(round->q->log, LOG_MAIN | LOG_PANIC, span_text(round->message.envelope.id),
                   "the delivery to %.*s cannot be written down, so it may happen again: %s",
                   SPAN_FMT(a->unique), err_text(e, round->arena));
        round->trouble = e;
    }
    return e;
}

/* --- batches ------------------------------------------------------------------------------------- */

static span return_path(const struct queue_round *round, const struct delivery_address *a)
{
    span sender = round->message.envelope.sender;
    if (a->srs.sender.len > 0) {
        return a->srs.sender;
    }
    return a->has_errors_to && sender.len > 0 ? a->errors_to : sender;
}

static bool same_spans(const span *a, size_t a_count, const span *b, size_t b_count)
{
    bool same = a_count == b_count;
    for (size_t i = 0; same && i < a_count; i++) {
        same = span_eq(a[i], b[i]);
    }
    return same;
}

static bool same_hosts(const struct delivery_address *a, const struct delivery_address *b)
{
    bool same = a->host_count == b->host_count;
    for (size_t i = 0; same && i < a->host_count; i++) {
        const struct route_host *x = &a->hosts[i], *y = &b->hosts[i];
        same = span_eq_caseless(x->name, y->name) && x->address.len == y->address.len &&
               address_same_host(&x->address, &y->address) &&
               address_port(&x->address) == address_port(&y->address);
    }
    return same;
}

static bool same_wishes(const struct delivery_address *a, const struct delivery_address *b)
{
    return same_spans(a->headers_add.at, a->headers_add.count, b->headers_add.at,
                      b->headers_add.count) &&
           same_spans(a->headers_remove.at, a->headers_remove.count, b->headers_remove.at,
                      b->headers_remove.count) &&
           span_eq(a->address_data, b->address_data) && span_eq(a->home, b->home) &&
           span_eq(a->directory, b->directory) && a->has_user == b->has_user && a->uid == b->uid &&
           a->has_group == b->has_group && a->gid == b->gid;
}

static bool goes_with(const struct queue_round *round, const struct delivery_address *a,
                      const struct delivery_address *b, bool mixed_domains)
{
    return a->transport == b->transport && a->path == b->path &&
           span_eq(return_path(round, a), return_path(round, b)) && same_hosts(a, b) &&
           same_wishes(a, b) && (mixed_domains || span_eq_caseless(a->domain, b->domain));
}

static bool is_ready(const struct round_address *one)
{
    return one->a->transport != NULL && one->a->result.outcome == DELIVERY_NONE && !one->settled &&
           one->twin == NULL && !one->passed_on;
}

/* What $local_part and its kin stand for while a transport runs. */
static void facts_fill(struct queue_round *round, const struct delivery_address *a, size_t count)
{
    struct facts_address *f = &round->scene.address;
    *f = (struct facts_address){0};
    route_facts(a, f);
    f->router_name = span_text(a->router != NULL ? a->router->name : NULL);
    f->transport_name = span_text(a->transport->name);
    round->scene.message.return_path = return_path(round, a);
    if (count > 1) {
        f->local_part = f->local_part_data = SPAN_EMPTY;
        f->local_part_prefix = f->local_part_suffix = SPAN_EMPTY;
    }
}

static void times_fill(struct delivery_address **at, size_t count, instant began, instant ended)
{
    for (size_t i = 0; i < count; i++) {
        struct delivery_result *r = &at[i]->result;
        r->started = r->started != 0 ? r->started : began;
        r->ended = r->ended != 0 ? r->ended : ended;
    }
}

static void batch_defer(struct queue_round *round, struct delivery_address **at, size_t count,
                        int error, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        at[i]->result.outcome = DELIVERY_DEFERRED;
        at[i]->result.error = error;
        at[i]->result.text = span_text(text);
    }
    round_settle(round);
}

/* max_parallel; 0: any number. */
static bool most_at_once(struct queue_round *round, const struct conf_transport *t, uint64_t *most)
{
    *most = 0;
    if (t->generic->max_parallel == NULL || t->driver == TRANSPORT_QUEUEFILE) {
        return true;
    }
    struct expanded e = expand(t->generic->max_parallel, &round->scene.x);
    span text = span_trim(e.value.text);
    return e.outcome == EXPAND_FORCED ||
           (e.outcome == EXPAND_OK && (text.len == 0 || span_to_u64(text, most)));
}

static void batch_run(struct queue_round *round, struct delivery_address **at, size_t count)
{
    const struct queue *q = round->q;
    struct transport_retry retry = round_retry(round);
    struct transport_job job = {
        .conf = q->conf, .transport = at[0]->transport, .addresses = at, .count = count,
        .sender = return_path(round, at[0]), .message = &round->message,
        .expansion = &round->scene.x, .dns = q->dns, .rng = q->rng, .clock = q->clock,
        .log = q->log, .arena = round->arena, .retry = &retry, .delivered = record, .context = round,
        .stopping = q->stopping, .pool = q->pool, .tls = q->tls, .seals = q->seals,
        .acls = q->acls, .hints = q->hints};
    instant began = clock_now(q->clock);
    const char *name = job.transport->name;
    uint64_t most;
    facts_fill(round, at[0], count);
    if (!most_at_once(round, job.transport, &most)) {
        batch_defer(round, at, count, DELIVERY_ERROR_EXPANSION, "max_parallel is no number");
        return;
    }
    if (!queue_slot_take(q->slots, name, most)) {
        batch_defer(round, at, count, DELIVERY_ERROR_LOCAL_RETRY,
                    "concurrency limit reached for transport");
        return;
    }
    transport_run(&job);
    queue_slot_give(q->slots, name, most);
    times_fill(at, count, began, clock_now(q->clock));
    round_settle(round);
}

/* One batch that begins with the address at `first`. */
static void batch_take(struct queue_round *round, size_t first)
{
    struct delivery_address *a = round->list.at[first]->a;
    VEC(struct delivery_address *) batch = {0};
    const bool mixed = transport_mixes_domains(a->transport);
    for (size_t i = first; i < round->list.count; i++) {
        struct round_address *one = round->list.at[i];
        if (is_ready(one) && (one->a == a || goes_with(round, a, one->a, mixed))) {
            vec_add(round->arena, &batch, one->a);
        }
    }
    batch_run(round, batch.at, batch.count);
}

/* queue_smtp_domains: routed, and what is local delivered, but other servers are not asked now. */
static void smtp_hold(struct queue_round *round)
{
    const struct template *list = round->q->conf->main.queue_smtp_domains;
    if (list == NULL || (round->how & (QUEUE_FORCE | QUEUE_IN_RUN)) != 0) {
        return;
    }
    for (size_t i = 0; i < round->list.count; i++) {
        struct round_address *one = round->list.at[i];
        if (is_ready(one) && one->a->transport->driver == TRANSPORT_SMTP &&
            match_list(&round->scene.x, LIST_DOMAIN, one->a->domain, list).outcome == MATCH_YES) {
            one->a->result.outcome = DELIVERY_DEFERRED;
            one->silent = true;
        }
    }
}

void round_hand_over(struct queue_round *round)
{
    smtp_hold(round);
    round_settle(round);
    for (size_t i = 0; i < round->list.count; i++) {
        bool stopping = round->q->stopping != NULL && *round->q->stopping;
        if (stopping || failed(round->trouble)) {
            return;
        }
        while (is_ready(round->list.at[i])) {
            batch_take(round, i);
        }
    }
}
