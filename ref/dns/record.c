/* What each type of record is made of. Zone text becomes octets first, so that the values which
   tests see are read by the same lines as those from the network. */
#include "ref/dns/record.h"

#include "base/hex.h"
#include "base/vec.h"

#include <arpa/inet.h>

/* What a record is made of, in both forms. */
enum field { FIELD_END, FIELD_A, FIELD_AAAA, FIELD_NAME, FIELD_U8, FIELD_U16, FIELD_U32,
             FIELD_STRINGS, FIELD_HEX };

static const struct record_row {
    const char *name;
    enum dns_type type;
    enum field fields[8];
    const char *wants;
} rows[] = {
    {"A", DNS_A, {FIELD_A}, "an IPv4 address"},
    {"AAAA", DNS_AAAA, {FIELD_AAAA}, "an IPv6 address"},
    {"CNAME", DNS_CNAME, {FIELD_NAME}, "a name"},
    {"MX", DNS_MX, {FIELD_U16, FIELD_NAME}, "a preference and a name"},
    {"NS", DNS_NS, {FIELD_NAME}, "a name"},
    {"PTR", DNS_PTR, {FIELD_NAME}, "a name"},
    {"SOA", DNS_SOA,
     {FIELD_NAME, FIELD_NAME, FIELD_U32, FIELD_U32, FIELD_U32, FIELD_U32, FIELD_U32},
     "two names and five numbers"},
    {"SPF", DNS_SPF, {FIELD_STRINGS}, "strings of at most 255 octets"},
    {"SRV", DNS_SRV, {FIELD_U16, FIELD_U16, FIELD_U16, FIELD_NAME},
     "priority, weight, port and a name"},
    {"TLSA", DNS_TLSA, {FIELD_U8, FIELD_U8, FIELD_U8, FIELD_HEX},
     "three numbers and hex digits"},
    {"TXT", DNS_TXT, {FIELD_STRINGS}, "strings of at most 255 octets"},
};

static const struct record_row *row_of(enum dns_type type)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].type == type) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool read_address(struct cursor *c, int family, struct dns_record *r)
{
    char text[INET6_ADDRSTRLEN];
    span octets;
    return cursor_take_count(c, family == AF_INET ? 4 : 16, &octets) &&
           inet_ntop(family, octets.at, text, sizeof text) != NULL &&
           address_parse(span_text(text), 0, &r->address);
}

/* The record's name is its first one. */
static bool read_name(struct cursor *c, struct arena *arena, struct dns_record *r)
{
    struct dns_name name;
    if (!dns_name_take(c, &name)) {
        return false;
    }
    r->name = r->name.len > 0 ? r->name : dns_name_text(&name, arena);
    return true;
}

static bool read_number(struct cursor *c, unsigned *number)
{
    uint16_t value;
    if (!cursor_take_be16(c, &value)) {
        return false;
    }
    *number = value;
    return true;
}

static bool read_strings(struct cursor *c, struct arena *arena, struct dns_record *r)
{
    VEC(span) strings = {0};
    unsigned char *all = arena_take(arena, cursor_left(c));
    size_t len = 0;
    unsigned char count;
    while (cursor_take_any(c, &count)) {
        span part;
        if (!cursor_take_count(c, count, &part)) {
            return false;
        }
        memcpy(all + len, part.at, part.len);
        vec_add(arena, &strings, span_of(all + len, part.len));
        len += part.len;
    }
    r->strings = strings.at;
    r->string_count = strings.count;
    r->text = span_of(all, len);
    return strings.count > 0;
}

/* *numbers: how many of 16 bits the record has had. Others are for those who read rdata. */
static bool read_field(enum field field, struct cursor *c, struct arena *arena, size_t *numbers,
                       struct dns_record *r)
{
    unsigned *places[] = {&r->preference, &r->weight, &r->port};
    span octets;
    switch (field) {
    case FIELD_A: return read_address(c, AF_INET, r);
    case FIELD_AAAA: return read_address(c, AF_INET6, r);
    case FIELD_NAME: return read_name(c, arena, r);
    case FIELD_U8: return cursor_take_count(c, 1, &octets);
    case FIELD_U16: return read_number(c, places[(*numbers)++]);
    case FIELD_U32: return cursor_take_count(c, 4, &octets);
    case FIELD_STRINGS: return read_strings(c, arena, r);
    case FIELD_HEX: return !cursor_at_end(c) && cursor_take_count(c, cursor_left(c), &octets);
    case FIELD_END: break;
    }
    return false;
}

bool dns_record_read(enum dns_type type, span rdata, struct arena *arena,
                     struct dns_record *record)
{
    *record = (struct dns_record){.rdata = arena_copy(arena, rdata)};
    const struct record_row *row = row_of(type);
    struct cursor c = cursor_of(record->rdata);
    size_t numbers = 0;
    for (size_t i = 0; row != NULL && row->fields[i] != FIELD_END; i++) {
        if (!read_field(row->fields[i], &c, arena, &numbers, record)) {
            return false;
        }
    }
    return row == NULL || cursor_at_end(&c);
}

bool dns_type_parse(span text, enum dns_type *type)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (span_eq_caseless(span_text(rows[i].name), text)) {
            *type = rows[i].type;
            return true;
        }
    }
    return false;
}

bool dns_name_parse_in(span text, const struct dns_name *below, struct dns_name *name)
{
    const struct dns_name copy = *below; /* name may be the same: $ORIGIN below itself */
    const struct dns_name *origin = &copy;
    if (span_eq(text, SPAN("@"))) {
        *name = *origin;
        return true;
    }
    if (!dns_name_parse(text, name)) {
        return false;
    }
    bool absolute = span_ends(text, SPAN(".")) && !span_ends(text, SPAN("\\."));
    if (absolute) {
        return true;
    }
    if (name->len - 1 + origin->len > DNS_NAME_OCTETS) {
        return false;
    }
    memcpy(name->at + name->len - 1, origin->at, origin->len);
    name->len += origin->len - 1;
    return true;
}

static bool write_address(span word, int family, struct buf *out)
{
    char text[INET6_ADDRSTRLEN];
    size_t size = family == AF_INET ? 4 : 16;
    unsigned char *at = word.len < sizeof text ? buf_reserve(out, size) : NULL;
    if (at == NULL) {
        return false;
    }
    memcpy(text, word.at, word.len);
    text[word.len] = 0;
    if (inet_pton(family, text, at) != 1) {
        return false;
    }
    buf_add(out, size);
    return true;
}

static bool write_number(span word, unsigned octets, struct buf *out)
{
    uint64_t value;
    if (!span_to_u64(word, &value) || value >> (8 * octets) != 0) {
        return false;
    }
    for (unsigned i = octets; i-- > 0;) {
        buf_put_byte(out, (unsigned char)(value >> (8 * i)));
    }
    return true;
}

static bool write_name(span word, const struct dns_name *origin, struct buf *out)
{
    struct dns_name name;
    if (!dns_name_parse_in(word, origin, &name)) {
        return false;
    }
    buf_put(out, span_of(name.at, name.len));
    return true;
}

static bool write_string(span word, struct buf *out)
{
    struct cursor c = cursor_of(word);
    unsigned char text[255];
    size_t len = 0;
    bool escaped;
    for (unsigned char octet; !cursor_at_end(&c); text[len++] = octet) {
        if (!dns_octet_take(&c, &octet, &escaped) || len == sizeof text) {
            return false;
        }
    }
    buf_put_byte(out, (unsigned char)len);
    buf_put(out, span_of(text, len));
    return true;
}

static bool write_hex(span word, struct buf *out)
{
    if (word.len % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < word.len; i += 2) {
        int high = ascii_hex_value(word.at[i]), low = ascii_hex_value(word.at[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        buf_put_byte(out, (unsigned char)(high * 16 + low));
    }
    return true;
}

static bool write_field(enum field field, span word, const struct dns_name *origin,
                        struct buf *out)
{
    switch (field) {
    case FIELD_A: return write_address(word, AF_INET, out);
    case FIELD_AAAA: return write_address(word, AF_INET6, out);
    case FIELD_NAME: return write_name(word, origin, out);
    case FIELD_U8: return write_number(word, 1, out);
    case FIELD_U16: return write_number(word, 2, out);
    case FIELD_U32: return write_number(word, 4, out);
    case FIELD_STRINGS: return write_string(word, out);
    case FIELD_HEX: return write_hex(word, out);
    case FIELD_END: break;
    }
    return false;
}

bool dns_record_write(enum dns_type type, const struct dns_word *words, size_t count,
                      const struct dns_name *origin, struct buf *out, const char **wants)
{
    const struct record_row *row = row_of(type);
    size_t at = 0;
    *wants = row ? row->wants : "a type that is known";
    if (row == NULL || count == 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!write_field(row->fields[at], words[i].text, origin, out)) {
            return false;
        }
        /* Strings and hex digits may go on in further words. */
        at += row->fields[at] != FIELD_STRINGS && row->fields[at] != FIELD_HEX;
    }
    return row->fields[at] == FIELD_END || row->fields[at] == FIELD_STRINGS ||
           (row->fields[at] == FIELD_HEX && at < count);
}
