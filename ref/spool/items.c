/* A row for each kind of `-` line: its name, where its value lives in the envelope, how that is
   written and read, and whether Exim marks it as tainted ("--") when it came with a message. A mark
   that was read otherwise is remembered as a bit, so that a file is written back as it was. */
#include "ref/spool/items.h"

#include "ref/mail/address.h"

#include "base/cursor.h"

#include <limits.h>
#include <stddef.h>

#define TAINTED true
#define OURS false
/* The row in whose place the variables are written: several lines, each with a length, and that
   many octets below it. */
#define VARIABLES "acl"

struct item;

/* Appends the value with its leading blank; false: the line does not apply, and what was appended
   is dropped. */
typedef bool item_put(const struct item *row, const struct envelope *e, struct buf *out);
/* Reads the value, which is empty for a line without one; false: it is malformed. */
typedef bool item_take(const struct item *row, span value, struct envelope *e);

struct item {
    const char *name;
    item_put *put;
    item_take *take;
    size_t offset;
    bool tainted;
    size_t port; /* of an address: the offset of its port */
};

static const void *field(const struct item *row, const struct envelope *e)
{
    return (const char *)e + row->offset;
}

static void *field_of(const struct item *row, struct envelope *e)
{
    return (char *)e + row->offset;
}

static bool put_flag(const struct item *row, const struct envelope *e, struct buf *out)
{
    (void)out;
    return *(const bool *)field(row, e);
}

static bool take_flag(const struct item *row, span value, struct envelope *e)
{
    *(bool *)field_of(row, e) = true;
    return value.len == 0;
}

static bool put_text(const struct item *row, const struct envelope *e, struct buf *out)
{
    span text = *(const span *)field(row, e);
    buf_put_byte(out, ' ');
    buf_put(out, text);
    return text.len > 0;
}

static bool take_text(const struct item *row, span value, struct envelope *e)
{
    *(span *)field_of(row, e) = value;
    return true;
}

static bool put_count(const struct item *row, const struct envelope *e, struct buf *out)
{
    unsigned long count = *(const unsigned long *)field(row, e);
    buf_printf(out, " %lu", count);
    return count > 0;
}

static bool put_count_always(const struct item *row, const struct envelope *e, struct buf *out)
{
    (void)put_count(row, e, out);
    return true;
}

static bool take_count(const struct item *row, span value, struct envelope *e)
{
    uint64_t count;
    if (!span_to_u64(value, &count) || count > ULONG_MAX) {
        return false;
    }
    *(unsigned long *)field_of(row, e) = (unsigned long)count;
    return true;
}

/* A -D with CRLF line ends has no count of lines. */
static bool put_body_lines(const struct item *row, const struct envelope *e, struct buf *out)
{
    return put_count_always(row, e, out) && !e->wireformat;
}

static bool put_seconds(const struct item *row, const struct envelope *e, struct buf *out)
{
    instant when = *(const instant *)field(row, e);
    buf_printf(out, " %lld", (long long)(when / NANOS_PER_SECOND));
    return when > 0;
}

static bool take_seconds(const struct item *row, span value, struct envelope *e)
{
    uint64_t seconds;
    if (!span_to_u64(value, &seconds) || seconds > (uint64_t)(INT64_MAX / NANOS_PER_SECOND) - 1) {
        return false;
    }
    *(instant *)field_of(row, e) = (instant)seconds * NANOS_PER_SECOND;
    return true;
}

static unsigned micros_of(instant when)
{
    return (unsigned)(when % NANOS_PER_SECOND / 1000);
}

/* ".575972": six digits. */
static bool take_micros(span text, instant *nanos)
{
    uint64_t micros;
    if (text.len != 7 || text.at[0] != '.' || !span_to_u64(span_from(text, 1), &micros)) {
        return false;
    }
    *nanos = (instant)micros * 1000;
    return true;
}

static bool put_received_micros(const struct item *row, const struct envelope *e, struct buf *out)
{
    (void)row;
    buf_printf(out, " .%06u", micros_of(e->received));
    return true;
}

static bool take_received_micros(const struct item *row, span value, struct envelope *e)
{
    instant nanos;
    (void)row;
    if (!take_micros(value, &nanos)) {
        return false;
    }
    e->received += nanos - e->received % NANOS_PER_SECOND;
    return true;
}

static bool put_complete(const struct item *row, const struct envelope *e, struct buf *out)
{
    bool told = put_seconds(row, e, out);
    buf_printf(out, ".%06u", micros_of(e->complete));
    return told;
}

static bool take_complete(const struct item *row, span value, struct envelope *e)
{
    size_t point = span_find_byte(value, '.');
    instant nanos;
    if (point == SPAN_NONE || !take_micros(span_from(value, point), &nanos) ||
        !take_seconds(row, span_first(value, point), e)) {
        return false;
    }
    e->complete += nanos;
    return true;
}

static bool put_endpoint(const struct item *row, const struct envelope *e, struct buf *out)
{
    span address = *(const span *)field(row, e);
    buf_put_text(out, " [");
    buf_put(out, address);
    buf_printf(out, "]:%u", (unsigned)*(const uint16_t *)(const void *)((const char *)e + row->port));
    return address.len > 0;
}

/* "[ip]:port", and the older "ip.port" and bare "ip". */
static bool take_endpoint(const struct item *row, span value, struct envelope *e)
{
    uint64_t port = 0;
    span address = value;
    if (span_starts(value, SPAN("["))) {
        size_t end = span_find_byte(value, ']');
        if (end == SPAN_NONE) {
            return false;
        }
        address = span_part(value, 1, end - 1);
        span tail = span_from(value, end + 1);
        if (tail.len > 0 && (tail.at[0] != ':' || !span_to_u64(span_from(tail, 1), &port))) {
            return false;
        }
    } else if (!mail_is_ipv4(value) && !mail_is_ipv6(value)) {
        size_t point = span_find_last_byte(value, '.');
        if (point == SPAN_NONE || !span_to_u64(span_from(value, point + 1), &port)) {
            return false;
        }
        address = span_first(value, point);
    }
    if (address.len == 0 || span_find_byte(address, ']') != SPAN_NONE || port > UINT16_MAX) {
        return false;
    }
    *(span *)field_of(row, e) = address;
    *(uint16_t *)(void *)((char *)e + row->port) = (uint16_t)port;
    return true;
}

/* One letter: 'A' plus the bits. */
static bool put_resumption(const struct item *row, const struct envelope *e, struct buf *out)
{
    (void)row;
    buf_printf(out, " %c", (int)('A' + (e->tls_resumption & 31)));
    return true;
}

static bool take_resumption(const struct item *row, span value, struct envelope *e)
{
    (void)row;
    if (value.len != 1 || value.at[0] < 'A' || value.at[0] > 'A' + 31) {
        return false;
    }
    e->tls_resumption = (unsigned)(value.at[0] - 'A');
    return true;
}

/* "0x1", as Exim 4.92 wrote it. */
static bool put_requiretls(const struct item *row, const struct envelope *e, struct buf *out)
{
    (void)row;
    buf_put_text(out, " 0x1");
    return e->requiretls;
}

static bool take_requiretls(const struct item *row, span value, struct envelope *e)
{
    (void)row;
    e->requiretls = span_eq(value, SPAN("0x1"));
    return e->requiretls;
}

static bool put_dsn_ret(const struct item *row, const struct envelope *e, struct buf *out)
{
    (void)row;
    buf_printf(out, " %d", (int)e->dsn_ret);
    return e->dsn_ret != DSN_RET_NONE;
}

static bool take_dsn_ret(const struct item *row, span value, struct envelope *e)
{
    (void)row;
    if (value.len != 1 || value.at[0] < '0' || value.at[0] > '2') {
        return false;
    }
    e->dsn_ret = (enum dsn_ret)(value.at[0] - '0');
    return true;
}

#define FLAG(name, member) {name, put_flag, take_flag, offsetof(struct envelope, member), OURS, 0}
#define TEXT(name, member, taint) \
    {name, put_text, take_text, offsetof(struct envelope, member), taint, 0}
#define ITEM(name, put, take, member) {name, put, take, offsetof(struct envelope, member), OURS, 0}
#define ENDPOINT(side)                                                                       \
    {#side "_address", put_endpoint, take_endpoint, offsetof(struct envelope, side##_address), OURS, \
     offsetof(struct envelope, side##_port)}

static const struct item items[] = {
    ITEM("received_time_usec", put_received_micros, take_received_micros, received),
    ITEM("received_time_complete", put_complete, take_complete, complete),
    TEXT("helo_name", helo_name, TAINTED),
    ENDPOINT(host),
    TEXT("host_name", host_name, TAINTED),
    TEXT("host_auth", host_auth, OURS),
    TEXT("host_auth_pubname", host_auth_pubname, OURS),
    ENDPOINT(interface),
    TEXT("active_hostname", active_hostname, OURS),
    TEXT("ident", ident, OURS),
    TEXT("received_protocol", protocol, OURS),
    {VARIABLES, NULL, NULL, 0, OURS, 0},
    TEXT("debug_selector", debug_selector, OURS),
    TEXT("debuglog_name", debuglog_name, OURS),
    FLAG("spool_file_wireformat", wireformat),
    ITEM("body_linecount", put_body_lines, take_count, body_lines),
    ITEM("max_received_linelength", put_count_always, take_count, longest_line),
    ITEM("body_zerocount", put_count, take_count, zeros),
    TEXT("auth_id", auth_id, TAINTED),
    TEXT("auth_sender", auth_sender, TAINTED),
    FLAG("allow_unqualified_recipient", allow_unqualified_recipient),
    FLAG("allow_unqualified_sender", allow_unqualified_sender),
    FLAG("deliver_firsttime", first_delivery),
    ITEM("frozen", put_seconds, take_seconds, frozen),
    FLAG("N", fake_delivery),
    FLAG("host_lookup_deferred", host_lookup_deferred),
    FLAG("host_lookup_failed", host_lookup_failed),
    FLAG("local", local),
    FLAG("localerror", local_error),
    TEXT("local_scan", local_scan, OURS),
    TEXT("spam_bar", spam_bar, OURS),
    TEXT("spam_score", spam_score, OURS),
    TEXT("spam_score_int", spam_score_int, OURS),
    TEXT("bmi_verdicts", bmi_verdicts, OURS),
    FLAG("manual_thaw", manual_thaw),
    FLAG("sender_set_untrusted", sender_set_untrusted),
    FLAG("tls_certificate_verified", tls_certificate_verified),
    TEXT("tls_cipher", tls_cipher, OURS),
    TEXT("tls_peercert", tls_peercert, TAINTED),
    TEXT("tls_peerdn", tls_peerdn, TAINTED),
    TEXT("tls_sni", tls_sni, TAINTED),
    TEXT("tls_ourcert", tls_ourcert, OURS),
    ITEM("tls_ocsp", put_count, take_count, tls_ocsp),
    ITEM("tls_resumption", put_resumption, take_resumption, tls_resumption),
    ITEM("tls_requiretls", put_requiretls, take_requiretls, requiretls),
    TEXT("tls_ver", tls_ver, OURS),
    FLAG("smtputf8", smtputf8),
    FLAG("utf8_downcvt", utf8_downconvert),
    FLAG("utf8_optdowncvt", utf8_optional_downconvert),
    TEXT("dsn_envid", dsn_envid, OURS),
    ITEM("dsn_ret", put_dsn_ret, take_dsn_ret, dsn_ret),
};

#define ITEM_COUNT (sizeof items / sizeof *items)
_Static_assert(ITEM_COUNT <= 64, "a bit of taint_flipped for each row");

/* Exim knows $acl_c0 as "0" and $acl_c_name as "_name". */
static bool put_variable(const struct acl_variable *v, struct buf *out)
{
    buf_put_text(out, v->tainted || v->quoter.len ? "--" : "-");
    if (v->quoter.len > 0) {
        buf_put_byte(out, '(');
        buf_put(out, v->quoter);
        buf_put_byte(out, ')');
    }
    buf_put_text(out, v->message ? "aclm " : "aclc ");
    buf_put(out, v->name);
    buf_printf(out, " %zu\n", v->value.len);
    buf_put(out, v->value);
    buf_put_byte(out, '\n');
    return span_find_byte(v->name, '\n') == SPAN_NONE &&
           span_find_byte(v->quoter, '\n') == SPAN_NONE;
}

/* One line; false if its value holds a LF. */
static bool put_item(size_t row, const struct envelope *e, struct buf *out)
{
    const struct item *item = &items[row];
    size_t start = out->len;
    bool tainted = item->tainted != ((e->taint_flipped >> row & 1) != 0);
    buf_put_text(out, tainted ? "--" : "-");
    buf_put_text(out, item->name);
    if (!item->put(item, e, out)) {
        out->len = start;
        return true;
    }
    bool one_line = span_find_byte(span_from(buf_span(out), start), '\n') == SPAN_NONE;
    buf_put_byte(out, '\n');
    return one_line;
}

bool spool_items_put(const struct envelope *e, struct buf *out)
{
    bool good = true;
    for (size_t row = 0; row < ITEM_COUNT; row++) {
        if (items[row].put) {
            good = put_item(row, e, out) && good;
            continue;
        }
        for (size_t i = 0; i < e->variables.count; i++) {
            good = put_variable(&e->variables.at[i], out) && good;
        }
    }
    for (size_t i = 0; i < e->other.count; i++) {
        buf_put(out, e->other.at[i]);
        buf_put_byte(out, '\n');
        good = good && span_find_byte(e->other.at[i], '\n') == SPAN_NONE;
    }
    return good;
}

/* A `-` line taken apart: marks, name, value. */
struct mark {
    bool tainted;
    span quoter;
    span name;
    span value;
};

/* "-name value", "--name value", "--(lookup)name value" */
static struct mark read_mark(span line)
{
    struct mark m = {false, SPAN_EMPTY, SPAN_EMPTY, SPAN_EMPTY};
    struct cursor c = cursor_of(line);
    (void)cursor_take_byte(&c, '-');
    m.tainted = cursor_take_byte(&c, '-');
    struct cursor quoted = c;
    if (m.tainted && cursor_take_byte(&quoted, '(') && cursor_take_until(&quoted, ')', &m.quoter)) {
        quoted.pos++;
        c = quoted;
    }
    (void)span_split(cursor_rest(&c), ' ', &m.name, &m.value);
    return m;
}

/* The obsolete "-acl N len": 0 to 9 are of the connection, 10 to 19 of the message. */
static bool take_numbered(span number, struct acl_variable *v)
{
    static const char names[] = "0123456789";
    uint64_t n;
    if (!span_to_u64(number, &n) || n > 19) {
        return false;
    }
    v->message = n > 9;
    v->name = span_of(&names[n % 10], 1);
    return true;
}

static err take_variable(const struct mark *m, span *text, struct acl_variable *v)
{
    span number;
    uint64_t length;
    v->tainted = m->tainted;
    v->quoter = m->quoter;
    v->message = span_eq(m->name, SPAN("aclm"));
    if (!span_split(m->value, ' ', &v->name, &number) || v->name.len == 0 ||
        !span_to_u64(number, &length)) {
        return err_syntax(0, "a variable's name and length expected");
    }
    if (span_eq(m->name, SPAN("acl")) && !take_numbered(v->name, v)) {
        return err_syntax(0, "a variable's number from 0 to 19 expected");
    }
    if (length >= text->len || text->at[length] != '\n') {
        return err_syntax(0, "a variable's value does not have the length that is told");
    }
    v->value = span_first(*text, (size_t)length);
    *text = span_from(*text, (size_t)length + 1);
    return OK;
}

static err take_item(span line, const struct mark *m, struct arena *arena, struct envelope *e)
{
    size_t row = 0;
    while (row < ITEM_COUNT && !(items[row].take && span_eq(m->name, span_text(items[row].name)))) {
        row++;
    }
    if (row == ITEM_COUNT) {
        vec_add(arena, &e->other, line);
        return OK;
    }
    uint64_t bit = UINT64_C(1) << row;
    e->taint_flipped = m->tainted != items[row].tainted ? e->taint_flipped | bit
                                                        : e->taint_flipped & ~bit;
    if (!items[row].take(&items[row], m->value, e)) {
        return err_syntax(0, arena_printf(arena, "-%s has a malformed value", items[row].name));
    }
    return OK;
}

err spool_items_take(span *text, struct arena *arena, struct envelope *e)
{
    while (span_starts(*text, SPAN("-"))) {
        span line;
        span rest = *text;
        if (!span_split(rest, '\n', &line, &rest)) {
            return err_syntax(0, "the line has no end");
        }
        struct mark m = read_mark(line);
        if (span_eq(m.name, SPAN("aclc")) || span_eq(m.name, SPAN("aclm")) ||
            span_eq(m.name, SPAN(VARIABLES))) {
            TRY(take_variable(&m, &rest, vec_push(arena, &e->variables)));
        } else {
            TRY(take_item(line, &m, arena, e));
        }
        *text = rest;
    }
    return OK;
}
