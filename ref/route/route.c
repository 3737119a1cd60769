/* The walk along the routers. It decides nothing about mail itself: whether a router runs is said in
   preconditions.c, what it does in its driver's file, what it leaves with the address in settle.c.
   Here is only what each of these answers means for the next step, and where the walk ends. */
#include "ref/route/routing.h"

#include "base/check.h"
#include "ref/mail/address.h"

static route_driver *const drivers[] = {
    [ROUTER_ACCEPT] = route_accept,
    [ROUTER_DNSLOOKUP] = route_dnslookup,
    [ROUTER_MANUALROUTE] = route_manualroute,
    [ROUTER_REDIRECT] = route_redirect,
};

/* --- what is said -------------------------------------------------------------------------------- */

enum routed routing_defer(struct routing *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    r->why = arena_vprintf(r->arena, format, args);
    va_end(args);
    return ROUTED_DEFER;
}

enum routed routing_fail(struct routing *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    r->why = arena_vprintf(r->arena, format, args);
    va_end(args);
    return ROUTED_FAIL;
}

void routing_note(const struct routing *r, const char *format, ...)
{
    if (r->round->note == NULL) {
        return;
    }
    unsigned depth = 0;
    for (const struct delivery_address *p = r->address->parent; p != NULL; p = p->parent) {
        depth++;
    }
    va_list args;
    va_start(args, format);
    r->round->note(r->round->note_context, depth,
                   span_text(arena_vprintf(r->arena, format, args)));
    va_end(args);
}

void routing_log(const struct routing *r, unsigned files, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(r->arena, format, args);
    va_end(args);
    routing_note(r, "%s", text);
    if (r->round->log != NULL) {
        log_printf(r->round->log, files, r->round->id, "%s", text);
    }
}

enum routed routing_expand(struct routing *r, const struct template *t, struct value *out,
                           const char *format, ...)
{
    struct expanded e = expand(t, r->x);
    *out = e.value;
    if (e.outcome == EXPAND_OK || e.outcome == EXPAND_FORCED) {
        return e.outcome == EXPAND_OK ? ROUTED_TAKEN : ROUTED_DECLINE;
    }
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(r->arena, format, args);
    va_end(args);
    r->private = true;
    return routing_defer(r, "%s: %s", what, e.why);
}

enum routed routing_switch(struct routing *r, const char *option, const struct conf_switch *s,
                           bool otherwise, bool *yes)
{
    *yes = s->value;
    if (s->when == NULL) {
        return ROUTED_TAKEN;
    }
    struct value value;
    enum routed end = routing_expand(r, s->when, &value, "failed to expand \"%.*s\" for %s router",
                                     SPAN_FMT(template_text(s->when)), r->router->name);
    if (end != ROUTED_TAKEN) {
        *yes = otherwise;
        return end == ROUTED_DECLINE ? ROUTED_TAKEN : end;
    }
    span text = span_trim_space(value.text);
    bool true_word = span_eq_caseless(text, SPAN("true")) || span_eq_caseless(text, SPAN("yes"));
    bool false_word = span_eq_caseless(text, SPAN("false")) || span_eq_caseless(text, SPAN("no"));
    if (!true_word && !false_word && text.len > 0) {
        return routing_defer(r, "\"%.*s\" is not a valid value for the \"%s\" option",
                             SPAN_FMT(text), option);
    }
    *yes = text.len == 0 ? otherwise : true_word;
    return ROUTED_TAKEN;
}

/* --- addresses ----------------------------------------------------------------------------------- */

bool routing_split(struct arena *arena, span address, struct delivery_address *a, const char **why)
{
    struct mail_address parsed;
    err e = mail_mailbox_parse(address, true, &parsed);
    if (failed(e)) {
        *why = e.what;
        return false;
    }
    struct buf local;
    buf_init(&local, MAIL_LOCAL_PART_LIMIT * 2);
    mail_local_part_put(&parsed, &local);
    a->address = arena_copy(arena, address);
    a->whole_local_part = a->local_part = arena_copy(arena, buf_span(&local));
    a->domain = arena_lower(arena, parsed.domain);
    a->unique = span_text(arena_printf(arena, "%.*s@%.*s", SPAN_FMT(parsed.local),
                                       SPAN_FMT(a->domain)));
    buf_wipe(&local);
    return true;
}

bool route_begin(struct route_round *round, span address, struct delivery_address *out)
{
    const char *why = NULL;
    *out = (struct delivery_address){.address = address};
    if (routing_split(round->arena, address, out, &why)) {
        return true;
    }
    out->unique = address;
    out->result = (struct delivery_result){
        .outcome = DELIVERY_FAILED, .status = SPAN("5.1.3"),
        .text = span_text(arena_printf(round->arena, "syntax error in address: %s", why))};
    return false;
}

static bool same_address(const struct delivery_address *a, const struct delivery_address *b)
{
    return span_eq(a->whole_local_part, b->whole_local_part) && span_eq(a->domain, b->domain);
}

/* An address that an ancestor had already is another delivery all the same, and is told apart by how
   often it has come. */
static span unique_of(struct arena *arena, const struct delivery_address *child)
{
    unsigned times = 0;
    for (const struct delivery_address *p = child->parent; p != NULL; p = p->parent) {
        times += !p->path && same_address(p, child) ? 1U : 0U;
    }
    return times == 0 ? child->unique
                      : span_text(arena_printf(arena, "\\%u\\%.*s", times - 1,
                                               SPAN_FMT(child->unique)));
}

/* What a child has from its parent, whatever it is. */
static struct delivery_address *heir(struct routing *r, span address)
{
    struct delivery_address *parent = r->address;
    struct delivery_address *child = ARENA_NEW(r->arena, struct delivery_address);
    *child = (struct delivery_address){
        .address = address, .parent = parent, .top = parent->top, .orcpt = parent->orcpt,
        .notify = parent->notify, .last_hop = parent->last_hop, .generated = true,
        .hidden = parent->hidden, .errors_to = parent->errors_to,
        .has_errors_to = parent->has_errors_to, .address_data = parent->address_data,
        .address_data_tainted = parent->address_data_tainted,
        .variables = parent->variables, .variable_count = parent->variable_count,
        .srs_recipient = parent->srs_recipient, .srs = parent->srs,
        .self_hostname = parent->self_hostname};
    for (size_t i = 0; i < parent->headers_add.count; i++) {
        vec_add(r->arena, &child->headers_add, parent->headers_add.at[i]);
    }
    for (size_t i = 0; i < parent->headers_remove.count; i++) {
        vec_add(r->arena, &child->headers_remove, parent->headers_remove.at[i]);
    }
    r->round->generated++;
    return child;
}

struct delivery_address *routing_child(struct routing *r, span address)
{
    struct delivery_address *child = heir(r, address);
    const char *why;
    bool good = routing_split(r->arena, address, child, &why);
    CHECK(good);
    child->unique = unique_of(r->arena, child);
    return child;
}

enum routed routing_reroute(struct routing *r, const char *option, span domain)
{
    size_t at = mail_at_sign(r->address->address);
    span local = span_first(r->address->address, at);
    span address = span_text(arena_printf(r->arena, "%.*s@%.*s", SPAN_FMT(local),
                                          SPAN_FMT(domain)));
    struct mail_address parsed;
    if (failed(mail_mailbox_parse(address, true, &parsed))) {
        r->private = true;
        return routing_defer(r, "%s of %s router makes no address: %.*s", option,
                             r->router->name, SPAN_FMT(address));
    }
    vec_add(r->arena, &r->children, routing_child(r, address));
    return ROUTED_CHILDREN;
}

struct delivery_address *routing_path_child(struct routing *r, span path)
{
    struct delivery_address *child = heir(r, path);
    child->path = true;
    child->whole_local_part = r->address->whole_local_part;
    child->local_part = r->address->local_part;
    child->local_part_data = r->address->local_part_data;
    child->domain = r->address->domain;
    child->domain_data = r->address->domain_data;
    child->unique = span_text(arena_printf(r->arena, "%.*s:%.*s", SPAN_FMT(r->address->unique),
                                           SPAN_FMT(path)));
    return child;
}

/* --- the walk ------------------------------------------------------------------------------------ */

/* Ancestors that the caller knows by their address alone (`one_time` in an earlier attempt) are taken
   apart too. */
static void round_begin(struct routing *r)
{
    struct delivery_address *a = r->address;
    for (struct delivery_address *p = a->parent; p != NULL; p = p->parent) {
        const char *why;
        if (p->domain.len == 0 && !p->path) {
            (void)routing_split(r->arena, p->address, p, &why);
        }
    }
    const struct delivery_address *top = delivery_top(a);
    a->verdict = bmi_verdict_of(r->round->verdicts, top->whole_local_part, top->domain);
    a->unseen = false;
    a->router = NULL;
    a->transport = NULL;
    a->hosts = NULL;
    a->host_count = 0;
    a->result = (struct delivery_result){.outcome = DELIVERY_NONE};
}

static bool too_deep(struct routing *r)
{
    size_t depth = 0;
    for (const struct delivery_address *p = r->address->parent; p != NULL; p = p->parent) {
        depth++;
    }
    return depth > ROUTE_ANCESTORS_MOST || r->round->generated > ROUTE_GENERATED_MOST;
}

/* A router does not run for an address that it has had among its ancestors; that ends every loop that
   comes back to where it was. Without repeat_use it does not run for what it has made at all. */
static enum routed seen_before(struct routing *r, bool *seen)
{
    bool repeat = true;
    *seen = false;
    if (r->router->driver == ROUTER_REDIRECT) {
        enum routed e = routing_switch(r, "repeat_use", &r->router->own.redirect->repeat_use, true,
                                       &repeat);
        if (e != ROUTED_TAKEN) {
            return e;
        }
    }
    for (const struct delivery_address *p = r->address->parent; p != NULL; p = p->parent) {
        *seen = *seen || (p->router == r->router && (!repeat || same_address(p, r->address)));
    }
    return ROUTED_TAKEN;
}

/* The copy that goes on behind the router, before the router's own children. It has none of the header
   fields that routers have added or removed so far, and its errors go where they went before. */
static void unseen_add(struct routing *r)
{
    struct delivery_address *copy = routing_child(r, r->address->address);
    copy->continued = true;
    copy->errors_to = r->errors_to;
    copy->has_errors_to = r->has_errors_to;
    copy->headers_add.count = copy->headers_remove.count = 0;
    copy->generated = r->address->generated;
    copy->start = r->router + 1;
    (void)vec_push(r->arena, &r->children);
    memmove(r->children.at + 1, r->children.at, (r->children.count - 1) * sizeof *r->children.at);
    r->children.at[0] = copy;
    r->address->unseen = r->out->unseen = true;
}

static enum routed debug_print(struct routing *r)
{
    const struct template *text = r->router->generic->debug_print;
    if (text != NULL && r->round->note != NULL) {
        struct expanded e = expand(text, r->x);
        routing_note(r, "%.*s", SPAN_FMT(e.outcome == EXPAND_OK ? e.value.text : SPAN_EMPTY));
    }
    return ROUTED_TAKEN;
}

/* One router: the preconditions and, if they hold, the driver. */
static enum routed router_run(struct routing *r)
{
    bool seen;
    r->x->captures.count = 0;
    routing_facts(r);
    enum routed end = seen_before(r, &seen);
    if (end == ROUTED_TAKEN && seen) {
        routing_note(r, "%s router skipped: the address came through it before", r->router->name);
        return ROUTED_PASS;
    }
    if (end == ROUTED_TAKEN) {
        end = route_preconditions_check(r);
    }
    if (end == ROUTED_DECLINE) {
        return ROUTED_PASS; /* skipped: `more` is not asked */
    }
    r->address->router = r->router;
    r->errors_to = r->address->errors_to;
    r->has_errors_to = r->address->has_errors_to;
    enum routed (*const steps[])(struct routing *) = {
        debug_print, route_settle_address_data, route_settle_variables, drivers[r->router->driver]};
    for (size_t i = 0; i < sizeof steps / sizeof *steps && end == ROUTED_TAKEN; i++) {
        end = steps[i](r);
    }
    r->ran = true;
    return end;
}

static bool takes(enum routed end)
{
    return end == ROUTED_TAKEN || end == ROUTED_CHILDREN || end == ROUTED_DISCARD;
}

/* What follows from what the router said. *next NULL: nothing, the walk is over. */
static enum routed router_after(struct routing *r, enum routed end, const struct conf_router **next)
{
    const struct conf_routers *all = &r->round->conf->routers;
    const struct router_generic *g = r->router->generic;
    const struct conf_router *behind =
        r->router + 1 < all->at + all->count ? r->router + 1 : NULL;
    bool on = true;
    *next = NULL;
    if (takes(end) || (r->ran && end == ROUTED_DEFER && g->pass_on_timeout && r->timed_out)) {
        bool verifying = routing_verifies(r);
        bool fails = r->round->purpose == ROUTE_VERIFY_SENDER ? g->fail_verify_sender
                                                              : g->fail_verify_recipient;
        if (takes(end) && verifying && fails) {
            return routing_fail(r, "%s router forced verify failure", r->router->name);
        }
        enum routed e = takes(end) ? routing_switch(r, "unseen", &g->unseen, false, &on)
                                   : ROUTED_TAKEN;
        if (!takes(end)) {
            *next = r->router->pass_to != NULL ? r->router->pass_to : behind;
            return ROUTED_PASS;
        }
        if (e == ROUTED_TAKEN && on && behind != NULL) {
            unseen_add(r);
        }
        return e == ROUTED_TAKEN ? end : e;
    }
    if (end == ROUTED_DECLINE) {
        enum routed e = routing_switch(r, "more", &g->more, true, &on);
        if (e != ROUTED_TAKEN) {
            return e;
        }
        *next = on ? behind : NULL;
    } else if (end == ROUTED_PASS) {
        *next = r->ran && r->router->pass_to != NULL ? r->router->pass_to : behind;
    }
    return end;
}

/* Nobody wanted it. The last router that was looked at may say so in its own words. */
static enum routed nobody(struct routing *r)
{
    if (r->why != NULL) {
        return ROUTED_FAIL;
    }
    const struct template *own = r->router != NULL ? r->router->generic->cannot_route_message : NULL;
    r->why = "Unrouteable address";
    r->address->router = NULL;
    if (own != NULL) {
        struct expanded e = expand(own, r->x);
        if (e.outcome == EXPAND_OK) {
            r->why = arena_text(r->arena, e.value.text);
        } else if (e.outcome != EXPAND_FORCED) {
            routing_log(r, LOG_MAIN | LOG_PANIC,
                        "failed to expand \"%.*s\" (cannot_route_message) in %s router: %s",
                        SPAN_FMT(template_text(own)), r->router->name, e.why);
        }
    }
    return ROUTED_FAIL;
}

static void finish(struct routing *r, enum routed end)
{
    struct delivery_result *result = &r->address->result;
    static const enum route_end ends[] = {
        [ROUTED_TAKEN] = ROUTE_TO_TRANSPORT, [ROUTED_CHILDREN] = ROUTE_CHILDREN,
        [ROUTED_DISCARD] = ROUTE_DISCARD, [ROUTED_DECLINE] = ROUTE_FAIL, [ROUTED_PASS] = ROUTE_FAIL,
        [ROUTED_DEFER] = ROUTE_DEFER, [ROUTED_FAIL] = ROUTE_FAIL};
    r->out->end = ends[end];
    r->out->children = r->children.at;
    r->out->child_count = r->children.count;
    size_t made = r->children.count - (r->out->unseen ? 1U : 0U);
    r->out->sole_child = end == ROUTED_CHILDREN && made == 1;
    if (r->out->end == ROUTE_DISCARD) {
        result->outcome = DELIVERY_DISCARDED;
    } else if (r->out->end == ROUTE_FAIL || r->out->end == ROUTE_DEFER) {
        bool failure = r->out->end == ROUTE_FAIL;
        result->outcome = failure ? DELIVERY_FAILED : DELIVERY_DEFERRED;
        result->text = span_text(r->why);
        result->error = r->error;
        result->status = failure ? r->status : SPAN_EMPTY;
        r->out->log = r->why;
        r->out->user_text = r->user_text.len > 0 ? r->user_text
                            : r->private         ? SPAN_EMPTY
                                                 : result->text;
        routing_note(r, "%s: %s", failure ? "undeliverable" : "deferred", r->why);
    }
}

struct route_outcome route_address(struct route_round *round, struct delivery_address *a)
{
    struct route_outcome out = {.user_text = SPAN_EMPTY};
    struct routing r = {.round = round, .address = a, .out = &out, .x = round->expansion,
                        .facts = round->expansion->facts->address, .arena = round->arena,
                        .user_text = SPAN_EMPTY, .status = SPAN_EMPTY};
    const struct conf_routers *all = &round->conf->routers;
    const struct conf_router *next = a->start != NULL ? a->start : all->at;
    enum routed end = ROUTED_DECLINE;
    CHECK(!a->path && r.facts != NULL);
    round_begin(&r);
    if (too_deep(&r)) {
        end = routing_defer(&r, "too many redirections: %d in a row, or %d in all, are the limit",
                            ROUTE_ANCESTORS_MOST, ROUTE_GENERATED_MOST);
        r.private = true;
        next = NULL;
    }
    for (next = all->count == 0 ? NULL : next; next != NULL;) {
        r.router = next;
        r.ran = false;
        end = router_after(&r, router_run(&r), &next);
        routing_note(&r, "%s router %s", r.router->name,
                     takes(end) ? "takes it" : r.ran ? "does not take it" : "is skipped");
    }
    if (end == ROUTED_DECLINE || end == ROUTED_PASS) {
        end = nobody(&r);
    }
    finish(&r, end);
    return out;
}

span route_mailbox(span address, struct arena *arena)
{
    struct mail_address a;
    struct buf out;
    if (!span_starts(address, SPAN("\"")) || failed(mail_mailbox_parse(address, true, &a))) {
        return address;
    }
    buf_init(&out, address.len);
    mail_local_part_put(&a, &out);
    buf_printf(&out, "@%.*s", SPAN_FMT(a.domain));
    return buf_settle(&out, arena);
}
