/* Networks are compared bit by bit on the socket address, never on text, so that the many
   spellings of an IPv6 address cannot matter. */
#include "ref/conf/host_list.h"

#include <netinet/in.h>

/* The bare address and its family; an IPv4-mapped IPv6 address counts as IPv4. */
static int address_bytes(const struct address *a, unsigned char bytes[16])
{
    if (a->storage.ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, &a->storage, sizeof v4);
        memcpy(bytes, &v4.sin_addr, 4);
        return AF_INET;
    }
    if (a->storage.ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, &a->storage, sizeof v6);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            memcpy(bytes, (const unsigned char *)&v6.sin6_addr + 12, 4);
            return AF_INET;
        }
        memcpy(bytes, &v6.sin6_addr, 16);
        return AF_INET6;
    }
    return AF_UNSPEC;
}

/* *plain: no, if matching it takes more than comparing addresses. */
static err item_read(span text, struct arena *arena, struct host_item *item, bool *plain)
{
    *plain = true;
    if (span_starts(text, SPAN("!"))) {
        item->negative = true;
        text = span_trim(span_from(text, 1));
    }
    if (text.len == 0) {
        item->kind = HOST_NONE;
        return OK;
    }
    if (span_eq(text, SPAN("*"))) {
        item->kind = HOST_ANY;
        return OK;
    }
    span host, bits;
    bool has_bits = span_split(text, '/', &host, &bits);
    struct address a;
    if (!address_parse(host, 0, &a)) {
        *plain = false;
        return OK;
    }
    item->kind = HOST_NET;
    item->family = address_bytes(&a, item->net);
    uint64_t most = item->family == AF_INET ? 32 : 128, prefix = most;
    if (has_bits && (!span_to_u64(bits, &prefix) || prefix > most)) {
        return err_syntax(0, arena_printf(arena, "\"%.*s\" has a bad network length (0 to %u)",
                                          SPAN_FMT(text), (unsigned)most));
    }
    item->prefix = (unsigned)prefix;
    return OK;
}

err host_list_read(span text, struct arena *arena, struct host_list *list)
{
    const struct template *whole;
    span literal;
    TRY(template_read(text, arena, &whole));
    *list = (struct host_list){0};
    if (!template_is_literal(whole, &literal)) {
        list->text = whole;
        return OK;
    }
    struct conf_list items = conf_list_read(literal, arena);
    struct host_item *at = arena_take_array(arena, items.count, sizeof *at);
    for (size_t i = 0; i < items.count; i++) {
        bool plain;
        TRY(item_read(items.at[i], arena, &at[i], &plain));
        if (!plain) {
            list->text = whole;
        }
    }
    if (list->text == NULL) {
        list->at = at;
        list->count = items.count;
    }
    return OK;
}

static bool bits_equal(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0) {
        return false;
    }
    unsigned mask = 0xFFU << (8 - rest) & 0xFFU;
    return rest == 0 || (a[whole] & mask) == (b[whole] & mask);
}

bool host_list_match(const struct host_list *list, const struct address *peer)
{
    unsigned char bytes[16] = {0};
    int family = peer ? address_bytes(peer, bytes) : AF_UNSPEC;
    for (size_t i = 0; i < list->count; i++) {
        const struct host_item *item = &list->at[i];
        bool hit = item->kind == HOST_ANY ||
                   (item->kind == HOST_NONE && peer == NULL) ||
                   (item->kind == HOST_NET && peer != NULL && family == item->family &&
                    bits_equal(bytes, item->net, item->prefix));
        if (hit) {
            return !item->negative;
        }
    }
    return list->count > 0 && list->at[list->count - 1].negative;
}
