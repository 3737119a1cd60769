/* Zone rows to records. What data a type has is a row of letters, so that a type is a line here:
   a IPv4, A IPv6, n name, 1 2 4 numbers of so many octets, s texts, x hexadecimal digits. */
#include "harness/target/dnsd_zone.h"

#include "base/buf.h"
#include "base/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define NAME_OCTETS 255
#define LABEL_OCTETS 63
#define DATA_OCTETS 65535

struct type_row {
    const char *name;
    uint16_t type;
    const char *data;
};

static const struct type_row type_rows[] = {
    {"A", DNSD_TYPE_A, "a"},     {"AAAA", DNSD_TYPE_AAAA, "A"}, {"CNAME", DNSD_TYPE_CNAME, "n"},
    {"DS", 43, "211x"},          {"MX", 15, "2n"},              {"NS", 2, "n"},
    {"PTR", 12, "n"},            {"SOA", 6, "nn44444"},         {"SPF", 99, "s"},
    {"SRV", 33, "222n"},         {"TLSA", 52, "111x"},          {"TXT", 16, "s"},
};

/* ---- names ---- */

bool dnsd_name_write(span text, struct arena *arena, span *name)
{
    struct buf out;
    buf_init(&out, NAME_OCTETS);
    span rest = span_ends(text, SPAN(".")) ? span_first(text, text.len - 1) : text;
    bool good = true;
    while (good && rest.len > 0) {
        span label;
        bool more = span_split(rest, '.', &label, &rest);
        good = label.len > 0 && label.len <= LABEL_OCTETS && !(more && rest.len == 0);
        buf_put_byte(&out, (unsigned char)label.len);
        for (size_t i = 0; i < label.len; i++) {
            buf_put_byte(&out, ascii_lower(label.at[i]));
        }
    }
    buf_put_byte(&out, 0);
    good = good && !buf_full(&out);
    *name = good ? arena_copy(arena, buf_span(&out)) : SPAN_EMPTY;
    buf_wipe(&out);
    return good;
}

const char *dnsd_name_text(span name, struct arena *arena)
{
    struct buf out;
    buf_init(&out, (size_t)NAME_OCTETS * 5);
    size_t at = 0;
    while (at < name.len && name.at[at] != 0) {
        size_t len = name.at[at++];
        for (size_t i = 0; i < len && at < name.len; i++, at++) {
            unsigned char c = name.at[at];
            bool plain = ascii_is_alnum(c) || c == '-' || c == '_' || c == '*';
            buf_printf(&out, plain ? "%c" : "\\%03u", (unsigned)c);
        }
        buf_put_byte(&out, '.');
    }
    const char *text = out.len > 0 ? arena_text(arena, buf_span(&out)) : ".";
    buf_wipe(&out);
    return text;
}

const char *dnsd_type_text(uint16_t type, struct arena *arena)
{
    for (size_t i = 0; i < sizeof type_rows / sizeof *type_rows; i++) {
        if (type_rows[i].type == type) {
            return type_rows[i].name;
        }
    }
    return arena_printf(arena, "TYPE%u", (unsigned)type);
}

/* ---- rows ---- */

static bool next_word(span *rest, span *word)
{
    *rest = span_trim_space(*rest);
    size_t end = 0;
    while (end < rest->len && !ascii_is_blank(rest->at[end])) {
        end++;
    }
    *word = span_first(*rest, end);
    *rest = span_trim_space(span_from(*rest, end));
    return word->len > 0;
}

static bool put_number(span word, unsigned octets, struct buf *out)
{
    uint64_t n;
    if (!span_to_u64(word, &n) || n >> (8 * octets) != 0) {
        return false;
    }
    for (unsigned i = octets; i > 0; i--) {
        buf_put_byte(out, (unsigned char)(n >> (8 * (i - 1)) & 255));
    }
    return true;
}

static bool put_hex(span digits, struct buf *out)
{
    int high = -1;
    for (size_t i = 0; i < digits.len; i++) {
        int value = ascii_hex_value(digits.at[i]);
        if (ascii_is_blank(digits.at[i])) {
            continue;
        }
        if (value < 0) {
            return false;
        }
        if (high >= 0) {
            buf_put_byte(out, (unsigned char)(high * 16 + value));
        }
        high = high >= 0 ? -1 : value;
    }
    return high < 0;
}

/* "one" "two" or a word: character strings of 255 octets at most; a longer text is cut into them. */
static bool put_texts(span rest, struct buf *out)
{
    bool any = false;
    while (rest.len > 0) {
        unsigned char text[DATA_OCTETS];
        size_t len = 0;
        bool quoted = rest.at[0] == '"';
        size_t at = quoted ? 1 : 0;
        while (at < rest.len && (quoted ? rest.at[at] != '"' : !ascii_is_blank(rest.at[at]))) {
            at += quoted && rest.at[at] == '\\' && at + 1 < rest.len ? 1 : 0;
            if (len == sizeof text) {
                return false;
            }
            text[len++] = rest.at[at++];
        }
        if (quoted && at++ >= rest.len) {
            return false;
        }
        for (size_t done = 0; done < len || len == 0; done += NAME_OCTETS) {
            size_t piece = len - done < NAME_OCTETS ? len - done : NAME_OCTETS;
            buf_put_byte(out, (unsigned char)piece);
            buf_put(out, span_of(text + done, piece));
            if (len == 0) {
                break;
            }
        }
        any = true;
        rest = span_trim_space(span_from(rest, at));
    }
    return any;
}

static bool put_address(span word, bool six, struct buf *out)
{
    unsigned char octets[16];
    char text[64] = "";
    if (word.len >= sizeof text) {
        return false;
    }
    memcpy(text, word.at, word.len);
    if (inet_pton(six ? AF_INET6 : AF_INET, text, octets) != 1) {
        return false;
    }
    buf_put(out, span_of(octets, six ? 16 : 4));
    return true;
}

static bool put_data(const char *kinds, span rest, struct arena *arena, struct buf *out)
{
    for (; *kinds != '\0'; kinds++) {
        span word;
        span name;
        if (*kinds == 's' || *kinds == 'x') {
            return rest.len > 0 && (*kinds == 's' ? put_texts(rest, out) : put_hex(rest, out));
        }
        if (!next_word(&rest, &word)) {
            return false;
        }
        bool good;
        if (*kinds == 'n') {
            good = dnsd_name_write(word, arena, &name);
            buf_put(out, name);
        } else if (*kinds == 'a' || *kinds == 'A') {
            good = put_address(word, *kinds == 'A', out);
        } else {
            good = put_number(word, (unsigned)(*kinds - '0'), out);
        }
        if (!good) {
            return false;
        }
    }
    return rest.len == 0;
}

/* The kinds of data; NULL: no type. */
static const char *type_read(span word, uint16_t *type)
{
    for (size_t i = 0; i < sizeof type_rows / sizeof *type_rows; i++) {
        if (span_eq_caseless(span_text(type_rows[i].name), word)) {
            *type = type_rows[i].type;
            return type_rows[i].data;
        }
    }
    return NULL;
}

/* Behind the type. */
static bool row_data(const char *kinds, span rest, struct arena *arena, struct dnsd_record *r)
{
    static const struct {
        const char *word;
        enum dnsd_way way;
    } ways[] = {{"TRUNCATE", DNSD_TRUNCATE}, {"SERVFAIL", DNSD_SERVFAIL}, {"TIMEOUT", DNSD_TIMEOUT}};
    if (span_starts(rest, SPAN("!"))) {
        span word;
        rest = span_from(rest, 1);
        if (!next_word(&rest, &word)) {
            return false;
        }
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            r->way = span_eq(word, span_text(ways[i].word)) ? ways[i].way : r->way;
        }
        if (r->way != DNSD_TRUNCATE) {
            return r->way != DNSD_DATA && rest.len == 0;
        }
    }
    struct buf out;
    buf_init(&out, DATA_OCTETS);
    bool good = put_data(kinds, rest, arena, &out) && !buf_full(&out);
    r->data = buf_settle(&out, arena);
    return good;
}

static bool row_read(span line, struct arena *arena, struct dnsd_record *r)
{
    span word;
    span rest = line;
    uint64_t ttl;
    *r = (struct dnsd_record){.way = DNSD_DATA};
    if (!next_word(&rest, &word) || !dnsd_name_write(word, arena, &r->name) ||
        !next_word(&rest, &word)) {
        return false;
    }
    if (span_to_u64(word, &ttl) && !next_word(&rest, &word)) {
        return false;
    }
    if (span_eq_caseless(word, SPAN("IN")) && !next_word(&rest, &word)) {
        return false;
    }
    const char *kinds = type_read(word, &r->type);
    return kinds != NULL && row_data(kinds, rest, arena, r);
}

err dnsd_zone_read(span text, struct arena *arena, struct dnsd_zone *z)
{
    span line;
    while (span_line(&text, &line)) {
        struct dnsd_record r;
        line = span_trim_space(line);
        if (line.len == 0 || line.at[0] == '#' || line.at[0] == ';') {
            continue;
        }
        if (!row_read(line, arena, &r)) {
            return err_syntax(0, arena_printf(arena,
                                              "=== dns: `%.*s` is no row: NAME TYPE DATA, or ! "
                                              "SERVFAIL, ! TIMEOUT, ! TRUNCATE DATA",
                                              SPAN_FMT(span_first(line, 200))));
        }
        vec_add(arena, &z->records, r);
    }
    return OK;
}

const char *dnsd_zone_address(const struct dnsd_zone *z, span host, struct arena *arena)
{
    span name;
    char text[INET6_ADDRSTRLEN];
    if (!dnsd_name_write(host, arena, &name)) {
        return NULL;
    }
    for (size_t i = 0; i < z->records.count; i++) {
        const struct dnsd_record *r = &z->records.at[i];
        bool six = r->type == DNSD_TYPE_AAAA;
        if ((six || r->type == DNSD_TYPE_A) && r->data.len == (six ? 16u : 4u) &&
            span_eq(r->name, name) &&
            inet_ntop(six ? AF_INET6 : AF_INET, r->data.at, text, sizeof text) != NULL) {
            return arena_text(arena, span_text(text));
        }
    }
    return NULL;
}

static bool is_named(const struct dnsd_zone *z, span name)
{
    for (size_t i = 0; i < z->records.count; i++) {
        uint16_t type = z->records.at[i].type;
        if (span_eq(z->records.at[i].name, name) &&
            (type == DNSD_TYPE_A || type == DNSD_TYPE_AAAA || type == DNSD_TYPE_CNAME)) {
            return true;
        }
    }
    return false;
}

bool dnsd_zone_add_host(struct dnsd_zone *z, span host, const char *address, struct arena *arena)
{
    span name;
    const char *type = strchr(address, ':') ? "AAAA" : "A";
    const char *row = arena_printf(arena, "%.*s %s %s", SPAN_FMT(host), type, address);
    return dnsd_name_write(host, arena, &name) &&
           (is_named(z, name) || !failed(dnsd_zone_read(span_text(row), arena, z)));
}
