/* Names of both forms meet in three places (what is asked, what a record points to, what zone text
   says); read in one place, an odd octet means the same in all of them. */
#include "ref/dns/name.h"

#include <stdio.h>

bool dns_octet_take(struct cursor *c, unsigned char *octet, bool *escaped)
{
    *escaped = false;
    if (!cursor_take_any(c, octet) || *octet != '\\') {
        return true;
    }
    *escaped = true;
    if (!ascii_is_digit((unsigned char)cursor_peek(c)) || cursor_at_end(c)) {
        return cursor_take_any(c, octet);
    }
    span digits;
    uint64_t value;
    if (!cursor_take_count(c, 3, &digits) || !span_to_u64(digits, &value) || value > 255) {
        return false;
    }
    *octet = (unsigned char)value;
    return true;
}

/* One label and the dot behind it. `left`: octets that the name may still take. */
static bool label_take(struct cursor *c, unsigned char *at, size_t left, size_t *len)
{
    size_t count = 0;
    while (!cursor_at_end(c)) {
        unsigned char octet;
        bool escaped;
        if (!dns_octet_take(c, &octet, &escaped)) {
            return false;
        }
        if (octet == '.' && !escaped) {
            break;
        }
        if (count == DNS_LABEL_OCTETS || count + 2 > left) {
            return false;
        }
        at[1 + count++] = octet;
    }
    at[0] = (unsigned char)count;
    *len = count;
    return count > 0;
}

bool dns_name_parse(span text, struct dns_name *name)
{
    struct cursor c = cursor_of(text);
    name->len = 0;
    if (!span_eq(text, SPAN("."))) {
        while (!cursor_at_end(&c)) {
            size_t label;
            if (!label_take(&c, name->at + name->len, DNS_NAME_OCTETS - 1 - name->len, &label)) {
                return false;
            }
            name->len += 1 + label;
        }
    }
    name->at[name->len++] = 0;
    return true;
}

bool dns_name_take(struct cursor *c, struct dns_name *name)
{
    struct cursor at = *c;
    name->len = 0;
    for (;;) {
        unsigned char count;
        span label;
        if (!cursor_take_any(&at, &count) || count > DNS_LABEL_OCTETS ||
            name->len + 1 + count + (count != 0) > DNS_NAME_OCTETS ||
            !cursor_take_count(&at, count, &label)) {
            return false;
        }
        name->at[name->len++] = count;
        if (count == 0) {
            *c = at;
            return true;
        }
        memcpy(name->at + name->len, label.at, count);
        name->len += count;
    }
}

span dns_name_text(const struct dns_name *name, struct arena *arena)
{
    char text[4 * DNS_NAME_OCTETS + 2];
    size_t len = 0;
    for (size_t i = 0; name->at[i] != 0; i += (size_t)name->at[i] + 1) {
        if (i > 0) {
            text[len++] = '.';
        }
        for (size_t k = 1; k <= name->at[i]; k++) {
            unsigned char octet = name->at[i + k];
            if (octet == '.' || octet == '\\') {
                text[len++] = '\\';
                text[len++] = (char)octet;
            } else if (octet > ' ' && octet < 0x7f) {
                text[len++] = (char)octet;
            } else {
                len += (size_t)snprintf(text + len, 5, "\\%03u", octet);
            }
        }
    }
    return arena_copy(arena, len ? span_of(text, len) : SPAN("."));
}

bool dns_name_eq(const struct dns_name *a, const struct dns_name *b)
{
    /* A length octet is below 64, so that no letter's case is among them. */
    return span_eq_caseless(span_of(a->at, a->len), span_of(b->at, b->len));
}

bool dns_name_parent(const struct dns_name *name, struct dns_name *parent)
{
    if (name->at[0] == 0) {
        return false;
    }
    size_t skip = (size_t)name->at[0] + 1;
    parent->len = name->len - skip;
    memmove(parent->at, name->at + skip, parent->len);
    return true;
}

bool dns_name_below(const struct dns_name *name, const struct dns_name *ancestor)
{
    struct dns_name at = *name;
    while (at.len > ancestor->len) {
        (void)dns_name_parent(&at, &at);
    }
    return dns_name_eq(&at, ancestor);
}
