/* Items that stand for this host: "@" its name, "@[]" its addresses, "@mx_any" and kin the domains
   whose mail comes here. */
#include "ref/expand/match_walk.h"

#include <ifaddrs.h>
#include <netinet/in.h>

bool match_is_ours(const struct address *address)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0) {
        return false;
    }
    bool ours = false;
    for (const struct ifaddrs *i = all; i != NULL && !ours; i = i->ifa_next) {
        int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
        if (family != AF_INET && family != AF_INET6) {
            continue;
        }
        struct address own = {.len = family == AF_INET ? sizeof(struct sockaddr_in)
                                                       : sizeof(struct sockaddr_in6)};
        memcpy(&own.storage, i->ifa_addr, own.len);
        ours = address_same_host(&own, address);
    }
    freeifaddrs(all);
    return ours;
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]" */
static enum item_outcome literal_is_ours(struct matching *m, struct value item)
{
    span s = m->subject;
    if (s.len < 2 || s.at[0] != '[' || s.at[s.len - 1] != ']') {
        return ITEM_MISS;
    }
    s = span_part(s, 1, s.len - 2);
    if (span_starts_caseless(s, SPAN("ipv6:"))) {
        s = span_from(s, 5);
    }
    struct address address;
    if (!address_parse(s, 0, &address) || !match_is_ours(&address)) {
        return ITEM_MISS;
    }
    m->data = item;
    return ITEM_HIT;
}

/* Whether one of the name's addresses is ours, those in `ignore` not counted. */
static enum item_outcome name_is_ours(struct matching *m, span name, struct value ignore)
{
    static const enum dns_type types[] = {DNS_A, DNS_AAAA};
    struct expansion *x = m->x;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        struct dns_answer answer;
        dns_ask(x->dns, name, types[t], x->arena, &answer);
        if (answer.outcome == DNS_AGAIN) {
            return match_defer(m, "DNS lookup of \"%.*s\" deferred", SPAN_FMT(name));
        }
        for (size_t i = 0; answer.outcome == DNS_FOUND && i < answer.count; i++) {
            const struct address *address = &answer.at[i].address;
            struct matched ignored = {.outcome = MATCH_NO};
            if (ignore.text.len > 0) {
                ignored = match_host(x, address, ignore);
            }
            if (ignored.outcome == MATCH_NO && match_is_ours(address)) {
                return ITEM_HIT;
            }
        }
    }
    return ITEM_MISS;
}

enum mx_rank { MX_ANY, MX_PRIMARY, MX_SECONDARY };

static enum item_outcome mx_item(struct matching *m, struct value item, enum mx_rank rank,
                                 span ignore)
{
    if (m->x->dns == NULL) {
        return match_defer(m, "DNS is not available here");
    }
    struct dns_answer answer;
    dns_ask(m->x->dns, m->subject, DNS_MX, m->x->arena, &answer);
    if (answer.outcome == DNS_AGAIN) {
        return match_defer(m, "DNS lookup of \"%.*s\" deferred", SPAN_FMT(m->subject));
    }
    if (answer.outcome != DNS_FOUND) {
        return ITEM_MISS;
    }
    unsigned lowest = UINT32_MAX;
    for (size_t i = 0; i < answer.count; i++) {
        lowest = answer.at[i].preference < lowest ? answer.at[i].preference : lowest;
    }
    bool primary = false, secondary = false;
    for (size_t i = 0; i < answer.count; i++) {
        enum item_outcome ours =
            name_is_ours(m, answer.at[i].name, value_of(ignore, item.tainted));
        if (ours == ITEM_DEFERRED) {
            return ours;
        }
        bool first = answer.at[i].preference == lowest;
        primary |= ours == ITEM_HIT && first;
        secondary |= ours == ITEM_HIT && !first;
    }
    m->data = item;
    bool hit = rank == MX_ANY ? primary || secondary
                              : (rank == MX_PRIMARY ? primary : secondary && !primary);
    return hit ? ITEM_HIT : ITEM_MISS;
}

bool match_own_item(struct matching *m, struct value item, enum item_outcome *out)
{
    static const struct {
        const char *name;
        enum mx_rank rank;
    } ranks[] = {{"@mx_any", MX_ANY}, {"@mx_primary", MX_PRIMARY}, {"@mx_secondary", MX_SECONDARY}};

    span name = item.text, ignore = SPAN_EMPTY;
    if (span_eq(name, SPAN("@"))) {
        const struct facts_server *server = m->x->facts->server;
        span own = server ? server->primary_hostname : SPAN_EMPTY;
        bool same = own.len > 0 && span_eq_caseless(own, m->subject);
        m->data = value_of(own, false);
        *out = same ? ITEM_HIT : ITEM_MISS;
        return true;
    }
    if (span_eq(name, SPAN("@[]"))) {
        *out = literal_is_ours(m, item);
        return true;
    }
    size_t slash = span_find(name, SPAN("/ignore="));
    if (slash != SPAN_NONE) {
        ignore = span_from(name, slash + strlen("/ignore="));
        name = span_first(name, slash);
    }
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        if (span_eq_caseless(name, span_text(ranks[i].name))) {
            *out = mx_item(m, item, ranks[i].rank, ignore);
            return true;
        }
    }
    return false;
}
