/* Networks are compared bit by bit on the socket address, never on text, so that the many
   spellings of an IPv6 address cannot matter. */
#include "ref/conf/host_list.h"

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
    item->net = network_narrowed(network_of(&a));
    uint64_t most = item->net.bits, prefix = most;
    if (has_bits && (!span_to_u64(bits, &prefix) || prefix > most)) {
        return err_syntax(0, arena_printf(arena, "\"%.*s\" has a bad network length (0 to %u)",
                                          SPAN_FMT(text), (unsigned)most));
    }
    item->net.bits = (unsigned)prefix;
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

bool host_list_match(const struct host_list *list, const struct address *peer)
{
    struct network host = {.len = 0};
    if (peer != NULL) {
        host = network_narrowed(network_of(peer));
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct host_item *item = &list->at[i];
        bool hit = item->kind == HOST_ANY ||
                   (item->kind == HOST_NONE && peer == NULL) ||
                   (item->kind == HOST_NET && network_has(&item->net, &host));
        if (hit) {
            return !item->negative;
        }
    }
    return list->count > 0 && list->at[list->count - 1].negative;
}
