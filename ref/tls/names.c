/* Names as a handshake and a certificate have them. */
#include "ref/tls/names.h"

#include "base/socket.h"

bool tls_name_literal(span name, char *at, size_t room)
{
    struct address a;
    if (name.len >= 2 && name.at[0] == '[' && name.at[name.len - 1] == ']') {
        name = span_part(name, 1, name.len - 2);
        if (span_starts_caseless(name, SPAN("IPv6:"))) {
            name = span_from(name, 5);
        }
    }
    if (name.len == 0 || name.len >= room) {
        return false;
    }
    memcpy(at, name.at, name.len);
    at[name.len] = '\0';
    return address_parse(span_of(at, name.len), 0, &a);
}

bool tls_name_asked(span name)
{
    char literal[64];
    return name.len > 0 && name.len < TLS_NAME_OCTETS && !tls_name_literal(name, literal, sizeof literal);
}

span tls_name_bare(span name)
{
    return span_ends(name, SPAN(".")) ? span_first(name, name.len - 1) : name;
}

bool tls_list_take(span *list, span *item)
{
    while (list->len > 0) {
        (void)span_split(*list, ':', item, list);
        *item = span_trim_space(*item);
        if (item->len > 0) {
            return true;
        }
    }
    return false;
}

bool tls_name_next(span *list, span *name)
{
    char literal[64];
    if (tls_name_literal(*list, literal, sizeof literal)) {
        *name = *list;
        *list = SPAN_EMPTY;
        return true;
    }
    return tls_list_take(list, name);
}
