/* However a name is written and however many records it has, what comes out is short and in order:
   the numbers of records that are looked at have ends, and a name that does not answer costs the
   resolver's own deadline once. */
#include "ref/route/hosts.h"

#include "ref/expand/match.h"

#include <netinet/in.h>
#include <stdlib.h>

/* --- addresses of a name ------------------------------------------------------------------------- */

static bool is_ignored(const struct hosts_search *s, const struct address *a, bool *deferred)
{
    if (s->ignore == NULL) {
        return false;
    }
    struct matched m = host_list_ask(s->ignore, s->round->expansion, a);
    *deferred = *deferred || m.outcome == MATCH_DEFERRED;
    return m.outcome == MATCH_YES;
}

static bool is_there(const struct hosts *hosts, const struct address *a)
{
    for (size_t i = 0; i < hosts->list.count; i++) {
        if (address_same_host(&hosts->list.at[i].address, a) &&
            address_port(&hosts->list.at[i].address) == address_port(a)) {
            return true;
        }
    }
    return false;
}

/* One that is further up already stays where it is. */
static void host_add(const struct hosts_search *s, const struct route_host *host,
                     struct hosts *hosts)
{
    if (hosts->list.count < ROUTE_HOSTS_MOST && !is_there(hosts, &host->address)) {
        vec_add(s->round->arena, &hosts->list, *host);
    }
}

/* What a name came to, summed up over its two questions. */
struct answers {
    size_t addresses;
    bool name, again, insecure, ignored;
    const char *why;
};

static void family_ask(const struct hosts_search *s, struct route_host host, uint16_t port,
                       enum dns_type type, struct answers *sum, struct hosts *hosts)
{
    struct dns_answer answer;
    dns_ask(s->round->dns, host.name, type, s->round->arena, &answer);
    sum->name = sum->name || answer.outcome == DNS_FOUND || answer.outcome == DNS_NO_DATA;
    if (answer.outcome == DNS_AGAIN) {
        sum->again = true;
        sum->why = answer.why;
    }
    if (answer.outcome == DNS_FOUND && s->need_secure && !answer.secure) {
        sum->insecure = true;
        return;
    }
    for (size_t i = 0; answer.outcome == DNS_FOUND && i < answer.count; i++) {
        if (is_ignored(s, &answer.at[i].address, &sum->again)) {
            sum->ignored = true;
            continue;
        }
        host.address = answer.at[i].address;
        host.secure = host.secure && answer.secure;
        address_set_port(&host.address, port);
        host_add(s, &host, hosts);
        sum->addresses++;
    }
}

/* A list of names of the main section; NULL: of none. */
static bool is_in(const struct hosts_search *s, const struct template *names, span name)
{
    return names != NULL &&
           match_list(s->round->expansion, LIST_DOMAIN, name, names).outcome == MATCH_YES;
}

/* dns_ipv4_lookup and disable_ipv6: names that are asked for IPv4 addresses only. */
static bool only_ipv4(const struct hosts_search *s, span name)
{
    const struct conf_main *m = &s->round->conf->main;
    return s->ipv4_only || m->disable_ipv6 || is_in(s, m->dns_ipv4_lookup, name);
}

static enum hosts_found addresses_find(const struct hosts_search *s, const struct route_host *host,
                                       uint16_t port, struct hosts *hosts)
{
    struct answers sum = {.why = ""};
    if (s->round->dns == NULL) {
        hosts->why = "DNS is not available here";
        return HOSTS_AGAIN;
    }
    bool ipv6 = !only_ipv4(s, host->name);
    if (ipv6 && !s->ipv4_first) {
        family_ask(s, *host, port, DNS_AAAA, &sum, hosts);
    }
    family_ask(s, *host, port, DNS_A, &sum, hosts);
    if (ipv6 && s->ipv4_first) {
        family_ask(s, *host, port, DNS_AAAA, &sum, hosts);
    }
    if (sum.addresses > 0) {
        return HOSTS_FOUND;
    }
    if (sum.again) {
        hosts->why = sum.why;
        return HOSTS_AGAIN;
    }
    return sum.insecure ? HOSTS_INSECURE
           : sum.ignored ? HOSTS_IGNORED
           : sum.name    ? HOSTS_NO_ADDRESS
                         : HOSTS_NO_NAME;
}

enum hosts_found route_hosts_by_name(const struct hosts_search *s, span name, uint16_t port,
                                     struct hosts *hosts)
{
    struct route_host host = {.name = name, .preference = -1, .secure = true};
    if (address_parse(name, port, &host.address)) {
        bool deferred = false;
        host.secure = false;
        if (is_ignored(s, &host.address, &deferred)) {
            return HOSTS_IGNORED;
        }
        if (deferred) {
            hosts->why = "the list of hosts to ignore could not be looked at";
            return HOSTS_AGAIN;
        }
        host_add(s, &host, hosts);
        return HOSTS_FOUND;
    }
    return addresses_find(s, &host, port, hosts);
}

/* --- mail exchangers ----------------------------------------------------------------------------- */

struct exchanger {
    span name;
    unsigned preference;
    uint64_t turn;    /* random: who comes first among equals */
};

static int exchanger_order(const void *a, const void *b)
{
    const struct exchanger *one = a, *two = b;
    if (one->preference != two->preference) {
        return one->preference < two->preference ? -1 : 1;
    }
    return one->turn == two->turn ? 0 : one->turn < two->turn ? -1 : 1;
}

/* RFC 5321 5.1: by preference, equal ones spread at random. RFC 7505: "." is no host. */
static struct exchanger *exchangers_sort(const struct hosts_search *s,
                                         const struct dns_answer *answer, size_t *count)
{
    struct exchanger *all = arena_take_array(s->round->arena, answer->count, sizeof *all);
    *count = 0;
    for (size_t i = 0; i < answer->count; i++) {
        span name = answer->at[i].name;
        if (name.len == 0 || span_eq(name, SPAN("."))) {
            continue;
        }
        all[(*count)++] = (struct exchanger){.name = name, .preference = answer->at[i].preference,
                                             .turn = rng_u64(s->round->rng)};
    }
    qsort(all, *count, sizeof *all, exchanger_order);
    return all;
}

static bool is_treated_as_own(const struct hosts_search *s, span name)
{
    return is_in(s, s->round->conf->main.hosts_treat_as_local, name);
}

static bool name_is_own(const struct hosts_search *s, span name)
{
    return span_eq_caseless(name, span_text(s->round->conf->main.primary_hostname)) ||
           is_treated_as_own(s, name);
}

/* RFC 5321 5.1, for a name of this host that has no address: no one that is not better stays. */
static void self_cut(struct hosts *hosts, int preference)
{
    struct route_host *at = hosts->list.at;
    while (hosts->list.count > 0 && at[hosts->list.count - 1].preference == preference) {
        hosts->list.count--;
    }
    hosts->was_secondary = true;
}

static enum hosts_found exchangers_find(const struct hosts_search *s,
                                        const struct dns_answer *answer, uint16_t port,
                                        struct hosts *hosts)
{
    size_t count;
    struct exchanger *all = exchangers_sort(s, answer, &count);
    enum hosts_found worst = HOSTS_MX_NOWHERE;
    if (count == 0) {
        return HOSTS_NO_SERVICE;
    }
    hosts->mx = true;
    for (size_t i = 0; i < count && i < ROUTE_MX_MOST; i++) {
        struct route_host host = {.name = all[i].name, .preference = (int)all[i].preference,
                                  .secure = answer->secure, .mx_secure = answer->secure};
        enum hosts_found one = addresses_find(s, &host, port, hosts);
        if (one == HOSTS_AGAIN || (one == HOSTS_INSECURE && worst != HOSTS_AGAIN) ||
            (one == HOSTS_IGNORED && worst == HOSTS_MX_NOWHERE)) {
            worst = one;
        }
        if (one != HOSTS_FOUND && name_is_own(s, host.name)) {
            self_cut(hosts, host.preference);
            break;
        }
    }
    return hosts->list.count > 0 ? HOSTS_FOUND : worst;
}

/* RFC 5321 5.1: without MX the domain is its own, with preference 0; a domain that is an alias has
   the MX of the name it leads to, which the answer has followed already. */
enum hosts_found route_hosts_by_mx(const struct hosts_search *s, span domain, uint16_t port,
                                   struct hosts *hosts)
{
    struct dns_answer answer;
    if (s->round->dns == NULL) {
        hosts->why = "DNS is not available here";
        return HOSTS_AGAIN;
    }
    dns_ask(s->round->dns, domain, DNS_MX, s->round->arena, &answer);
    if (answer.outcome == DNS_AGAIN) {
        hosts->why = answer.why;
        return HOSTS_AGAIN;
    }
    if (answer.outcome == DNS_NO_NAME) {
        return HOSTS_NO_NAME;
    }
    if (answer.outcome == DNS_NO_DATA) {
        struct route_host host = {.name = domain, .preference = -1, .secure = true,
                                  .implicit_mx = true};
        return s->need_mx ? HOSTS_NO_MX : addresses_find(s, &host, port, hosts);
    }
    if (s->need_secure && !answer.secure) {
        return HOSTS_INSECURE;
    }
    return exchangers_find(s, &answer, port, hosts);
}

/* --- this host ----------------------------------------------------------------------------------- */

static bool is_loopback(const struct address *a)
{
    char text[64];
    address_host(a, text, sizeof text);
    return strncmp(text, "127.", 4) == 0 || strcmp(text, "::1") == 0 ||
           strncmp(text, "::ffff:127.", 11) == 0;
}

static bool is_own(const struct hosts_search *s, const struct route_host *host)
{
    if (is_loopback(&host->address)) {
        return true;
    }
    for (size_t i = 0; i < s->round->own_count; i++) {
        if (address_same_host(&s->round->own[i], &host->address)) {
            return true;
        }
    }
    return host->preference >= 0 ? name_is_own(s, host->name) : is_treated_as_own(s, host->name);
}

/* RFC 5321 5.1: a host that finds itself among the exchangers leaves out all that are not better than
   itself; else two of them send a message to and fro. */
enum hosts_found route_hosts_check_self(const struct hosts_search *s, struct hosts *hosts)
{
    size_t at = 0;
    while (at < hosts->list.count && !is_own(s, &hosts->list.at[at])) {
        at++;
    }
    if (at == hosts->list.count) {
        return HOSTS_FOUND;
    }
    hosts->self = hosts->list.at[at].name;
    hosts->was_secondary = true;
    int preference = hosts->list.at[at].preference;
    while (preference >= 0 && at > 0 && hosts->list.at[at - 1].preference == preference) {
        at--;
    }
    if (at == 0) {
        return HOSTS_SELF;
    }
    hosts->list.count = at;
    return HOSTS_FOUND;
}
