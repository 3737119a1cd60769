/* Items of host lists: numbers and networks first of all, names only where one has to be known. A
   name or address that cannot be found is no miss: what it means is said in the list itself. */
#include "ref/expand/match_walk.h"
#include "ref/lookup/network.h"

/* "192.0.2.1", "192.0.2.0/24"; a mask that is too long is the longest one. */
static bool item_read(span item, struct network *net)
{
    span ip, mask;
    bool has_mask = span_split(item, '/', &ip, &mask);
    uint64_t value = 128;
    if (!network_read(ip, net) || (has_mask && mask.len > 0 && !span_to_u64(mask, &value))) {
        return false;
    }
    *net = network_narrowed(*net);
    net->bits = value > net->bits ? net->bits : (unsigned)value;
    return true;
}

/* A key of lookups: IPv6 in full, with dots, or with colons for iplsearch. */
static span key_of(struct matching *m, struct network n, bool colons)
{
    struct arena *arena = m->x->arena;
    if (n.len == 4) {
        return span_text(
            arena_printf(arena, "%u.%u.%u.%u", n.octets[0], n.octets[1], n.octets[2], n.octets[3]));
    }
    const char *text = "";
    for (size_t i = 0; i < 8; i++) {
        const char *dot = i == 0 ? "" : (colons ? ":" : ".");
        text = arena_printf(arena, "%s%s%02x%02x", text, dot, n.octets[2 * i], n.octets[2 * i + 1]);
    }
    return span_text(text);
}

/* "net-type;file" and "net24-type;file"; *type loses the prefix. */
static bool net_prefix(span *type, bool *has_bits, uint64_t *bits)
{
    size_t dash = span_find_byte(*type, '-');
    if (!span_starts(*type, SPAN("net")) || dash == SPAN_NONE) {
        return false;
    }
    span digits = span_part(*type, 3, dash - 3);
    *has_bits = digits.len > 0;
    if (*has_bits && !span_to_u64(digits, bits)) {
        return false;
    }
    *type = span_from(*type, dash + 1);
    return true;
}

static enum item_outcome number_lookup(struct matching *m, span type, struct value rest,
                                       bool has_bits, uint64_t bits)
{
    if (m->host == NULL) {
        return ITEM_MISS;
    }
    struct network n = network_narrowed(network_of(m->host));
    bool colons = span_starts(type, SPAN("iplsearch"));
    span key =
        key_of(m, has_bits ? network_masked(n, bits > 128 ? 128 : (unsigned)bits) : n, colons);
    if (has_bits) {
        key = span_text(arena_printf(m->x->arena, "%.*s/%u", SPAN_FMT(key), (unsigned)bits));
    }
    return match_lookup(m, type, rest, key);
}

/* The name of the host, by reverse lookup. */
static enum item_outcome name_of_host(struct matching *m, span *name)
{
    const struct expand_services *services = m->x->services;
    bool deferred = false;
    if (m->numbers_only || m->host == NULL) {
        return ITEM_UNKNOWN;
    }
    if (services == NULL || services->host_name == NULL ||
        !services->host_name(services->context, name, &deferred)) {
        return deferred ? match_defer(m, "host name lookup of %.*s deferred", SPAN_FMT(m->subject))
                        : ITEM_UNKNOWN;
    }
    return ITEM_HIT;
}

/* A plain name: one of its addresses has to be the host's. */
static enum item_outcome address_of_name(struct matching *m, span name)
{
    static const enum dns_type types[] = {DNS_A, DNS_AAAA};
    if (m->numbers_only) {
        return ITEM_UNKNOWN;
    }
    if (m->x->dns == NULL) {
        return match_defer(m, "DNS is not available here");
    }
    struct network host = network_narrowed(network_of(m->host));
    size_t found = 0;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        struct dns_answer answer;
        dns_ask(m->x->dns, name, types[t], m->x->arena, &answer);
        if (answer.outcome == DNS_AGAIN) {
            return match_defer(m, "DNS lookup of \"%.*s\" deferred", SPAN_FMT(name));
        }
        for (size_t i = 0; answer.outcome == DNS_FOUND && i < answer.count; i++, found++) {
            struct network n = network_narrowed(network_of(&answer.at[i].address));
            if (network_has(&n, &host)) {
                return ITEM_HIT;
            }
        }
    }
    return found > 0 ? ITEM_MISS : ITEM_UNKNOWN;
}

static enum item_outcome lookup_item(struct matching *m, span type, struct value rest)
{
    bool has_bits = false;
    uint64_t bits = 0;
    span name;
    if (net_prefix(&type, &has_bits, &bits) || m->numbers_only) {
        return number_lookup(m, type, rest, has_bits, bits);
    }
    const struct lookup_type *read;
    if (!failed(lookup_type_read(type, m->x->arena, &read)) && lookup_type_is_query(read)) {
        return match_lookup(m, type, rest, SPAN_EMPTY);
    }
    enum item_outcome known = name_of_host(m, &name);
    return known == ITEM_HIT ? match_lookup(m, type, rest, arena_lower(m->x->arena, name)) : known;
}

static enum item_outcome name_pattern(struct matching *m, struct value item)
{
    span name;
    enum item_outcome outcome = name_of_host(m, &name);
    if (outcome == ITEM_HIT) {
        (void)match_pattern(m, name, item, &outcome);
        m->data = value_of(SPAN_EMPTY, false);
    }
    return outcome;
}

enum item_outcome match_host_item(struct matching *m, struct value item)
{
    span text = item.text, type, rest;
    if (text.len == 0) {
        return m->host == NULL ? ITEM_HIT : ITEM_MISS;
    }
    if (span_eq(text, SPAN("*"))) {
        return ITEM_HIT;
    }
    if (span_eq(text, SPAN("@[]"))) {
        return m->host != NULL && match_is_ours(m->host) ? ITEM_HIT : ITEM_MISS;
    }
    struct network net;
    if (item_read(text, &net)) {
        struct network host = {.len = 0};
        if (m->host != NULL) {
            host = network_narrowed(network_of(m->host));
        }
        return network_has(&net, &host) ? ITEM_HIT : ITEM_MISS;
    }
    bool pattern = text.at[0] == '^' || text.at[0] == '*';
    if (!pattern && span_split(text, ';', &type, &rest)) {
        return lookup_item(m, type, value_of(rest, item.tainted));
    }
    if (m->host == NULL) {
        return ITEM_MISS;
    }
    if (pattern) {
        return name_pattern(m, item);
    }
    if (span_eq(text, SPAN("@"))) {
        const struct facts_server *server = m->x->facts->server;
        text = server ? server->primary_hostname : SPAN_EMPTY;
    }
    return address_of_name(m, text);
}
