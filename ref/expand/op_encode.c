/* Operators for digests and for octets and numbers in other alphabets. */
#include "ref/expand/operators.h"

#include "ref/expand/certificate.h"
#include "ref/expand/digest.h"

/* Of a certificate variable the digest is its fingerprint: over DER, not over PEM's text. */
static bool digest(struct expansion *x, const struct operation *op, enum digest which, bool upper,
                   struct value subject, struct value *out)
{
    unsigned char octets[DIGEST_LONGEST];
    span text = subject.text;
    if (certificate_variable(op->subject) && text.len) {
        text = certificate_der(text, x->arena);
    }
    size_t len = digest_of(which, text, octets);
    if (!len) {
        return eval_fail(x, "OpenSSL refuses the digest of the \"%s\" operator", op->row->name);
    }
    *out = value_of(digest_hex(span_of(octets, len), upper, x->arena), false);
    return eval_spend(x, subject.text.len);
}

bool op_md5(struct expansion *x, const struct operation *op, struct value subject,
            struct value *out)
{
    bool upper = certificate_variable(op->subject);
    return digest(x, op, DIGEST_MD5, upper, subject, out);
}

bool op_sha1(struct expansion *x, const struct operation *op, struct value subject,
             struct value *out)
{
    return digest(x, op, DIGEST_SHA1, true, subject, out);
}

bool op_sha256(struct expansion *x, const struct operation *op, struct value subject,
               struct value *out)
{
    return digest(x, op, DIGEST_SHA256, true, subject, out);
}

/* "", "224", "256", "384", "512" */
static bool length_suffix(span suffix, size_t *which)
{
    static const char *const lengths[] = {"224", "256", "384", "512"};
    *which = 1;
    for (size_t i = 0; suffix.len && i < sizeof lengths / sizeof lengths[0]; i++) {
        *which = i;
        if (span_eq(suffix, span_text(lengths[i]))) {
            return true;
        }
    }
    return !suffix.len;
}

bool op_sha2(struct expansion *x, const struct operation *op, struct value subject,
             struct value *out)
{
    static const enum digest by_length[] = {DIGEST_SHA224, DIGEST_SHA256, DIGEST_SHA384,
                                            DIGEST_SHA512};
    size_t which;
    if (!length_suffix(op->suffix, &which)) {
        return eval_fail(x, "unrecognised sha2 variant");
    }
    return digest(x, op, by_length[which], true, subject, out);
}

bool op_sha3(struct expansion *x, const struct operation *op, struct value subject,
             struct value *out)
{
    static const enum digest by_length[] = {DIGEST_SHA3_224, DIGEST_SHA3_256, DIGEST_SHA3_384,
                                            DIGEST_SHA3_512};
    size_t which;
    if (!length_suffix(op->suffix, &which)) {
        return eval_fail(x, "unrecognised sha3 variant");
    }
    return digest(x, op, by_length[which], true, subject, out);
}

static const char alphabet32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char alphabet62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char alphabet64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Blanks and a sign may stand in front; nothing at all is zero. */
static bool decimal(span text, uint64_t *value)
{
    text = span_trim_space(text);
    bool minus = text.len && text.at[0] == '-';
    bool sign = minus || (text.len && text.at[0] == '+');
    text = span_from(text, sign);
    *value = 0;
    if ((sign || text.len) && !span_to_u64(text, value)) {
        return false;
    }
    *value = minus ? ~*value + 1 : *value;
    return true;
}

/* least: how many digits; most: those in front of it are dropped. */
static bool put_base(struct expansion *x, const struct operation *op, const char *alphabet,
                     size_t least, size_t most, struct value subject, struct value *out)
{
    unsigned char digits[64];
    size_t base = strlen(alphabet), at = sizeof digits;
    uint64_t value;
    if (!decimal(subject.text, &value)) {
        return eval_fail(x, "argument for %s operator is \"%.*s\", which is not a decimal number",
                         op->row->name, SPAN_FMT(subject.text));
    }
    while (sizeof digits - at < most && (value || sizeof digits - at < least)) {
        digits[--at] = (unsigned char)alphabet[value % base];
        value /= base;
    }
    out->text = arena_copy(x->arena, span_of(digits + at, sizeof digits - at));
    return true;
}

static bool take_base(struct expansion *x, const struct operation *op, const char *alphabet,
                      struct value subject, struct value *out)
{
    uint64_t base = strlen(alphabet), value = 0;
    for (size_t i = 0; i < subject.text.len; i++) {
        unsigned char c = subject.text.at[i];
        const char *digit = c ? strchr(alphabet, c) : NULL;
        if (!digit) {
            return eval_fail(x,
                             "argument for %s operator is \"%.*s\", which is not a base %u number",
                             op->row->name, SPAN_FMT(subject.text), (unsigned)base);
        }
        value = value * base + (uint64_t)(digit - alphabet);
    }
    out->text = span_text(arena_printf(x->arena, "%lld", (long long)value));
    return true;
}

bool op_base32(struct expansion *x, const struct operation *op, struct value subject,
               struct value *out)
{
    return put_base(x, op, alphabet32, 0, 13, subject, out);
}

bool op_base32d(struct expansion *x, const struct operation *op, struct value subject,
                struct value *out)
{
    return take_base(x, op, alphabet32, subject, out);
}

bool op_base62(struct expansion *x, const struct operation *op, struct value subject,
               struct value *out)
{
    return put_base(x, op, alphabet62, 6, 6, subject, out);
}

bool op_base62d(struct expansion *x, const struct operation *op, struct value subject,
                struct value *out)
{
    return take_base(x, op, alphabet62, subject, out);
}

static bool put_base64(struct expansion *x, span octets, struct value *out)
{
    struct buf text;
    buf_init(&text, x->budget.octets);
    for (size_t i = 0; i < octets.len; i += 3) {
        size_t left = octets.len - i;
        uint32_t three = (uint32_t)octets.at[i] << 16 |
                         (left > 1 ? (uint32_t)octets.at[i + 1] << 8 : 0) |
                         (left > 2 ? octets.at[i + 2] : 0);
        buf_put_byte(&text, (unsigned char)alphabet64[three >> 18]);
        buf_put_byte(&text, (unsigned char)alphabet64[three >> 12 & 63]);
        buf_put_byte(&text, left > 1 ? (unsigned char)alphabet64[three >> 6 & 63] : '=');
        buf_put_byte(&text, left > 2 ? (unsigned char)alphabet64[three & 63] : '=');
    }
    return eval_take(x, &text, &out->text);
}

/* A certificate variable holds base64 of DER between its lines already; what comes out is DER's. */
bool op_base64(struct expansion *x, const struct operation *op, struct value subject,
               struct value *out)
{
    span octets = subject.text;
    if (certificate_variable(op->subject) && octets.len) {
        octets = certificate_der(octets, x->arena);
    }
    return put_base64(x, octets, out);
}

/* White space is skipped; the last group is filled up with "=". */
static bool take_base64(span s, struct buf *out)
{
    uint32_t group = 0;
    size_t count = 0, filled = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = s.at[i];
        const char *digit = c ? strchr(alphabet64, c) : NULL;
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            continue;
        }
        if ((!digit && c != '=') || (digit && filled)) {
            return false;
        }
        filled += !digit;
        group = group << 6 | (digit ? (uint32_t)(digit - alphabet64) : 0);
        if (++count % 4 == 0) {
            if (filled > 2) {
                return false;
            }
            const unsigned char three[] = {(unsigned char)(group >> 16),
                                           (unsigned char)(group >> 8), (unsigned char)group};
            buf_put(out, span_of(three, 3 - filled));
            group = 0;
        }
    }
    return count % 4 == 0;
}

bool op_base64d(struct expansion *x, const struct operation *op, struct value subject,
                struct value *out)
{
    struct buf text;
    buf_init(&text, x->budget.octets);
    if (!take_base64(subject.text, &text)) {
        buf_wipe(&text);
        return eval_fail(x, "string \"%.*s\" is not well-formed for \"%s\" operator",
                         SPAN_FMT(subject.text), op->row->name);
    }
    return eval_take(x, &text, &out->text);
}

bool op_hexquote(struct expansion *x, const struct operation *op, struct value subject,
                 struct value *out)
{
    (void)op;
    struct buf quoted;
    buf_init(&quoted, 4 * subject.text.len + 1);
    for (size_t i = 0; i < subject.text.len; i++) {
        unsigned char c = subject.text.at[i];
        if (c > ' ' && c <= '~') {
            buf_put_byte(&quoted, c);
        } else {
            buf_printf(&quoted, "\\x%02x", c);
        }
    }
    return eval_take(x, &quoted, &out->text);
}

bool op_hex2b64(struct expansion *x, const struct operation *op, struct value subject,
                struct value *out)
{
    (void)op;
    span s = subject.text;
    unsigned char *octets = arena_take(x->arena, s.len / 2 + 1);
    for (size_t i = 0; i < s.len; i++) {
        int digit = ascii_hex_value(s.at[i]);
        if (digit < 0) {
            return eval_fail(x, "\"%.*s\" is not a hex string", SPAN_FMT(s));
        }
        octets[i / 2] = (unsigned char)(octets[i / 2] << 4 | (unsigned)digit);
    }
    if (s.len % 2) {
        return eval_fail(x, "\"%.*s\" contains an odd number of characters", SPAN_FMT(s));
    }
    return put_base64(x, span_of(octets, s.len / 2), out);
}
