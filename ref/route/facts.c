/* Addresses as expansions see them, and which addresses are this host's. */
#include "ref/route/routing.h"

#include <ifaddrs.h>
#include <netinet/in.h>

void route_facts(const struct delivery_address *a, struct facts_address *facts)
{
    const struct delivery_address *top = delivery_top(a);
    struct value sender_data = facts->sender_address_data;
    *facts = (struct facts_address){
        .local_part = a->local_part, .domain = a->domain, .local_part_prefix = a->prefix,
        .local_part_suffix = a->suffix, .local_part_data = a->local_part_data,
        .domain_data = a->domain_data, .sender_address_data = sender_data,
        .address_data = {a->address_data, a->address_data_tainted}, .home = a->home,
        .srs_recipient = a->srs_recipient, .srs_orig_sender = a->srs.orig_sender,
        .srs_orig_recipient = a->srs.orig_recipient, .srs_db_address = a->srs.db_address,
        .srs_db_key = a->srs.db_key, .self_hostname = a->self_hostname,
        .variables = a->variables, .variable_count = a->variable_count,
        .router_name = a->router != NULL ? span_text(a->router->name) : SPAN_EMPTY,
        .transport_name = a->transport != NULL ? span_text(a->transport->name) : SPAN_EMPTY,
        .original_local_part = top->whole_local_part, .original_domain = top->domain};
    if (a->verdict != NULL) {
        facts->bmi_drop = a->verdict->drop;
        facts->bmi_alt_location = a->verdict->location;
        facts->bmi_verdict = a->verdict->base64;
        facts->bmi_tracker = a->verdict->tracker;
    }
    if (a->parent != NULL) {
        facts->parent_local_part = a->parent->whole_local_part;
        facts->parent_domain = a->parent->domain;
    }
}

void routing_facts(struct routing *r)
{
    route_facts(r->address, r->facts);
    r->facts->router_name = r->router != NULL ? span_text(r->router->name) : SPAN_EMPTY;
}

struct addresses {
    VEC(struct address) list;
};

static void interfaces_add(struct addresses *own, struct arena *arena)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0) {
        return;
    }
    for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
        int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
        if (family == AF_INET || family == AF_INET6) {
            struct address *a = vec_push(arena, &own->list);
            a->len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
            memcpy(&a->storage, i->ifa_addr, a->len);
        }
    }
    freeifaddrs(all);
}

void route_own_addresses(const struct conf *conf, struct arena *arena, const struct address **own,
                         size_t *count)
{
    struct addresses made = {0};
    bool all = conf->interfaces.hosts.count == 0;
    for (size_t i = 0; i < conf->interfaces.hosts.count; i++) {
        all = all || address_is_any(&conf->interfaces.hosts.at[i]);
        vec_add(arena, &made.list, conf->interfaces.hosts.at[i]);
    }
    if (all) {
        interfaces_add(&made, arena);
    }
    *own = made.list.at;
    *count = made.list.count;
}
