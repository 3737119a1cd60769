/* Operators for digests and for octets and numbers in other alphabets. */
#include "ref/expand/operators.h"

#include "ref/expand/certificate.h"
#include "ref/expand/digest.h"
#include "ref/mail/base64.h"

/* Of a certificate variable the octets are those of DER, and not PEM's text. */
static span octets_of(struct expansion *x, const struct operation *op, span text)
{
    bool certificate = text.len > 0 && certificate_variable(op->subject);
    return certificate ? certificate_der(text, x->arena) : text;
}

static bool digest(struct expansion *x, const struct operation *op, enum digest which,
                   struct value *value)
{
    unsigned char octets[DIGEST_LONGEST];
    bool upper = which != DIGEST_MD5 || certificate_variable(op->subject);
    size_t len = digest_of(which, octets_of(x, op, value->text), octets), asked = value->text.len;
    if (!len) {
        return eval_fail(x, "OpenSSL refuses the digest of the \"%s\" operator", op->row->name);
    }
    *value = value_of(digest_hex(span_of(octets, len), upper, x->arena), false);
    return eval_spend(x, asked);
}

bool op_digest(struct expansion *x, const struct operation *op, struct value *value)
{
    return digest(x, op, op->row->variant, value);
}

/* The row has the first of the family, whose lengths come in this order; 256 unless one is given. */
bool op_digest_of_length(struct expansion *x, const struct operation *op, struct value *value)
{
    static const char *const lengths[] = {"224", "256", "384", "512"};
    span length = op->suffix.len > 0 ? op->suffix : SPAN("256");
    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        if (span_eq(length, span_text(lengths[i]))) {
            return digest(x, op, op->row->variant + i, value);
        }
    }
    return eval_fail(x, "unrecognised %s variant", op->row->name);
}

static const char alphabet32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char alphabet62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const char *alphabet_of(const struct operation *op)
{
    return op->row->variant == 32 ? alphabet32 : alphabet62;
}

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

/* In base 62 there are six digits: those in front of them are dropped. */
bool op_to_base(struct expansion *x, const struct operation *op, struct value *value)
{
    unsigned char digits[13];
    unsigned base = op->row->variant;
    size_t least = base == 62 ? 6 : 0, most = base == 62 ? 6 : sizeof digits, at = sizeof digits;
    uint64_t number;
    if (!decimal(value->text, &number)) {
        return eval_fail(x, "argument for %s operator is \"%.*s\", which is not a decimal number",
                         op->row->name, SPAN_FMT(value->text));
    }
    while (sizeof digits - at < most && (number || sizeof digits - at < least)) {
        digits[--at] = (unsigned char)alphabet_of(op)[number % base];
        number /= base;
    }
    value->text = arena_copy(x->arena, span_of(digits + at, sizeof digits - at));
    return true;
}

bool op_from_base(struct expansion *x, const struct operation *op, struct value *value)
{
    uint64_t number = 0;
    for (size_t i = 0; i < value->text.len; i++) {
        unsigned char c = value->text.at[i];
        const char *digit = c ? strchr(alphabet_of(op), c) : NULL;
        if (!digit) {
            return eval_fail(x,
                             "argument for %s operator is \"%.*s\", which is not a base %u number",
                             op->row->name, SPAN_FMT(value->text), op->row->variant);
        }
        number = number * op->row->variant + (uint64_t)(digit - alphabet_of(op));
    }
    value->text = span_text(arena_printf(x->arena, "%lld", (long long)number));
    return true;
}

static bool put_base64(struct expansion *x, span octets, struct value *value)
{
    struct buf text;
    buf_init(&text, x->budget.octets);
    mail_base64_put(octets, &text);
    return eval_take(x, &text, &value->text);
}

bool op_base64(struct expansion *x, const struct operation *op, struct value *value)
{
    return put_base64(x, octets_of(x, op, value->text), value);
}

/* White space is skipped; the last group is filled up with "=". */
bool op_base64d(struct expansion *x, const struct operation *op, struct value *value)
{
    unsigned char *digits = arena_take(x->arena, value->text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < value->text.len; i++) {
        if (!ascii_is_space(value->text.at[i])) {
            digits[len++] = value->text.at[i];
        }
    }
    struct buf text;
    buf_init(&text, x->budget.octets);
    bool good = len % 4 == 0 && mail_base64_read(span_of(digits, len), false, &text);
    if (!good && !buf_full(&text)) {
        buf_wipe(&text);
        return eval_fail(x, "string \"%.*s\" is not well-formed for \"%s\" operator",
                         SPAN_FMT(value->text), op->row->name);
    }
    return eval_take(x, &text, &value->text);
}

bool op_hexquote(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    struct buf quoted;
    buf_init(&quoted, 4 * value->text.len + 1);
    for (size_t i = 0; i < value->text.len; i++) {
        unsigned char c = value->text.at[i];
        if (c > ' ' && c <= '~') {
            buf_put_byte(&quoted, c);
        } else {
            buf_printf(&quoted, "\\x%02x", c);
        }
    }
    return eval_take(x, &quoted, &value->text);
}

bool op_hex2b64(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    span s = value->text;
    unsigned char *octets = arena_take(x->arena, s.len / 2 + 1);
    for (size_t i = 0; i < s.len; i++) {
        int digit = ascii_hex_value(s.at[i]);
        if (digit < 0) {
            return eval_fail(x, "\"%.*s\" is not a hex string", SPAN_FMT(s));
        }
        octets[i / 2] = (unsigned char)((unsigned)octets[i / 2] << 4 | (unsigned)digit);
    }
    if (s.len % 2) {
        return eval_fail(x, "\"%.*s\" contains an odd number of characters", SPAN_FMT(s));
    }
    return put_base64(x, span_of(octets, s.len / 2), value);
}
