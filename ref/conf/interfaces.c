/* The list is split here and not by conf_list_read: "[::1]:25" has colons that separate nothing,
   and people write it without doubling them. */
#include "ref/conf/interfaces.h"

#include "base/rows.h"

struct service {
    const char *name;
    uint16_t port;
};

static const struct service services[] = {
    {"smtp", 25},
    {"submission", 587},
};

static bool port_read(span text, uint16_t *port)
{
    const struct service *s = ROWS_FIND(services, text);
    uint64_t n;
    if (s != NULL) {
        *port = s->port;
        return true;
    }
    if (!span_to_u64(text, &n) || n > 65535) {
        return false;
    }
    *port = (uint16_t)n;
    return true;
}

static void host_add(struct interface_items *items, struct arena *arena, struct address a,
                     bool with)
{
    vec_add(arena, &items->hosts, a);
    vec_add(arena, &items->has_port, with);
}

/* "[host]", "[host]:port", "[host].port" */
static bool bracketed_read(span item, struct address *a, bool *with_port)
{
    size_t close = span_find_byte(item, ']');
    if (close == SPAN_NONE) {
        return false;
    }
    span host = span_part(item, 1, close - 1), rest = span_from(item, close + 1);
    uint16_t port = 0;
    *with_port = rest.len > 0;
    if (*with_port &&
        ((rest.at[0] != ':' && rest.at[0] != '.') || !port_read(span_from(rest, 1), &port))) {
        return false;
    }
    return address_parse(host, port, a);
}

static bool item_read(span item, struct arena *arena, struct interface_items *items)
{
    struct address a;
    uint16_t port;
    bool with_port = false;
    if (item.at[0] == '[') {
        if (!bracketed_read(item, &a, &with_port)) {
            return false;
        }
        host_add(items, arena, a, with_port);
        return true;
    }
    if (address_parse(item, 0, &a)) {
        host_add(items, arena, a, false);
        return true;
    }
    size_t dot = span_find_last_byte(item, '.');
    if (dot != SPAN_NONE && port_read(span_from(item, dot + 1), &port) &&
        address_parse(span_first(item, dot), port, &a)) {
        host_add(items, arena, a, true);
        return true;
    }
    if (port_read(item, &port)) {
        vec_add(arena, &items->ports, port);
        return true;
    }
    return false;
}

/* The next item of the list from *pos on; a doubled separator is that character, and separators
   inside brackets, or between a bracket and a port, separate nothing. */
static span item_take(span text, unsigned char separator, size_t *pos, struct arena *arena)
{
    unsigned char *out = arena_take(arena, text.len + 1);
    size_t len = 0, i = *pos;
    bool inside = false;
    for (; i < text.len; i++) {
        unsigned char c = text.at[i];
        int next = i + 1 < text.len ? text.at[i + 1] : -1;
        if (c == separator && !inside) {
            bool doubled = next == separator;
            bool port = len > 0 && out[len - 1] == ']' && next >= '0' && next <= '9';
            if (!doubled && !port) {
                break;
            }
            i += doubled ? 1 : 0;
        }
        out[len++] = c;
        inside = c == '[' || (inside && c != ']');
    }
    *pos = i + 1;
    return span_trim_space(span_of(out, len));
}

err interface_items_read(span text, struct arena *arena, struct interface_items *items)
{
    unsigned char separator = ':';
    text = span_trim_space(text);
    if (text.len >= 2 && text.at[0] == '<' && !ascii_is_alnum(text.at[1])) {
        separator = text.at[1];
        text = span_from(text, 2);
    }
    for (size_t pos = 0; pos < text.len;) {
        span item = item_take(text, separator, &pos, arena);
        if (item.len == 0 || !item_read(item, arena, items)) {
            return err_syntax(0, arena_printf(arena,
                "\"%.*s\" is no address, address with port, or port (write 127.0.0.1.25, "
                "[::1]:25 or 25)", SPAN_FMT(item)));
        }
    }
    return OK;
}

struct conf_interfaces interfaces_cross(const struct interface_items *items, bool disable_ipv6,
                                        struct arena *arena)
{
    VEC(struct address) all = {0};
    for (size_t h = 0; h < items->hosts.count; h++) {
        struct address a = items->hosts.at[h];
        if (disable_ipv6 && a.storage.ss_family == AF_INET6) {
            continue;
        }
        if (items->has_port.at[h]) {
            vec_add(arena, &all, a);
            continue;
        }
        for (size_t p = 0; p < items->ports.count; p++) {
            address_set_port(&a, items->ports.at[p]);
            vec_add(arena, &all, a);
        }
    }
    return (struct conf_interfaces){all.at, all.count};
}
