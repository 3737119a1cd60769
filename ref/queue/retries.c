/* Retry data of a round: by host ("T:name:ip"), by domain or address for routing ("R:"), by address for
   what a host said about that recipient alone, and for local deliveries ("T:address"). Keys are
   Exim's. */
#include "ref/queue/round.h"

static bool is_remote(const struct delivery_address *a)
{
    return a->transport != NULL && a->transport->driver == TRANSPORT_SMTP;
}

static bool is_due(const struct queue_round *round, const struct hint_retry *r)
{
    return (round->how & QUEUE_FORCE) != 0 || r->next_try <= round->now ||
           r->last_try > round->now; /* written before the clock was set back */
}

static bool record_get(struct queue_round *round, span key, struct hint_retry *r)
{
    const struct queue *q = round->q;
    return q->hints != NULL &&
           hint_retry_get(q->hints, key, q->conf->main.retry_data_expire, round->arena, r);
}

static void record_drop(struct queue_round *round, span key)
{
    struct hint_retry r;
    if (record_get(round, key, &r)) {
        hint_retry_drop(round->q->hints, key);
    }
}

/* --- keys ---------------------------------------------------------------------------------------- */

static span host_key(struct queue_round *round, const struct route_host *host, uint16_t port)
{
    struct address address = host->address;
    if (address_port(&address) == 0) {
        address_set_port(&address, port);
    }
    return hint_retry_host_key(host->name, &address, round->arena);
}

/* What a host said about this recipient; with the sender, for it may have been about both. */
static span remote_key(struct queue_round *round, const struct delivery_address *a)
{
    bool with_sender = a->transport->own.smtp->address_retry_include_sender;
    return with_sender ? span_text(arena_printf(round->arena, "R:%.*s:<%.*s>", SPAN_FMT(a->address),
                                                SPAN_FMT(round->message.envelope.sender)))
                       : hint_retry_address_key(a->address, round->arena);
}

static span local_key(struct queue_round *round, const struct delivery_address *a)
{
    return span_text(arena_printf(round->arena, "T:%.*s", SPAN_FMT(a->unique)));
}

static span route_key(struct queue_round *round, const struct delivery_address *a)
{
    bool local_part = a->router != NULL && a->router->generic->retry_use_local_part;
    return hint_retry_address_key(local_part ? a->address : a->domain, round->arena);
}

static span key_of(struct queue_round *round, const struct delivery_address *a)
{
    return a->transport == NULL ? route_key(round, a)
           : is_remote(a)       ? remote_key(round, a)
                                : local_key(round, a);
}

/* --- asked --------------------------------------------------------------------------------------- */

static bool host_due(void *context, const struct route_host *host, uint16_t port, bool *expired)
{
    struct queue_round *round = context;
    struct hint_retry r;
    *expired = false;
    if (!record_get(round, host_key(round, host, port), &r)) {
        return true;
    }
    *expired = r.expired;
    return is_due(round, &r);
}

static bool address_due(void *context, const struct delivery_address *a)
{
    struct queue_round *round = context;
    struct hint_retry r;
    if (!record_get(round, is_remote(a) ? remote_key(round, a) : local_key(round, a), &r)) {
        return true;
    }
    return (round->how & QUEUE_IN_RUN) == 0 || is_due(round, &r);
}

/* A message that has just come in is routed at least once. */
bool round_route_due(struct queue_round *round, const struct delivery_address *a)
{
    struct hint_retry r;
    if ((round->how & QUEUE_IN_RUN) == 0) {
        return true;
    }
    return (!record_get(round, hint_retry_address_key(a->domain, round->arena), &r) ||
            is_due(round, &r)) &&
           (!record_get(round, hint_retry_address_key(a->address, round->arena), &r) ||
            is_due(round, &r));
}

/* --- told ---------------------------------------------------------------------------------------- */

/* One more failure. True: no rule wants another try. */
static bool record_put(struct queue_round *round, span key, span name, span alternate,
                       const struct delivery_result *result)
{
    const struct queue *q = round->q;
    struct hint_retry old;
    struct retry_case failure = {.name = name, .alternate = alternate,
                                 .sender = round->message.envelope.sender, .result = result};
    bool known = record_get(round, key, &old);
    const struct retry_rule *rule = queue_retry_rule(&q->conf->retry, &round->scene.x, &failure);
    struct hint_retry next = queue_retry_next(rule, known ? &old : NULL, round->now,
                                              q->conf->main.retry_interval_max, q->rng);
    next.error = result->error;
    next.more = (unsigned)result->more;
    next.text = span_first(result->text, 1024);
    if (q->hints != NULL) {
        hint_retry_put(q->hints, key, &next);
    }
    /* A message that has waited longer than the rule tries at all is not kept any longer, although
       the host works now and then. */
    millis age = (round->now - round->message.envelope.received) / NANOS_PER_MILLI;
    return next.expired || age >= queue_retry_cutoff(rule);
}

static void host_result(void *context, const struct route_host *host, uint16_t port,
                        const struct delivery_result *result)
{
    struct queue_round *round = context;
    span key = host_key(round, host, port);
    if (result->outcome == DELIVERY_DEFERRED || result->host_wide) {
        struct delivery_result about = *result;
        about.host = host;
        (void)record_put(round, key, host->name, round->scene.address.domain, &about);
    } else {
        record_drop(round, key);
    }
}

struct transport_retry round_retry(struct queue_round *round)
{
    return (struct transport_retry){.context = round, .host_due = host_due,
                                    .host_result = host_result, .address_due = address_due};
}

/* True if no host of the address is worth another try: each has a record, and all are past the last
   rule. */
static bool hosts_are_over(struct queue_round *round, const struct delivery_address *a)
{
    struct retry_case failure = {.alternate = a->domain,
                                 .sender = round->message.envelope.sender, .result = &a->result};
    bool over = a->host_count > 0 || a->result.host != NULL;
    size_t count = a->host_count > 0 ? a->host_count : 1;
    const struct route_host *hosts = a->host_count > 0 ? a->hosts : a->result.host;
    for (size_t i = 0; over && i < count; i++) {
        struct hint_retry r;
        uint16_t port = a->result.host != NULL ? address_port(&a->result.host->address) : 0;
        over = record_get(round, host_key(round, &hosts[i], port), &r) && r.expired;
    }
    failure.name = a->result.host != NULL ? a->result.host->name : a->domain;
    const struct retry_rule *rule =
        queue_retry_rule(&round->q->conf->retry, &round->scene.x, &failure);
    millis age = (round->now - round->message.envelope.received) / NANOS_PER_MILLI;
    return over || queue_retry_cutoff(rule) == 0 || age >= queue_retry_cutoff(rule);
}

bool round_deferred(struct queue_round *round, const struct delivery_address *a)
{
    const struct delivery_result *r = &a->result;
    bool told = r->error == DELIVERY_ERROR_RETRY || r->error == DELIVERY_ERROR_HOST_RETRY ||
                r->error == DELIVERY_ERROR_LOCAL_RETRY;
    if (told) {
        return false;
    }
    if (r->host_wide || (is_remote(a) && r->host == NULL)) {
        return hosts_are_over(round, a);
    }
    span name = a->transport != NULL || (a->router != NULL && a->router->generic->retry_use_local_part)
                    ? a->address : a->domain;
    return record_put(round, key_of(round, a), name, a->domain, r);
}

void round_went_well(struct queue_round *round, const struct delivery_address *a)
{
    if (round->q->hints != NULL) {
        record_drop(round, hint_retry_address_key(a->domain, round->arena));
        record_drop(round, key_of(round, a));
    }
}
