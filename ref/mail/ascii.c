/* Domains by libidn2, which has the tables of IDNA; Punycode for local parts is here, because libidn2
   only takes what may stand in a domain. */
#include "ref/mail/ascii.h"

#include "ref/mail/address.h"
#include "ref/mail/utf8.h"

#include <idn2.h>

enum {
    LOCAL_PART_MOST = 64,  /* octets; RFC 5321 4.5.3.1.1 */
    DOMAIN_MOST = 255,
    ASCII_CEILING = 4096,  /* an address is no longer (RFC 5321 4.5.3.1.3) */
    /* RFC 3492 5 */
    BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, BIAS = 72, FIRST = 128
};

/* One code point of valid UTF-8. */
static uint32_t point_take(span *text)
{
    unsigned char lead = text->at[0];
    size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t point = len == 1 ? lead : lead & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        point = point << 6 | (text->at[i] & 0x3fU);
    }
    *text = span_from(*text, len);
    return point;
}

/* RFC 3492 6.1 */
static uint32_t adapt(uint32_t delta, uint32_t count, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / DAMP : delta / 2;
    for (delta += delta / count; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE) {
        delta /= BASE - T_MIN;
    }
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/* RFC 3492 6.3, the inner loop: delta as an integer of variable length. */
static void delta_put(uint32_t delta, uint32_t bias, struct buf *out)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
        if (delta < t) {
            break;
        }
        buf_put_byte(out, (unsigned char)digits[t + (delta - t) % (BASE - t)]);
        delta = (delta - t) / (BASE - t);
    }
    buf_put_byte(out, (unsigned char)digits[delta]);
}

/* RFC 3492 6.3. At most 64 code points below 0x110000: nothing overflows. */
static void punycode_put(const uint32_t *points, uint32_t count, struct buf *out)
{
    uint32_t basic = 0, delta = 0, bias = BIAS, done;
    for (uint32_t i = 0; i < count; i++) {
        if (points[i] < FIRST) {
            buf_put_byte(out, (unsigned char)points[i]);
            basic++;
        }
    }
    if (basic > 0) {
        buf_put_byte(out, '-');
    }
    done = basic;
    for (uint32_t n = FIRST; done < count; n++, delta++) {
        uint32_t next = UINT32_MAX;
        for (uint32_t i = 0; i < count; i++) {
            next = points[i] >= n && points[i] < next ? points[i] : next;
        }
        delta += (next - n) * (done + 1);
        n = next;
        for (uint32_t i = 0; i < count; i++) {
            delta += points[i] < n ? 1 : 0;
            if (points[i] == n) {
                delta_put(delta, bias, out);
                bias = adapt(delta, done + 1, done == basic);
                delta = 0;
                done++;
            }
        }
    }
}

static bool local_part_put(span local, struct buf *out)
{
    uint32_t points[LOCAL_PART_MOST], count = 0;
    if (!mail_has_high(local)) {
        buf_put(out, local);
        return true;
    }
    if (local.len > LOCAL_PART_MOST || local.at[0] == '"') {
        return false;
    }
    while (local.len > 0) {
        points[count++] = point_take(&local);
    }
    buf_put_text(out, "xn--");
    punycode_put(points, count, out);
    return true;
}

bool mail_domain_to_ascii(span domain, struct buf *out)
{
    char text[DOMAIN_MOST + 1], *ascii = NULL;
    if (!mail_has_high(domain)) {
        buf_put(out, domain);
        return true;
    }
    if (domain.len > DOMAIN_MOST || span_find_byte(domain, '\0') != SPAN_NONE) {
        return false;
    }
    memcpy(text, domain.at, domain.len);
    text[domain.len] = '\0';
    bool fine = idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK;
    buf_put_text(out, fine ? ascii : "");
    idn2_free(ascii);
    return fine;
}

bool mail_address_to_ascii(span address, struct buf *out)
{
    size_t begin = out->len, at = mail_at_sign(address);
    if (mail_utf8_bad(address) != SPAN_NONE) {
        return false;
    }
    bool fine = local_part_put(span_first(address, at == SPAN_NONE ? address.len : at), out);
    if (fine && at != SPAN_NONE) {
        buf_put_byte(out, '@');
        fine = mail_domain_to_ascii(span_from(address, at + 1), out);
    }
    if (!fine) {
        out->len = begin;
    }
    return fine;
}

static span in_ascii(bool (*put)(span, struct buf *), span text, struct arena *arena)
{
    struct buf ascii;
    if (!mail_has_high(text)) {
        return text;
    }
    buf_init(&ascii, ASCII_CEILING);
    bool fine = put(text, &ascii) && !buf_full(&ascii);
    span made = fine ? arena_copy(arena, buf_span(&ascii)) : text;
    buf_wipe(&ascii);
    return made;
}

span mail_address_in_ascii(span address, struct arena *arena)
{
    return in_ascii(mail_address_to_ascii, address, arena);
}

span mail_domain_in_ascii(span domain, struct arena *arena)
{
    return in_ascii(mail_domain_to_ascii, domain, arena);
}
