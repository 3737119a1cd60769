/* dnslookup: the hosts that the DNS names for the domain. What it declines for a reason that is worth
   telling leaves that reason behind, and the address fails with it if nobody else takes it. */
#include "ref/route/routing.h"

#include "ref/route/hosts.h"

static bool is_in(struct routing *r, const struct template *domains, span domain, bool *deferred)
{
    if (domains == NULL) {
        return false;
    }
    struct matched m = match_list(r->x, LIST_DOMAIN, domain, domains);
    *deferred = *deferred || m.outcome == MATCH_DEFERRED;
    return m.outcome == MATCH_YES;
}

static enum routed search_make(struct routing *r, span domain, struct hosts_search *s)
{
    const struct router_dnslookup *o = r->router->own.dnslookup;
    const struct router_generic *g = r->router->generic;
    bool deferred = false;
    *s = (struct hosts_search){.round = r->round, .ignore = &g->ignore_target_hosts};
    enum routed end = routing_switch(r, "ipv4_only", &o->ipv4_only, false, &s->ipv4_only);
    if (end == ROUTED_TAKEN) {
        end = routing_switch(r, "ipv4_prefer", &o->ipv4_prefer, false, &s->ipv4_first);
    }
    s->need_mx = is_in(r, o->mx_domains, domain, &deferred);
    s->need_secure = is_in(r, g->dnssec_require_domains, domain, &deferred);
    return end == ROUTED_TAKEN && deferred
               ? routing_defer(r, "a list of domains of %s router could not be looked at",
                               r->router->name)
               : end;
}

static enum routed decline(struct routing *r, const char *why, const char *status)
{
    r->why = why;
    r->status = span_text(status);
    return ROUTED_DECLINE;
}

/* The DNS gave no answer: later, unless the domain is one of those where that is an answer. */
static enum routed again(struct routing *r, const struct hosts *hosts, span domain)
{
    const struct router_dnslookup *o = r->router->own.dnslookup;
    bool deferred = false;
    if (is_in(r, o->fail_defer_domains, domain, &deferred) ||
        (!hosts->mx && is_in(r, o->mx_fail_domains, domain, &deferred))) {
        return decline(r, "host lookup did not complete", "5.4.3");
    }
    r->timed_out = true;
    r->error = DELIVERY_ERROR_UNKNOWN_HOST;
    routing_note(r, "%.*s: %s", SPAN_FMT(domain), hosts->why != NULL ? hosts->why : "");
    return routing_defer(r, "host lookup did not complete");
}

/* RFC 7505 4.1 and 4.2: 556 5.1.10 for a recipient, 550 5.7.27 for a sender. */
static enum routed no_service(struct routing *r)
{
    bool sender = r->round->purpose == ROUTE_VERIFY_SENDER;
    r->user_text = sender ? SPAN("550 5.7.27 Sender address has null MX")
                          : SPAN("556 5.1.10 Recipient address has null MX");
    return decline(r, "an MX or SRV record indicated no SMTP service",
                   sender ? "5.7.27" : "5.1.10");
}

static enum routed not_found(struct routing *r, enum hosts_found found, const struct hosts *hosts,
                             span domain)
{
    switch (found) {
    case HOSTS_AGAIN:
        return again(r, hosts, domain);
    case HOSTS_NO_SERVICE:
        return no_service(r);
    case HOSTS_INSECURE:
        return routing_defer(r, "host lookup done insecurely");
    case HOSTS_MX_NOWHERE:
        return decline(r, "all relevant MX records point to non-existent hosts", "5.4.4");
    case HOSTS_IGNORED:
        return decline(r, "all hosts of the domain are to be ignored", "5.4.4");
    case HOSTS_NO_NAME:
    case HOSTS_NO_ADDRESS:
    case HOSTS_NO_MX:
    case HOSTS_FOUND:
    case HOSTS_SELF:
        break;
    }
    r->status = SPAN("5.1.2");
    return ROUTED_DECLINE;
}

/* widen_domains: the domain with each of the endings, until one is found. */
static enum hosts_found domain_find(struct routing *r, struct hosts_search *s, span *domain,
                                    struct hosts *hosts)
{
    const char *endings = r->router->own.dnslookup->widen_domains;
    enum hosts_found found = route_hosts_by_mx(s, *domain, 0, hosts);
    struct list_reader items = list_reader_of(span_text(endings));
    for (span item; (found == HOSTS_NO_NAME || found == HOSTS_NO_ADDRESS) &&
                    list_next(&items, r->arena, &item);) {
        span wider = span_text(arena_printf(r->arena, "%.*s.%.*s", SPAN_FMT(r->address->domain),
                                            SPAN_FMT(item)));
        enum hosts_found one = route_hosts_by_mx(s, wider, 0, hosts);
        if (one != HOSTS_NO_NAME) {
            found = one;
            *domain = wider;
        }
    }
    return found;
}

enum routed route_dnslookup(struct routing *r)
{
    const struct router_dnslookup *o = r->router->own.dnslookup;
    struct delivery_address *a = r->address;
    struct hosts_search search;
    struct hosts hosts = {0};
    span domain = a->domain;
    bool send = false;
    if (domain.len == 0 || domain.at[0] == '[') {
        return ROUTED_DECLINE; /* an address literal is no name */
    }
    enum routed end = search_make(r, domain, &search);
    if (end != ROUTED_TAKEN) {
        return end;
    }
    enum hosts_found found = domain_find(r, &search, &domain, &hosts);
    if (found == HOSTS_FOUND) {
        found = route_hosts_check_self(&search, &hosts);
    }
    if (found != HOSTS_FOUND && found != HOSTS_SELF) {
        return not_found(r, found, &hosts, domain);
    }
    if (!span_eq(domain, a->domain)) {
        return routing_reroute(r, "widen_domains", domain);
    }
    if (o->check_secondary_mx && !(hosts.mx && hosts.was_secondary && found == HOSTS_FOUND)) {
        return ROUTED_DECLINE;
    }
    if (found == HOSTS_SELF && (end = route_self(r, hosts.self, &send)) != ROUTED_TAKEN) {
        return end;
    }
    a->hosts = hosts.list.at;
    a->host_count = hosts.list.count;
    end = route_settle_all(r);
    if (end == ROUTED_TAKEN && !r->router->generic->verify_only) {
        end = route_settle_transport(r, "transport", r->router->generic->transport, &a->transport);
    }
    return end;
}
