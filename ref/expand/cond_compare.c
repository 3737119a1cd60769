/* Conditions over plain strings: numbers, order, truth words, addresses, password hashes. */
#include "ref/expand/condition.h"
#include "ref/expand/digest.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

static bool order_holds(int order, unsigned wanted, bool *yes)
{
    unsigned found = order < 0 ? ORDER_LESS : (order == 0 ? ORDER_SAME : ORDER_MORE);
    *yes = (wanted & found) != 0;
    return true;
}

/* "10", "-3", "4K" */
static bool number_read(struct expansion *x, span text, int64_t *number)
{
    span s = span_trim_space(text);
    bool negative = s.len > 0 && s.at[0] == '-';
    if (negative || (s.len > 0 && s.at[0] == '+')) {
        s = span_from(s, 1);
    }
    *number = 0;
    if (span_trim_space(text).len == 0) {
        return true;
    }
    int64_t value = 0;
    size_t digits = 0;
    bool over = false;
    for (; digits < s.len && ascii_is_digit(s.at[digits]); digits++) {
        over |= __builtin_mul_overflow(value, 10, &value) ||
                __builtin_add_overflow(value, s.at[digits] - '0', &value);
    }
    if (digits == 0) {
        return eval_fail(x, "integer expected but \"%.*s\" found", SPAN_FMT(text));
    }
    if (digits < s.len) {
        static const char units[] = "kmg";
        const char *unit = strchr(units, ascii_lower(s.at[digits]));
        unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
        over |= __builtin_mul_overflow(value, INT64_C(1) << shift, &value);
        if (shift == 0 || digits + 1 < s.len) {
            return eval_fail(x, "invalid integer \"%.*s\"", SPAN_FMT(text));
        }
    }
    if (over) {
        return eval_fail(x, "absolute value of integer \"%.*s\" is too large (overflow)",
                         SPAN_FMT(text));
    }
    *number = negative ? -value : value;
    return true;
}

bool cond_number(struct expansion *x, const struct condition_call *call, bool *yes)
{
    int64_t a, b;
    return number_read(x, call->args[0].text, &a) && number_read(x, call->args[1].text, &b) &&
           order_holds((a > b) - (a < b), call->at->row->variant, yes);
}

bool cond_string(struct expansion *x, const struct condition_call *call, bool *yes)
{
    (void)x;
    span a = call->args[0].text, b = call->args[1].text;
    unsigned variant = call->at->row->variant;
    return order_holds(variant & ORDER_CASELESS ? span_order_caseless(a, b) : span_order(a, b),
                       variant, yes);
}

bool cond_bool(struct expansion *x, const struct condition_call *call, bool *yes)
{
    span s = span_trim_space(call->args[0].text);
    span digits = s.len > 1 && s.at[0] == '-' ? span_from(s, 1) : s;
    bool number = true;
    *yes = false;
    for (size_t i = 0; i < digits.len; i++) {
        number &= ascii_is_digit(digits.at[i]);
        *yes |= digits.at[i] != '0';
    }
    if (number) {
        return true;
    }
    *yes = span_eq_caseless(s, SPAN("true")) || span_eq_caseless(s, SPAN("yes"));
    if (*yes || span_eq_caseless(s, SPAN("false")) || span_eq_caseless(s, SPAN("no"))) {
        return true;
    }
    return eval_fail(x, "unrecognised boolean value \"%.*s\"", SPAN_FMT(s));
}

bool cond_bool_lax(struct expansion *x, const struct condition_call *call, bool *yes)
{
    (void)x;
    *yes = eval_truth(call->args[0].text);
    return true;
}

bool cond_isip(struct expansion *x, const struct condition_call *call, bool *yes)
{
    (void)x;
    span ip, zone;
    bool scoped = span_split(call->args[0].text, '%', &ip, &zone);
    struct address address;
    *yes = false;
    if (address_parse(ip, 0, &address)) {
        bool six = address.storage.ss_family == AF_INET6;
        *yes = (call->at->row->variant & (six ? FAMILY_6 : FAMILY_4)) != 0 && (six || !scoped);
    }
    return true;
}

/* The digest in one of the two forms that its length tells. */
static bool digest_is(struct expansion *x, enum digest which, span plain, span hash)
{
    unsigned char digest[DIGEST_LONGEST], base64[DIGEST_LONGEST * 2];
    size_t len = digest_of(which, plain, digest);
    size_t base64_len = (size_t)EVP_EncodeBlock(base64, digest, (int)len);
    if (len > 0 && hash.len == base64_len) {
        return CRYPTO_memcmp(hash.at, base64, base64_len) == 0;
    }
    span hex = digest_hex(span_of(digest, len), false, x->arena);
    return len > 0 && hash.len == hex.len &&
           CRYPTO_memcmp(arena_lower(x->arena, hash).at, hex.at, hex.len) == 0;
}

static bool crypt_is(struct expansion *x, span plain, span hash)
{
    struct crypt_data *data = ARENA_NEW(x->arena, struct crypt_data);
    const char *made =
        crypt_r(arena_text(x->arena, plain), arena_text(x->arena, hash), data);
    span got = span_text(made);
    /* What crypt(3) gives for a salt that it does not know begins with a star. */
    return made != NULL && got.len > 0 && got.at[0] != '*' && got.len == hash.len &&
           CRYPTO_memcmp(got.at, hash.at, got.len) == 0;
}

bool cond_crypteq(struct expansion *x, const struct condition_call *call, bool *yes)
{
    span plain = call->args[0].text, hash = call->args[1].text;
    if (hash.len == 0 || hash.at[0] != '{') {
        *yes = hash.len > 0 && crypt_is(x, plain, hash);
    } else if (span_starts_caseless(hash, SPAN("{md5}"))) {
        *yes = digest_is(x, DIGEST_MD5, plain, span_from(hash, 5));
    } else if (span_starts_caseless(hash, SPAN("{sha1}"))) {
        *yes = digest_is(x, DIGEST_SHA1, plain, span_from(hash, 6));
    } else if (span_starts_caseless(hash, SPAN("{crypt}"))) {
        *yes = crypt_is(x, plain, span_from(hash, 7));
    } else {
        return eval_fail(x, "unknown encryption mechanism in \"%.*s\"", SPAN_FMT(hash));
    }
    return true;
}
