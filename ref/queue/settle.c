/* What came of each address: its log line, its retry data, its place among what is reported. An
   address is settled once; what is deferred for good becomes a failure here. */
#include "ref/queue/round.h"

#include "ref/log/delivery.h"

static bool is_local(const struct delivery_address *a)
{
    return a->transport != NULL && a->transport->driver != TRANSPORT_SMTP;
}

/* --- log ----------------------------------------------------------------------------------------- */

/* What a local delivery goes by: without affixes, unless the transport sees them too. */
static span local_part_shown(struct queue_round *round, const struct delivery_address *a)
{
    if (!a->transport->generic->rcpt_include_affixes) {
        return a->local_part;
    }
    return span_text(arena_printf(round->arena, "%.*s%.*s%.*s", SPAN_FMT(a->prefix),
                                  SPAN_FMT(a->local_part), SPAN_FMT(a->suffix)));
}

static void parents_fill(struct queue_round *round, const struct delivery_address *a,
                         struct log_delivery *d)
{
    VEC(span) parents = {0};
    bool local_part_alone = is_local(a) && d->kind <= LOG_DELIVERY_ALSO;
    d->address = a->address;
    if (local_part_alone && !a->path) {
        d->address = local_part_shown(round, a);
        if (a->parent == NULL) {
            vec_add(round->arena, &parents, a->address);
        }
    }
    for (const struct delivery_address *p = a->parent; p != NULL; p = p->parent) {
        vec_add(round->arena, &parents, p->address);
    }
    /* A copy that went on by itself is the same address: telling it twice helps nobody. */
    if (parents.count == 1 && span_eq(parents.at[0], d->address)) {
        parents.count = 0;
    }
    d->parents = parents.at;
    d->parent_count = parents.count;
}

/* One that was not even reached has a line of its own. */
static void host_fill(const struct queue_round *round, const struct delivery_result *r,
                      struct log_delivery *d)
{
    if (r->host == NULL || (d->kind == LOG_DELIVERY_DEFERRED && r->more == 'C')) {
        return;
    }
    char *ip = arena_take(round->arena, 64);
    address_host(&r->host->address, ip, 64);
    d->host = r->host->name;
    d->host_address = span_text(ip);
    d->port = address_port(&r->host->address);
    d->dnssec = r->host->secure;
}

/* disable_logging; of queuefile it means nothing, as no generic option does. */
static bool is_unlogged(const struct delivery_address *a)
{
    return a->transport != NULL && a->transport->driver != TRANSPORT_QUEUEFILE &&
           a->transport->generic->disable_logging;
}

static void line_put(struct queue_round *round, const struct delivery_address *a,
                     enum log_delivery_kind kind)
{
    const struct delivery_result *r = &a->result;
    const struct envelope *e = &round->message.envelope;
    if (kind <= LOG_DELIVERY_ALSO && is_unlogged(a)) {
        return;
    }
    bool exclusive = log_selected(round->q->log->options.selectors, LOG_QUEUE_TIME_EXCLUSIVE);
    instant began = exclusive && e->complete != 0 ? e->complete : e->received;
    struct log_delivery d = {
        .kind = kind, .id = span_text(e->id), .sender = e->sender,
        .return_path = round_return_path(round, a),
        .queue = span_text(round->q->spool->options.queue), .srs = a->srs.sender,
        .router = span_text(a->router != NULL ? a->router->name : NULL),
        .transport = span_text(a->transport != NULL ? a->transport->name : NULL), .size = r->size,
        .continued = r->continued, .interface = r->interface_address,
        .interface_port = (uint16_t)r->interface_port, .fast_open = r->fast_open,
        .fast_open_data = r->fast_open_data, .detail = r->detail,
        .tls = {.cipher = r->tls_cipher, .resumed = (r->tls_resumption & 0x10U) != 0, /* bit 4 */
                .certificate = r->tls_cipher.len > 0, .verified = r->tls_verified,
                .peer_dn = r->tls_peerdn},
        .authenticated = r->authenticator, .pipelined = r->pipelined,
        .early = r->early, .chunked = r->chunked, .dkim = r->dkim,
        .confirmation = r->confirmation,
        .queue_time = round->now - began, .deliver_time = r->ended - r->started,
        .error = r->error, .text = r->text, .shadow = r->shadow, .panic = r->panic};
    d.queue_time = clock_now(round->q->clock) - began;
    parents_fill(round, a, &d);
    host_fill(round, r, &d);
    log_delivery(round->q->log, &d);
}

static void discarded_log(struct queue_round *round, const struct delivery_address *a)
{
    log_printf(round->q->log, LOG_MAIN, span_text(round->message.envelope.id),
               "=> :blackhole: <%.*s>%s%s", SPAN_FMT(a->address), a->router != NULL ? " R=" : "",
               a->router != NULL ? a->router->name : "");
}

/* --- outcomes ------------------------------------------------------------------------------------ */

static void failure_note(struct queue_round *round, const struct delivery_address *a)
{
    vec_add(round->arena, &round->failed, ((struct dsn_about){a, DSN_ACTION_FAILED}));
}

static void deferral_settle(struct queue_round *round, struct round_address *one)
{
    struct delivery_address *a = one->a;
    if (!one->silent) {
        line_put(round, a, LOG_DELIVERY_DEFERRED);
    }
    bool over = !one->silent && round_deferred(round, a);
    if (!over) {
        vec_add(round->arena, &round->delayed, ((struct dsn_about){a, DSN_ACTION_DELAYED}));
        return;
    }
    log_printf(round->q->log, LOG_MAIN, span_text(round->message.envelope.id),
               "** %.*s%s%.*s%s: retry timeout exceeded", SPAN_FMT(a->address),
               a->parent != NULL ? " <" : "",
               SPAN_FMT(a->parent != NULL ? delivery_top(a)->address : SPAN_EMPTY),
               a->parent != NULL ? ">" : "");
    a->result.outcome = DELIVERY_FAILED;
    a->result.status = SPAN("4.4.7"); /* RFC 3463 3.5: delivery time expired */
    a->result.text = span_text(arena_printf(round->arena, "%.*s%sretry timeout exceeded",
                                            SPAN_FMT(a->result.text),
                                            a->result.text.len > 0 ? "\n" : ""));
    failure_note(round, a);
}

/* RFC 3461 5: each recipient is told of as its own NOTIFY has it, though one copy is for several. */
static void sharers_settle(struct queue_round *round, const struct round_address *one)
{
    const struct delivery_address *other;
    for (size_t at = 0; (other = round_sharer(round, one->a, &at)) != NULL;) {
        if (other->result.outcome == DELIVERY_DONE) {
            round_owe(round, other);
        } else if (other->result.outcome == DELIVERY_FAILED) {
            failure_note(round, other);
        } else if (other->result.outcome == DELIVERY_DEFERRED) {
            vec_add(round->arena, &round->delayed, ((struct dsn_about){other, DSN_ACTION_DELAYED}));
        }
    }
}

static void settle_one(struct queue_round *round, struct round_address *one)
{
    struct delivery_address *a = one->a;
    switch (a->result.outcome) {
    case DELIVERY_NONE:
        return;
    case DELIVERY_DONE:
        line_put(round, a, a->result.shared ? LOG_DELIVERY_ALSO : LOG_DELIVERY_DONE);
        round_done_add(round, a->unique);
        round_went_well(round, a);
        round_owe(round, a);
        break;
    case DELIVERY_DISCARDED:
        discarded_log(round, a);
        round_done_add(round, a->unique);
        round_owe(round, a);
        break;
    case DELIVERY_FAILED:
        line_put(round, a, LOG_DELIVERY_FAILED);
        failure_note(round, a);
        break;
    case DELIVERY_DEFERRED:
        deferral_settle(round, one);
        break;
    }
    one->settled = true;
    sharers_settle(round, one);
}

void round_settle(struct queue_round *round, struct round_address *const *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct round_address *one = at[i];
        if (!one->settled && !one->passed_on && one->twin == NULL) {
            settle_one(round, one);
        }
    }
}
