/* From the envelope to a list of copies: each recipient is routed, and what it is routed to, until
   everything has a transport or an end. A copy has a key, under which -J and the tree of -H remember
   that it is done with; a recipient whose copies are all done stands there by its own address. */
#include "ref/queue/round.h"

#include "ref/expand/match.h"

enum { ADDRESSES_MOST = 200000 }; /* a redirection that makes more of them is a mistake */

/* --- who is done --------------------------------------------------------------------------------- */

bool round_is_done(const struct queue_round *round, span key)
{
    return map_get(&round->done, key) != NULL;
}

void round_done_add(struct queue_round *round, span key)
{
    if (key.len > 0 && !round_is_done(round, key)) {
        span kept = arena_copy(round->arena, key);
        vec_add(round->arena, &round->message.envelope.done, kept);
        (void)map_put(&round->done, round->arena, kept, round);
        round->recorded = true;
    }
}

span round_return_path(const struct queue_round *round, const struct delivery_address *a)
{
    span sender = round->message.envelope.sender;
    if (a->srs.sender.len > 0) {
        return a->srs.sender;
    }
    return a->has_errors_to && sender.len > 0 ? a->errors_to : sender;
}

/* "address/transport" where the address alone would also mean another copy: an ancestor of the same
   name, or the one that goes on behind its router (`unseen`), which has a number besides. */
static span key_of(struct queue_round *round, const struct round_address *one)
{
    const struct delivery_address *a = one->a;
    size_t namesakes = 0;
    const char *where = a->transport != NULL ? a->transport->name : "-";
    for (const struct delivery_address *p = a->parent; p != NULL; p = p->parent) {
        namesakes += span_eq(p->address, a->address) ? 1 : 0;
    }
    if (a->continued) {
        return span_text(arena_printf(round->arena, "%.*s/%s/%zu", SPAN_FMT(a->address), where,
                                      namesakes));
    }
    if (namesakes == 0 && !one->goes_on) {
        return a->address;
    }
    return span_text(arena_printf(round->arena, "%.*s/%s", SPAN_FMT(a->address), where));
}

/* --- beginnings ---------------------------------------------------------------------------------- */

static struct round_address *list_add(struct queue_round *round, struct delivery_address *a)
{
    struct round_address *one = ARENA_NEW(round->arena, struct round_address);
    one->a = a;
    vec_add(round->arena, &round->list, one);
    return one;
}

static void fail(struct delivery_address *a, enum delivery_outcome outcome, int error, span text)
{
    a->result.outcome = outcome;
    a->result.error = error;
    a->result.text = text;
}

/* The recipient that this one was made of by `one_time` in an earlier attempt. */
static struct delivery_address *origin_of(struct queue_round *round, const struct recipient *r)
{
    const struct envelope *e = &round->message.envelope;
    if (r->parent < 1 || (size_t)r->parent > e->recipients.count) {
        return NULL;
    }
    const struct recipient *from = &e->recipients.at[r->parent - 1];
    struct delivery_address *a = ARENA_NEW(round->arena, struct delivery_address);
    a->address = from->address;
    a->top = (size_t)r->parent - 1;
    a->orcpt = from->orcpt;
    a->notify = from->notify;
    return a;
}

static void recipient_begin(struct queue_round *round, size_t number)
{
    const struct recipient *r = &round->message.envelope.recipients.at[number];
    struct delivery_address *a = ARENA_NEW(round->arena, struct delivery_address);
    bool routable = route_begin(&round->routing, r->address, a);
    a->address = a->address.len > 0 ? a->address : r->address;
    a->unique = r->address;
    a->top = number;
    a->orcpt = r->orcpt;
    a->notify = r->notify;
    a->parent = origin_of(round, r);
    if (r->errors_to.len > 0) {
        a->errors_to = r->errors_to;
        a->has_errors_to = true;
    }
    if (!routable && a->result.outcome == DELIVERY_NONE) {
        fail(a, DELIVERY_FAILED, 0, SPAN("unrouteable address"));
    }
    (void)list_add(round, a);
}

/* --- routing ------------------------------------------------------------------------------------- */

/* queue_domains and hold_domains: they wait, these until somebody changes the option, those for a
   queue run. */
static bool is_held(struct queue_round *round, struct delivery_address *a)
{
    const struct conf_main *m = &round->q->conf->main;
    bool forced = (round->how & QUEUE_FORCE) != 0;
    bool held = !forced && m->hold_domains != NULL &&
                match_list(&round->scene.x, LIST_DOMAIN, a->domain, m->hold_domains).outcome ==
                    MATCH_YES;
    bool waits = !forced && (round->how & QUEUE_IN_RUN) == 0 && m->queue_domains != NULL &&
                 match_list(&round->scene.x, LIST_DOMAIN, a->domain, m->queue_domains).outcome ==
                     MATCH_YES;
    if (held || waits) {
        fail(a, DELIVERY_DEFERRED, DELIVERY_ERROR_UNKNOWN_HOST,
             held ? SPAN("domain is held") : SPAN("domain is in queue_domains"));
    }
    return held || waits;
}

/* RFC 3461 5.2.7: a list ends the sender's wishes; an alias for one hands them on; an alias for
   several hands them on without SUCCESS, and says "expanded". */
static void wishes_hand_on(struct queue_round *round, const struct delivery_address *parent,
                           struct delivery_address *child, bool sole)
{
    span sender = parent->has_errors_to ? parent->errors_to : round->message.envelope.sender;
    bool is_list = child->has_errors_to && !span_eq(child->errors_to, sender);
    if (is_list) {
        child->orcpt = SPAN_EMPTY;
        child->notify = 0;
        child->last_hop = true;
        return;
    }
    child->orcpt = parent->orcpt;
    child->notify = parent->notify;
    child->last_hop |= parent->last_hop;
    if (!sole && (parent->notify & DSN_SUCCESS) != 0) {
        unsigned left = parent->notify & ~(unsigned)DSN_SUCCESS;
        child->notify = left != 0 ? left : DSN_NEVER;
    }
}

/* The redirection itself may be what the sender wanted to hear of. */
static void expansion_note(struct queue_round *round, const struct delivery_address *parent,
                           const struct route_outcome *o)
{
    if (o->child_count == 0 || (parent->notify & DSN_SUCCESS) == 0 ||
        round_is_done(round, parent->address) || round_is_told(round, parent->address) ||
        round->message.envelope.sender.len == 0) {
        return;
    }
    bool is_list = o->children[0]->notify == 0;
    if (is_list || !o->sole_child) {
        struct dsn_about about = {parent, is_list ? DSN_ACTION_DELIVERED : DSN_ACTION_EXPANDED};
        vec_add(round->arena, &round->arrived, about);
    }
}

static void children_add(struct queue_round *round, struct round_address *one,
                         const struct route_outcome *o)
{
    struct delivery_address *parent = one->a;
    for (size_t i = 0; i < o->child_count; i++) {
        struct delivery_address *child = o->children[i];
        child->parent = child->parent != NULL ? child->parent : parent;
        child->top = parent->top;
        one->goes_on |= child->continued && child->parent == parent;
        bool sole = o->sole_child || child->continued;
        wishes_hand_on(round, parent, child, sole);
        (void)list_add(round, child);
    }
    if (o->end == ROUTE_CHILDREN) {
        expansion_note(round, parent, o);
    }
}

static span words(const struct route_outcome *o, const char *otherwise)
{
    return o->log != NULL ? span_text(o->log)
           : o->user_text.len > 0 ? o->user_text
                                  : span_text(otherwise);
}

static void routed(struct queue_round *round, struct round_address *one)
{
    struct delivery_address *a = one->a;
    const struct delivery_address before = *a;
    struct route_outcome o = route_address(&round->routing, a);
    if (o.end != ROUTE_TO_TRANSPORT) {
        /* A router's errors_to is for what comes of the address, not for the address itself. */
        a->errors_to = before.errors_to;
        a->has_errors_to = before.has_errors_to;
    }
    switch (o.end) {
    case ROUTE_TO_TRANSPORT:
        break;
    case ROUTE_CHILDREN:
        one->passed_on = o.child_count > 0;
        a->result.outcome = o.child_count > 0 ? DELIVERY_NONE : DELIVERY_DISCARDED;
        break;
    case ROUTE_DISCARD:
        a->result.outcome = DELIVERY_DISCARDED;
        break;
    case ROUTE_FAIL:
        a->result.outcome = DELIVERY_FAILED;
        a->result.text = a->result.text.len > 0 ? a->result.text
                                                : words(&o, "Unrouteable address");
        break;
    case ROUTE_DEFER:
        a->result.outcome = DELIVERY_DEFERRED;
        a->result.text = a->result.text.len > 0 ? a->result.text : words(&o, "");
        if (o.freeze) {
            round->freeze = true;
            round->freeze_why = a->router->name;
        }
        a->result.error = a->result.error != 0 ? a->result.error : DELIVERY_ERROR_UNKNOWN_HOST;
        break;
    }
    if (round->list.count + o.child_count > ADDRESSES_MOST) {
        fail(a, DELIVERY_FAILED, 0, SPAN("too many addresses come of this one"));
        return;
    }
    children_add(round, one, &o);
}

/* The same copy for the same place, asked for twice: once is enough. */
static const struct round_address *twin_of(struct queue_round *round, struct round_address *one)
{
    const char *copy = arena_printf(round->arena, "%s %.*s", one->a->transport->name,
                                    SPAN_FMT(route_mailbox(one->a->unique, round->arena)));
    const struct round_address *first = map_put(&round->copies, round->arena, span_text(copy), one);
    return first != one ? first : NULL;
}

/* What the next server is to tell of a copy that two recipients have: what either of them wants. */
static unsigned wishes_join(unsigned a, unsigned b)
{
    unsigned both = (a | b) & ~(unsigned)DSN_NEVER;
    if (a == b || both == 0) {
        return a == b ? a : 0;
    }
    return a == 0 || b == 0 ? both | DSN_FAILURE : both;
}

static void copy_share(const struct round_address *one, const struct delivery_address *a)
{
    unsigned all = one->a->shared ? one->a->notify_all : one->a->notify;
    one->a->notify_all = a->last_hop ? all : wishes_join(all, a->notify);
    one->a->shared = true;
}

const struct delivery_address *round_sharer(const struct queue_round *round,
                                            const struct delivery_address *a, size_t *at)
{
    while (a->shared && *at < round->list.count) {
        const struct round_address *one = round->list.at[(*at)++];
        if (one->twin == NULL || one->twin->a != a) {
            continue;
        }
        bool same = span_eq(delivery_top(one->a)->address, delivery_top(a)->address) &&
                    one->a->notify == a->notify && span_eq(one->a->orcpt, a->orcpt);
        if (!same) {
            one->a->result = a->result;
            return one->a;
        }
    }
    return NULL;
}

/* False: nothing is left to do for it. */
static bool begin_one(struct queue_round *round, struct round_address *one)
{
    struct delivery_address *a = one->a;
    if (a->result.outcome != DELIVERY_NONE) {
        return false;
    }
    if (a->transport != NULL) {
        return true;
    }
    if (is_held(round, a)) {
        one->silent = true;
        return false;
    }
    if (!round_route_due(round, a)) {
        fail(a, DELIVERY_DEFERRED, DELIVERY_ERROR_RETRY, SPAN("retry time not reached"));
        one->silent = !log_selected(round->q->log->options.selectors, LOG_RETRY_DEFER);
        return false;
    }
    routed(round, one);
    return a->transport != NULL && a->result.outcome == DELIVERY_NONE;
}

static void route_one(struct queue_round *round, struct round_address *one)
{
    struct delivery_address *a = one->a;
    if ((round->how & QUEUE_GIVE_UP) != 0) {
        fail(a, DELIVERY_FAILED, 0, SPAN("delivery cancelled by administrator"));
        return;
    }
    bool ready = begin_one(round, one);
    a->unique = key_of(round, one);
    if (ready && round_is_done(round, a->unique)) {
        a->result.outcome = DELIVERY_DONE;
        one->settled = true;
    } else if (ready) {
        one->twin = twin_of(round, one);
        if (one->twin != NULL) {
            copy_share(one->twin, a);
        }
    }
}

void round_route(struct queue_round *round)
{
    struct envelope *e = &round->message.envelope;
    for (size_t i = 0; i < e->recipients.count; i++) {
        if (!round_is_done(round, e->recipients.at[i].address)) {
            recipient_begin(round, i);
        }
    }
    for (size_t i = 0; i < round->list.count; i++) {
        route_one(round, round->list.at[i]);
    }
}
