/* What a router leaves with an address: texts of its generic options, expanded while its variables
   stand. A forced failure means that an option is as good as not set; other failures defer the
   address, for sending it on without them would be another delivery than the one that was asked
   for. */
#include "ref/route/routing.h"

#include "ref/route/verify.h"

/* ROUTED_DECLINE: forced to fail. */
static enum routed text_of(struct routing *r, const char *option, const struct template *t,
                           struct value *out)
{
    enum routed end = routing_expand(r, t, out, "%s router failed to expand %s \"%.*s\"",
                                     r->router->name, option, SPAN_FMT(template_text(t)));
    r->error = end == ROUTED_DEFER ? DELIVERY_ERROR_EXPANSION : r->error;
    return end;
}

enum routed route_settle_address_data(struct routing *r)
{
    const struct template *t = r->router->generic->address_data;
    struct value data;
    if (t == NULL) {
        return ROUTED_TAKEN;
    }
    enum routed end = routing_expand(r, t, &data, "expansion of \"%.*s\" failed in %s router",
                                     SPAN_FMT(template_text(t)), r->router->name);
    if (end == ROUTED_TAKEN) {
        r->address->address_data = data.text;
        r->address->address_data_tainted = data.tainted;
        routing_facts(r);
    }
    r->error = end == ROUTED_DEFER ? DELIVERY_ERROR_EXPANSION : r->error;
    return end;
}

/* Each is seen by those behind it. The text of a setting is a template of its own, read when the
   configuration was: what stands before the "=" is literal in it. */
enum routed route_settle_variables(struct routing *r)
{
    const struct conf_templates *all = &r->router->generic->set;
    struct delivery_address *a = r->address;
    for (size_t i = 0; i < all->count; i++) {
        struct value whole;
        enum routed end = text_of(r, "set", all->at[i], &whole);
        if (end == ROUTED_DECLINE) {
            continue;
        }
        if (end != ROUTED_TAKEN) {
            return end;
        }
        span name, text;
        (void)span_split(whole.text, '=', &name, &text);
        struct facts_variable *more =
            arena_take_array(r->arena, a->variable_count + 1, sizeof *more);
        if (a->variable_count > 0) {
            memcpy(more, a->variables, a->variable_count * sizeof *more);
        }
        more[a->variable_count++] = (struct facts_variable){
            .name = span_trim_space(name), .value = span_trim_space(text),
            .tainted = whole.tainted};
        a->variables = more;
        routing_facts(r);
    }
    return ROUTED_TAKEN;
}

/* An errors_to that does not verify is not used: reports to nowhere would be lost. */
static bool can_be_told(struct routing *r, span address)
{
    if (r->round->purpose != ROUTE_DELIVER || address.len == 0) {
        return true;
    }
    struct facts_address kept = *r->facts;
    struct route_round round = *r->round;
    round.purpose = ROUTE_VERIFY_RECIPIENT;
    round.for_reports = true;
    struct route_verified v = route_verify(&round, address, false);
    *r->facts = kept;
    r->round->generated = round.generated;
    return v.outcome != ACL_NOT_VERIFIED;
}

enum routed route_settle_errors_to(struct routing *r, struct delivery_address *a)
{
    const struct template *t = r->router->generic->errors_to;
    struct value text;
    if (t == NULL) {
        return ROUTED_TAKEN;
    }
    enum routed end = text_of(r, "errors_to", t, &text);
    if (end != ROUTED_TAKEN) {
        return end == ROUTED_DECLINE ? ROUTED_TAKEN : end;
    }
    span address = span_trim_space(text.text);
    address = span_eq(address, SPAN("<>")) ? SPAN_EMPTY : address;
    if (can_be_told(r, address)) {
        a->errors_to = address;
        a->has_errors_to = true;
    } else {
        routing_note(r, "errors_to %.*s fails verification and is not used", SPAN_FMT(address));
    }
    return ROUTED_TAKEN;
}

static void fields_add(struct routing *r, struct delivery_address *a, span text)
{
    while (text.len > 0 && text.at[text.len - 1] == '\n') {
        text = span_first(text, text.len - 1);
    }
    if (text.len > 0) {
        vec_add(r->arena, &a->headers_add,
                span_text(arena_printf(r->arena, "%.*s\n", SPAN_FMT(text))));
    }
}

enum routed route_settle_headers(struct routing *r, struct delivery_address *a)
{
    const struct router_generic *g = r->router->generic;
    struct value text;
    for (size_t i = 0; i < g->headers_add.count; i++) {
        enum routed end = text_of(r, "add_headers item", g->headers_add.at[i], &text);
        if (end == ROUTED_DEFER) {
            return end;
        }
        if (end == ROUTED_TAKEN) {
            fields_add(r, a, text.text);
        }
    }
    for (size_t i = 0; i < g->headers_remove.count; i++) {
        enum routed end = text_of(r, "remove_headers item", g->headers_remove.at[i], &text);
        if (end == ROUTED_DEFER) {
            return end;
        }
        struct list_reader names = list_reader_of(end == ROUTED_TAKEN ? text.text : SPAN_EMPTY);
        for (span name; list_next(&names, r->arena, &name);) {
            if (name.len > 0) {
                vec_add(r->arena, &a->headers_remove, name);
            }
        }
    }
    return ROUTED_TAKEN;
}

/* --- who a local delivery runs as ---------------------------------------------------------------- */

static enum routed is_missing(struct routing *r, const char *what, span name)
{
    r->private = true;
    return routing_defer(r, "failed to find %s \"%.*s\" for %s router", what, SPAN_FMT(name), r->router->name);
}

enum routed route_settle_user(struct routing *r, struct delivery_address *a)
{
    const struct router_generic *g = r->router->generic;
    struct value text;
    enum routed end = ROUTED_TAKEN;
    a->all_groups = g->initgroups;
    struct conf_user user = g->user;
    struct conf_group group = g->group;
    if (user.text != NULL) {
        end = text_of(r, "user", user.text, &text);
        if (end == ROUTED_TAKEN && !conf_user_find(arena_text(r->arena, text.text), r->arena, &user)) {
            return is_missing(r, "user", text.text);
        }
    }
    if (end == ROUTED_TAKEN && user.known) {
        a->has_user = true;
        a->has_group = user.gid != (gid_t)-1;
        a->uid = user.uid;
        a->gid = user.gid;
        a->user_name = user.name;
    }
    if (end == ROUTED_TAKEN && group.text != NULL) {
        end = text_of(r, "group", group.text, &text);
        if (end == ROUTED_TAKEN && !conf_group_find(arena_text(r->arena, text.text), r->arena, &group)) {
            return is_missing(r, "group", text.text);
        }
    }
    if (end == ROUTED_TAKEN && group.known) {
        a->has_group = true;
        a->gid = group.gid;
    }
    if (end == ROUTED_DECLINE) {
        r->private = true;
        return routing_defer(r, "user or group of %s router was forced to fail", r->router->name);
    }
    return end;
}

static enum routed directories(struct routing *r, struct delivery_address *a)
{
    const struct router_generic *g = r->router->generic;
    const struct {
        const char *option;
        const struct template *text;
        span *into;
    } rows[] = {{"transport_home_directory", g->transport_home_directory, &a->home},
                {"transport_current_directory", g->transport_current_directory, &a->directory}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value text;
        if (rows[i].text == NULL) {
            continue;
        }
        enum routed end = text_of(r, rows[i].option, rows[i].text, &text);
        if (end == ROUTED_DEFER) {
            return end;
        }
        if (end == ROUTED_TAKEN) {
            *rows[i].into = text.text;
        }
    }
    return ROUTED_TAKEN;
}

/* --- the transport ------------------------------------------------------------------------------- */

/* A name that somebody else has written is not looked for. */
enum routed route_settle_transport(struct routing *r, const char *option,
                                   const struct template *name,
                                   const struct conf_transport **transport)
{
    struct value text = {.text = SPAN_EMPTY};
    *transport = NULL;
    r->private = true;
    r->error = DELIVERY_ERROR_EXPANSION;
    if (name == NULL) {
        return routing_defer(r, "%s unset in %s router", option, r->router->name);
    }
    enum routed end = text_of(r, option, name, &text);
    if (end != ROUTED_TAKEN) {
        return end == ROUTED_DEFER ? end
                                   : routing_defer(r, "%s of %s router was forced to fail", option,
                                                   r->router->name);
    }
    if (text.tainted) {
        routing_log(r, LOG_MAIN | LOG_PANIC,
                    "attempt to use tainted value '%.*s' from '%.*s' for transport",
                    SPAN_FMT(text.text), SPAN_FMT(template_text(name)));
        return routing_defer(r, "internal configuration error");
    }
    *transport = conf_transport_find(&r->round->conf->transports, text.text);
    if (*transport == NULL) {
        return routing_defer(r, "transport \"%.*s\" not found in %s router", SPAN_FMT(text.text),
                             r->router->name);
    }
    r->private = false;
    r->error = 0;
    return ROUTED_TAKEN;
}

enum routed route_settle_all(struct routing *r)
{
    struct delivery_address *a = r->address;
    const struct router_generic *g = r->router->generic;
    enum routed end = route_settle_errors_to(r, a);
    if (end == ROUTED_TAKEN) {
        end = route_settle_headers(r, a);
    }
    if (end == ROUTED_TAKEN) {
        end = route_settle_user(r, a);
    }
    if (end == ROUTED_TAKEN) {
        end = directories(r, a);
    }
    a->last_hop = a->last_hop || g->dsn_lasthop;
    return end;
}
