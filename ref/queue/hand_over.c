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

/* Addresses that go together, by their places in round->list too. */
struct batch {
    VEC(struct delivery_address *) at;
    VEC(struct round_address *) places;
};

static void part_put(span text, struct buf *key)
{
    buf_printf(key, "%zu:", text.len);
    buf_put(key, text);
}

static void parts_put(const span *texts, size_t count, struct buf *key)
{
    buf_printf(key, "%zu ", count);
    for (size_t i = 0; i < count; i++) {
        part_put(texts[i], key);
    }
}

static void name_put(span name, struct buf *key)
{
    buf_printf(key, "%zu:", name.len);
    for (size_t i = 0; i < name.len; i++) {
        buf_put_byte(key, ascii_lower(name.at[i]));
    }
}

/* All that a transport can see of an address besides the recipient: the same text, the same batch. */
static void key_put(const struct queue_round *round, const struct delivery_address *a, struct buf *key)
{
    const span texts[] = {round_return_path(round, a), a->address_data, a->home, a->directory};
    buf_printf(key, "%p %d %d %lu %d %lu ", (const void *)a->transport, a->path, a->has_user,
               (unsigned long)a->uid, a->has_group, (unsigned long)a->gid);
    parts_put(texts, sizeof texts / sizeof *texts, key);
    parts_put(a->headers_add.at, a->headers_add.count, key);
    parts_put(a->headers_remove.at, a->headers_remove.count, key);
    for (size_t i = 0; i < a->host_count; i++) {
        const struct route_host *host = &a->hosts[i];
        char ip[64] = "";
        if (host->address.len > 0) {
            address_host(&host->address, ip, sizeof ip);
        }
        name_put(host->name, key);
        buf_printf(key, "[%s]:%u ", ip, address_port(&host->address));
    }
    if (!transport_mixes_domains(a->transport)) {
        name_put(a->domain, key);
    }
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
    round->scene.message.return_path = round_return_path(round, a);
    if (count > 1) {
        f->local_part = f->local_part_data = SPAN_EMPTY;
        f->local_part_prefix = f->local_part_suffix = SPAN_EMPTY;
    }
}

static void batch_defer(const struct batch *batch, int error, const char *text)
{
    for (size_t i = 0; i < batch->at.count; i++) {
        struct delivery_result *r = &batch->at.at[i]->result;
        r->outcome = DELIVERY_DEFERRED;
        r->error = error;
        r->text = span_text(text);
    }
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

static void batch_run(struct queue_round *round, const struct batch *batch)
{
    const struct queue *q = round->q;
    const struct delivery_address *first = batch->at.at[0];
    struct transport_retry retry = round_retry(round);
    struct transport_job job = {
        .conf = q->conf, .transport = first->transport, .addresses = batch->at.at,
        .count = batch->at.count, .sender = round_return_path(round, first),
        .message = &round->message, .expansion = &round->scene.x, .dns = q->dns, .rng = q->rng,
        .clock = q->clock, .log = q->log, .arena = round->arena, .retry = &retry,
        .delivered = record, .context = round, .stopping = q->stopping, .pool = q->pool,
        .tls = q->tls, .seals = q->seals, .acls = q->acls, .hints = q->hints};
    const char *name = job.transport->name;
    uint64_t most;
    facts_fill(round, first, job.count);
    if (!most_at_once(round, job.transport, &most)) {
        batch_defer(batch, DELIVERY_ERROR_EXPANSION, "max_parallel is no number");
    } else if (!queue_slot_take(q->slots, name, most)) {
        batch_defer(batch, DELIVERY_ERROR_LOCAL_RETRY, "concurrency limit reached for transport");
    } else {
        transport_run(&job);
        queue_slot_give(q->slots, name, most);
    }
    round_settle(round, batch->places.at, batch->places.count);
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
    struct map known = {0};
    VEC(struct batch *) batches = {0};
    struct buf key;
    smtp_hold(round);
    round_settle(round, round->list.at, round->list.count);
    buf_init(&key, SIZE_MAX / 2);
    for (size_t i = 0; i < round->list.count; i++) {
        struct round_address *one = round->list.at[i];
        if (!is_ready(one)) {
            continue;
        }
        buf_clear(&key);
        key_put(round, one->a, &key);
        struct batch *batch = map_get(&known, buf_span(&key));
        if (batch == NULL) {
            batch = ARENA_NEW(round->arena, struct batch);
            (void)map_put(&known, round->arena, arena_copy(round->arena, buf_span(&key)), batch);
            vec_add(round->arena, &batches, batch);
        }
        vec_add(round->arena, &batch->at, one->a);
        vec_add(round->arena, &batch->places, one);
    }
    buf_wipe(&key);
    for (size_t i = 0; i < batches.count && !failed(round->trouble); i++) {
        if (round->q->stopping == NULL || !*round->q->stopping) {
            batch_run(round, batches.at[i]);
        }
    }
}
