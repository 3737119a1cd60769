/* Macros of SPF (RFC 7208 section 7): text of a record with the sender's and the client's names put in.
   What may stand is checked when the record is read; here only that is expanded. */
#include "ref/mail/address.h"
#include "ref/seal/spf.h"

#include "base/cursor.h"

enum { VALUE_CEILING = 4096 };

/* "%{" macro-letter *DIGIT [ "r" ] *delimiter "}" */
struct macro {
    unsigned char letter;      /* in lower case */
    bool escaped;              /* it was a capital: 7.3, URL escaping */
    uint64_t parts;            /* 0: all */
    bool reversed;
    bool splits[128];          /* delimiters */
};

static bool letter_take(struct cursor *c, struct macro *m)
{
    unsigned char letter;
    if (!cursor_take_any(c, &letter)) {
        return false;
    }
    m->letter = ascii_lower(letter);
    m->escaped = m->letter != letter;
    return strchr("slodiphcrtv", m->letter) != NULL && m->letter != 0;
}

/* Behind "%{". */
static bool macro_take(struct cursor *c, struct macro *m)
{
    span digits;
    unsigned char delimiter;
    bool any = false;
    memset(m, 0, sizeof *m);
    if (!letter_take(c, m)) {
        return false;
    }
    size_t from = c->pos;
    while (ascii_is_digit((unsigned char)(cursor_peek(c) < 0 ? 0 : cursor_peek(c)))) {
        c->pos++;
    }
    digits = span_part(c->in, from, c->pos - from);
    if (digits.len > 0) {
        if (!span_to_u64(digits, &m->parts)) {
            m->parts = UINT64_MAX;
        }
        if (m->parts == 0) {
            return false;
        }
    }
    m->reversed = cursor_take_byte(c, 'r') || cursor_take_byte(c, 'R');
    while (cursor_take_any(c, &delimiter)) {
        if (delimiter == '}') {
            m->splits['.'] = m->splits['.'] || !any;
            return true;
        }
        if (delimiter == 0 || strchr(".-+,/_=", delimiter) == NULL) {
            return false;
        }
        m->splits[delimiter] = any = true;
    }
    return false;
}

bool spf_macro_good(span text, bool explain)
{
    struct cursor c = cursor_of(text);
    struct macro m;
    unsigned char octet;
    while (cursor_take_any(&c, &octet)) {
        if (octet < 0x20 || octet > 0x7e || (octet == ' ' && !explain)) {
            return false;
        }
        if (octet != '%' || cursor_take_byte(&c, '%') || cursor_take_byte(&c, '_') ||
            cursor_take_byte(&c, '-')) {
            continue;
        }
        if (!cursor_take_byte(&c, '{') || !macro_take(&c, &m)) {
            return false;
        }
        if (!explain && strchr("crt", m.letter) != NULL) {
            return false;
        }
    }
    return true;
}

/* --- values --------------------------------------------------------------------------------------- */

static void nibbles_put(const unsigned char *octets, struct buf *out)
{
    for (unsigned i = 0; i < 16; i++) {
        buf_printf(out, "%s%x.%x", i > 0 ? "." : "", octets[i] >> 4, octets[i] & 15U);
    }
}

static void client_put(const struct spf_macros *m, unsigned char letter, struct buf *out)
{
    unsigned char octets[16];
    size_t len = address_octets_narrow(octets, address_octets(m->client, octets));
    char text[64];
    if (letter == 'v') {
        buf_put_text(out, len == 4 ? "in-addr" : "ip6");
    } else if (len == 4) {
        buf_printf(out, "%u.%u.%u.%u", octets[0], octets[1], octets[2], octets[3]);
    } else if (letter == 'i') {
        nibbles_put(octets, out);
    } else {
        address_host(m->client, text, sizeof text);
        buf_put_text(out, text);
    }
}

static void value_put(const struct spf_macros *m, unsigned char letter, struct buf *out)
{
    size_t at = mail_at_sign(m->sender);
    switch (letter) {
    case 's':
        buf_put(out, m->sender);
        break;
    case 'l':
        buf_put(out, at == SPAN_NONE ? SPAN("postmaster") : span_first(m->sender, at));
        break;
    case 'o':
        buf_put(out, at == SPAN_NONE ? m->sender : span_from(m->sender, at + 1));
        break;
    case 'd':
        buf_put(out, m->domain);
        break;
    case 'h':
        buf_put(out, m->helo);
        break;
    case 'p':
        buf_put(out, m->validated != NULL ? m->validated(m->context, m->domain) : SPAN("unknown"));
        break;
    case 'r':
        buf_put(out, m->receiver.len > 0 ? m->receiver : SPAN("unknown"));
        break;
    case 't':
        buf_printf(out, "%lld", (long long)(m->now / NANOS_PER_SECOND));
        break;
    default: /* c, i, v */
        client_put(m, letter, out);
        break;
    }
}

/* --- transformed ---------------------------------------------------------------------------------- */

/* Everything but RFC 3986's unreserved. */
static void escaped_put(span text, bool escape, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        if (!escape || ascii_is_alnum(c) || (c != 0 && strchr("-._~", c) != NULL)) {
            buf_put_byte(out, c);
        } else {
            buf_printf(out, "%%%02X", c);
        }
    }
}

static bool is_delimiter(const struct macro *m, unsigned char c)
{
    return c < 128 && m->splits[c];
}

/* From `end` back to the delimiter before it. */
static span part_before(const struct macro *m, span value, size_t end)
{
    size_t from = end;
    while (from > 0 && !is_delimiter(m, value.at[from - 1])) {
        from--;
    }
    return span_part(value, from, end - from);
}

/* Split, perhaps turned round, cut to the right-hand parts, joined with dots. */
static void parts_put(const struct macro *m, span value, struct buf *out)
{
    size_t count = 1, part = 0;
    for (size_t i = 0; i < value.len; i++) {
        count += is_delimiter(m, value.at[i]) ? 1 : 0;
    }
    size_t cut = m->parts == 0 || m->parts > count ? 0 : count - (size_t)m->parts;
    if (!m->reversed) {
        for (size_t i = 0; i < value.len; i++) {
            bool delimiter = is_delimiter(m, value.at[i]);
            if (part >= cut) {
                escaped_put(delimiter ? SPAN(".") : span_part(value, i, 1), m->escaped, out);
            }
            part += delimiter ? 1 : 0;
        }
        return;
    }
    for (size_t end = value.len; part < count; part++) { /* the right-hand ones were written first */
        span text = part_before(m, value, end);
        if (part >= cut) {
            buf_put_text(out, part > cut ? "." : "");
            escaped_put(text, m->escaped, out);
        }
        end = end > text.len ? end - text.len - 1 : 0;
    }
}

void spf_macro_put(const struct spf_macros *m, span text, struct buf *out)
{
    struct cursor c = cursor_of(text);
    unsigned char octet;
    while (cursor_take_any(&c, &octet)) {
        struct macro macro;
        if (octet != '%') {
            buf_put_byte(out, octet);
        } else if (cursor_take_byte(&c, '_')) {
            buf_put_byte(out, ' ');
        } else if (cursor_take_byte(&c, '-')) {
            buf_put_text(out, "%20");
        } else if (cursor_take_byte(&c, '{') && macro_take(&c, &macro)) {
            struct buf value;
            buf_init(&value, VALUE_CEILING);
            value_put(m, macro.letter, &value);
            parts_put(&macro, buf_span(&value), out);
            buf_wipe(&value);
        } else {
            buf_put_byte(out, '%');
            (void)cursor_take_byte(&c, '%');
        }
    }
}
