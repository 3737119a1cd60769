/* Whom to speak to: the hosts that routing found, or those that the transport names itself, which
   it then has to look up; and the port. RFC 5321 5.1 has the order of the former, which routing
   gave them already; the latter stand in the order in which they are written. */
#include "ref/transport/smtp.h"

#include "ref/dns/dns.h"
#include "ref/expand/match.h"

static const struct {
    const char *name;
    uint16_t port;
} services[] = {{"smtp", 25}, {"submission", 587}, {"smtps", 465}, {"submissions", 465},
                {"ssmtp", 465}, {"lmtp", 24}};

static bool port_read(span text, uint16_t *port)
{
    uint64_t number;
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        if (span_eq_caseless(text, span_text(services[i].name))) {
            *port = services[i].port;
            return true;
        }
    }
    if (!span_to_u64(text, &number) || number == 0 || number > UINT16_MAX) {
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

/* `port` of the transport, whose default follows the protocol. */
static bool default_port(struct smtp_run *r, uint16_t *port)
{
    span text;
    if (!smtp_option(r, "port", r->o->port, &text)) {
        return false;
    }
    text = span_trim(text);
    bool unset = text.len == 0 || span_eq(text, SPAN("smtp"));
    if (unset && (r->lmtp || r->tls_at_once)) {
        text = r->lmtp ? SPAN("lmtp") : SPAN("smtps");
    }
    if (!port_read(unset && text.len == 0 ? SPAN("smtp") : text, port)) {
        smtp_defer_open(r, DELIVERY_ERROR_EXPANSION,
                        arena_printf(r->job->arena, "%s transport: port: \"%.*s\" is no port",
                                     r->transport->name, SPAN_FMT(text)));
        return false;
    }
    return true;
}

/* "name", "name:port", "192.0.2.1:port", "[2001:db8::1]:port", "2001:db8::1" */
static bool item_read(span item, uint16_t standard, span *name, uint16_t *port)
{
    struct address literal;
    *name = item;
    *port = standard;
    if (address_parse(item, 0, &literal)) {
        return true;
    }
    size_t colon = span_find_last_byte(item, ':');
    if (colon != SPAN_NONE && colon + 1 < item.len && item.at[item.len - 1] != ']') {
        if (!port_read(span_from(item, colon + 1), port)) {
            return false;
        }
        *name = span_first(item, colon);
    }
    if (span_starts(*name, SPAN("[")) && span_ends(*name, SPAN("]"))) {
        *name = span_part(*name, 1, name->len - 2);
    }
    return name->len > 0;
}

static void host_add(struct smtp_run *r, struct smtp_hosts *hosts, span name,
                     const struct address *a, uint16_t port, bool secure)
{
    struct route_host *h = vec_push(r->job->arena, &hosts->list);
    *h = (struct route_host){
        .name = arena_copy(r->job->arena, name), .address = *a, .preference = -1, .secure = secure};
    address_set_port(&h->address, port);
}

static void note(struct smtp_run *r, struct smtp_hosts *hosts, int error, span name,
                 const char *why)
{
    hosts->error = error;
    hosts->why = arena_printf(r->job->arena, "%s %.*s", why, SPAN_FMT(name));
}

static void look_up(struct smtp_run *r, struct smtp_hosts *hosts, span name, uint16_t port)
{
    static const enum dns_type types[] = {DNS_AAAA, DNS_A};
    bool must_be_secure = r->o->dnssec_require_domains != NULL &&
                          match_list(&r->x, LIST_DOMAIN, name, r->o->dnssec_require_domains)
                                  .outcome == MATCH_YES;
    bool again = r->job->dns == NULL, insecure = false;
    size_t before = hosts->list.count;
    for (size_t t = 0; t < 2 && r->job->dns != NULL; t++) {
        struct dns_answer answer;
        if (types[t] == DNS_AAAA && r->job->conf->main.disable_ipv6) {
            continue;
        }
        dns_ask(r->job->dns, name, types[t], r->job->arena, &answer);
        again |= answer.outcome == DNS_AGAIN;
        insecure |= answer.outcome == DNS_FOUND && must_be_secure && !answer.secure;
        for (size_t i = 0; answer.outcome == DNS_FOUND && i < answer.count; i++) {
            if (!must_be_secure || answer.secure) {
                host_add(r, hosts, name, &answer.at[i].address, port, answer.secure);
            }
        }
    }
    if (hosts->list.count == before) {
        note(r, hosts, DELIVERY_ERROR_UNKNOWN_HOST, name,
             insecure ? "host lookup done insecurely for"
             : again  ? "host lookup did not complete for"
                      : "no such host:");
    }
}

/* allow_localhost: a message sent to ourselves would come back for ever. */
static void drop_ours(struct smtp_run *r, struct smtp_hosts *hosts)
{
    size_t kept = 0;
    for (size_t i = 0; i < hosts->list.count; i++) {
        if (match_is_ours(&hosts->list.at[i].address)) {
            note(r, hosts, DELIVERY_ERROR_HOST_IS_LOCAL, SPAN_EMPTY,
                 "remote host address is the local host");
        } else {
            hosts->list.at[kept++] = hosts->list.at[i];
        }
    }
    hosts->list.count = kept;
}

/* "+" parts groups whose order stands; without hosts_randomize it says nothing. */
static bool hosts_of_text(struct smtp_run *r, const char *option, const struct template *t,
                          uint16_t port, struct smtp_hosts *hosts)
{
    span text;
    if (!smtp_option(r, option, t, &text)) {
        return false;
    }
    struct list_reader list = list_reader_of(text);
    for (span item; list_next(&list, r->job->arena, &item);) {
        span name;
        uint16_t own;
        struct address literal;
        if (span_eq(item, SPAN("+"))) {
            continue;
        }
        if (!item_read(item, port, &name, &own)) {
            note(r, hosts, DELIVERY_ERROR_UNKNOWN_HOST, item, "no host name:");
        } else if (address_parse(name, own, &literal)) {
            host_add(r, hosts, name, &literal, own, false);
        } else {
            look_up(r, hosts, name, own);
        }
    }
    if (!r->o->allow_localhost) {
        drop_ours(r, hosts);
    }
    if (r->o->hosts_randomize) {
        rng_shuffle(r->job->rng, hosts->list.at, hosts->list.count, sizeof *hosts->list.at);
    }
    return true;
}

bool smtp_hosts_find(struct smtp_run *r, struct smtp_hosts *hosts)
{
    const struct delivery_address *a = r->job->addresses[0];
    uint16_t port;
    *hosts = (struct smtp_hosts){.error = DELIVERY_ERROR_UNKNOWN_HOST,
                                 .why = arena_printf(r->job->arena, "%s transport has no hosts",
                                                     r->transport->name)};
    if (!default_port(r, &port)) {
        return false;
    }
    if (a->host_count == 0 || (r->o->hosts_override && r->o->hosts != NULL)) {
        return hosts_of_text(r, "hosts", r->o->hosts, port, hosts);
    }
    for (size_t i = 0; i < a->host_count; i++) {
        struct route_host *h = vec_push(r->job->arena, &hosts->list);
        *h = a->hosts[i];
        if (address_port(&h->address) == 0) {
            address_set_port(&h->address, port);
        }
    }
    return true;
}

bool smtp_hosts_fallback(struct smtp_run *r, struct smtp_hosts *hosts)
{
    uint16_t port;
    *hosts = (struct smtp_hosts){0};
    return r->o->fallback_hosts == NULL ||
           (default_port(r, &port) &&
            hosts_of_text(r, "fallback_hosts", r->o->fallback_hosts, port, hosts));
}
