/* manualroute: hosts by rules of the configuration. A rule is "DOMAIN HOSTS OPTIONS"; route_data is
   the same without the domain, expanded first. */
#include "ref/route/routing.h"

#include "ref/route/hosts.h"

struct rule {
    span hosts;
    struct value options;
    bool randomize;
    struct hosts_search search;
    const struct conf_transport *transport;
};

/* --- which rule ---------------------------------------------------------------------------------- */

static enum routed text_of(struct routing *r, const struct template *t, struct value *text)
{
    return routing_expand(r, t, text, "%s router: failed to expand \"%.*s\"", r->router->name,
                          SPAN_FMT(template_text(t)));
}

/* The first rule whose domain fits. What the match found ($1, $value) stands in the hosts. */
static enum routed rule_of_list(struct routing *r, struct rule *rule)
{
    const struct conf_route_rules *all = &r->router->own.manualroute->route_list;
    for (size_t i = 0; i < all->count; i++) {
        struct matched m =
            match_list(r->x, LIST_DOMAIN, r->address->domain, all->at[i].domains);
        if (m.outcome == MATCH_DEFERRED) {
            return routing_defer(r, "lookup defer in %s router: %s", r->router->name, m.why);
        }
        if (m.outcome == MATCH_NO) {
            continue;
        }
        rule->options = (struct value){.text = all->at[i].options};
        rule->hosts = SPAN_EMPTY;
        if (all->at[i].hosts == NULL) {
            return ROUTED_TAKEN;
        }
        struct value kept = r->x->found, hosts;
        r->x->found = m.data;
        enum routed end = text_of(r, all->at[i].hosts, &hosts);
        r->x->found = kept;
        rule->hosts = hosts.text;
        return end;
    }
    return ROUTED_DECLINE;
}

static enum routed rule_of_data(struct routing *r, struct rule *rule)
{
    struct value data;
    enum routed end = text_of(r, r->router->own.manualroute->route_data, &data);
    if (end != ROUTED_TAKEN) {
        return end;
    }
    rule->hosts = conf_word_take(&data.text, "\"");
    rule->options = data;
    return rule->hosts.len > 0 ? ROUTED_TAKEN : ROUTED_DECLINE;
}

/* --- options ------------------------------------------------------------------------------------- */

/* by...: where names are looked up. There is one place here, which knows /etc/hosts and the DNS. */
static bool option_take(struct rule *rule, span word)
{
    static const char *const places[] = {"byname", "bydns", "bydns_a", "bydns_mx", "bydns_a_only",
                                         "bydns_only"};
    if (span_eq(word, SPAN("randomize"))) {
        rule->randomize = true;
    } else if (span_eq(word, SPAN("no_randomize"))) {
        rule->randomize = false;
    } else if (span_eq(word, SPAN("ipv4_only"))) {
        rule->search.ipv4_only = true;
    } else if (span_eq(word, SPAN("ipv4_prefer"))) {
        rule->search.ipv4_first = true;
    } else {
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            if (span_eq(word, span_text(places[i]))) {
                return true;
            }
        }
        return false;
    }
    return true;
}

static enum routed options_read(struct routing *r, struct rule *rule)
{
    span rest = rule->options.text;
    for (span word, from = span_trim_space(rest); (word = conf_word_take(&rest, "\"")).len > 0;
         from = span_trim_space(rest)) {
        if (option_take(rule, word)) {
            continue;
        }
        const struct conf_transport *named =
            conf_transport_find(&r->round->conf->transports, word);
        if (named == NULL || rule->options.tainted) {
            r->private = true;
            routing_log(r, LOG_MAIN,
                        "Error in %s router: unknown routing option or transport name \"%.*s\"",
                        r->router->name, SPAN_FMT(from));
            return routing_defer(
                r, "error in router: unknown routing option or transport name \"%.*s\"",
                SPAN_FMT(from));
        }
        rule->transport = named;
    }
    return ROUTED_TAKEN;
}

/* --- hosts --------------------------------------------------------------------------------------- */

/* "name", "name:25", "192.0.2.1:25", "[2001:db8::1]:25", and "/MX" behind it. False: no port that is
   one. */
static bool host_read(span item, span *name, uint16_t *port, bool *by_mx)
{
    struct address literal;
    uint64_t number = 0;
    *port = 0;
    *by_mx = span_ends(item, SPAN("/MX")) || span_ends(item, SPAN("/mx"));
    item = span_first(item, item.len - (*by_mx ? 3 : 0));
    *name = item;
    if (address_parse(item, 0, &literal)) {
        return true;
    }
    span rest = SPAN_EMPTY;
    size_t end;
    if (item.at[0] == '[' && (end = span_find_byte(item, ']')) != SPAN_NONE) {
        *name = span_part(item, 1, end - 1);
        rest = span_from(item, end + 1);
    } else if ((end = span_find_byte(item, ':')) != SPAN_NONE) {
        *name = span_first(item, end);
        rest = span_from(item, end);
    }
    if (rest.len == 0) {
        return name->len > 0;
    }
    bool good = rest.at[0] == ':' && span_to_u64(span_from(rest, 1), &number) && number > 0 &&
                number <= UINT16_MAX && name->len > 0;
    *port = (uint16_t)number;
    return good;
}

struct items {
    VEC(span) list;
};

/* Shuffled in groups that "+" parts: each host of a group comes before all of the next. */
static void items_shuffle(struct rng *rng, struct items *items)
{
    size_t from = 0;
    for (size_t i = 0; i <= items->list.count; i++) {
        if (i < items->list.count && !span_eq(items->list.at[i], SPAN("+"))) {
            continue;
        }
        rng_shuffle(rng, items->list.at + from, i - from, sizeof *items->list.at);
        from = i + 1;
    }
}

/* host_find_failed and host_all_ignored have the same words. */
static enum routed by_word(struct routing *r, const char *word, const char *why)
{
    static const struct {
        const char *word;
        enum routed end;
    } words[] = {{"decline", ROUTED_DECLINE}, {"defer", ROUTED_DEFER}, {"fail", ROUTED_FAIL},
                 {"freeze", ROUTED_DEFER},    {"pass", ROUTED_PASS}};
    enum routed end = ROUTED_DEFER;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        end = strcmp(words[i].word, word) == 0 ? words[i].end : end;
    }
    r->out->freeze = strcmp(word, "freeze") == 0;
    if (end == ROUTED_DEFER || end == ROUTED_FAIL) {
        r->error = DELIVERY_ERROR_UNKNOWN_HOST;
        r->status = end == ROUTED_FAIL ? SPAN("5.4.4") : SPAN_EMPTY;
        r->why = why;
    }
    return end;
}

static enum routed host_find(struct routing *r, const struct rule *rule, span item,
                             struct hosts *hosts)
{
    const char *failed_word = r->router->own.manualroute->host_find_failed;
    span name;
    uint16_t port;
    bool by_mx;
    if (!host_read(item, &name, &port, &by_mx)) {
        r->private = true;
        return routing_defer(r, "\"%.*s\" in %s router is no host with a port", SPAN_FMT(item),
                             r->router->name);
    }
    enum hosts_found found = by_mx ? route_hosts_by_mx(&rule->search, name, port, hosts)
                                   : route_hosts_by_name(&rule->search, name, port, hosts);
    if (found == HOSTS_FOUND) {
        return ROUTED_TAKEN;
    }
    if (found == HOSTS_AGAIN) {
        r->timed_out = true;
        r->error = DELIVERY_ERROR_UNKNOWN_HOST;
        return routing_defer(r, "host lookup for %.*s did not complete (DNS timeout?)",
                             SPAN_FMT(name));
    }
    if (found == HOSTS_INSECURE) {
        return routing_defer(r, "host lookup for %.*s done insecurely", SPAN_FMT(name));
    }
    if (found == HOSTS_IGNORED || strcmp(failed_word, "ignore") == 0) {
        return ROUTED_TAKEN;
    }
    return by_word(r, failed_word,
                   arena_printf(r->arena, "lookup of host \"%.*s\" failed in %s router",
                                SPAN_FMT(name), r->router->name));
}

/* A local transport has no use for addresses; it may want the names. */
static void hosts_as_named(struct routing *r, const struct items *items, struct hosts *hosts)
{
    for (size_t i = 0; i < items->list.count; i++) {
        if (!span_eq(items->list.at[i], SPAN("+"))) {
            vec_add(r->arena, &hosts->list,
                    ((struct route_host){.name = items->list.at[i], .preference = -1}));
        }
    }
}

static enum routed hosts_find(struct routing *r, struct rule *rule, struct hosts *hosts)
{
    struct items items = {0};
    struct list_reader reader = list_reader_of(rule->hosts);
    for (span item; list_next(&reader, r->arena, &item);) {
        if (item.len > 0) {
            vec_add(r->arena, &items.list, item);
        }
    }
    if (rule->randomize) {
        items_shuffle(r->round->rng, &items);
    }
    if (rule->transport != NULL && rule->transport->driver != TRANSPORT_SMTP) {
        hosts_as_named(r, &items, hosts);
        return ROUTED_TAKEN;
    }
    for (size_t i = 0; i < items.list.count; i++) {
        if (span_eq(items.list.at[i], SPAN("+"))) {
            continue;
        }
        enum routed end = host_find(r, rule, items.list.at[i], hosts);
        if (end != ROUTED_TAKEN) {
            return end;
        }
    }
    if (hosts->list.count == 0 && items.list.count > 0) {
        return by_word(r, r->router->own.manualroute->host_all_ignored,
                       arena_printf(r->arena, "lookup of host \"%.*s\" failed in %s router",
                                    SPAN_FMT(items.list.at[0]), r->router->name));
    }
    return ROUTED_TAKEN;
}

static enum routed hosts_settle(struct routing *r, struct rule *rule)
{
    struct hosts hosts = {0};
    bool send;
    enum routed end = hosts_find(r, rule, &hosts);
    if (end != ROUTED_TAKEN) {
        return end;
    }
    const struct conf_transport *t = rule->transport;
    bool remote = t == NULL || t->driver == TRANSPORT_SMTP;
    if (remote && route_hosts_check_self(&rule->search, &hosts) == HOSTS_SELF &&
        (end = route_self(r, hosts.self, &send)) != ROUTED_TAKEN) {
        return end;
    }
    if (t != NULL && remote && hosts.list.count == 0 && t->own.smtp->hosts == NULL &&
        !routing_verifies(r)) {
        r->private = true;
        return routing_defer(r, "error in %s router: no host(s) specified for domain %.*s",
                             r->router->name, SPAN_FMT(r->address->domain));
    }
    r->address->hosts = hosts.list.at;
    r->address->host_count = hosts.list.count;
    r->address->transport = t;
    return ROUTED_TAKEN;
}

enum routed route_manualroute(struct routing *r)
{
    const struct router_manualroute *o = r->router->own.manualroute;
    const struct router_generic *g = r->router->generic;
    struct rule rule = {.randomize = o->hosts_randomize,
                        .search = {.round = r->round, .ignore = &g->ignore_target_hosts}};
    enum routed end = o->route_data != NULL ? rule_of_data(r, &rule) : rule_of_list(r, &rule);
    if (end == ROUTED_TAKEN) {
        end = options_read(r, &rule);
    }
    if (end == ROUTED_TAKEN && rule.transport == NULL && !g->verify_only) {
        end = route_settle_transport(r, "transport", g->transport, &rule.transport);
    }
    if (end == ROUTED_TAKEN) {
        end = hosts_settle(r, &rule);
    }
    return end == ROUTED_TAKEN ? route_settle_all(r) : end;
}
