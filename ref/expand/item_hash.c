/* hash and nhash, which are Exim's own and older than good digests; hmac; and the address
   signatures prvs (BATV, draft-levine-smtp-batv) and srs_encode. */
#include "ref/expand/items.h"

#include "ref/expand/digest.h"
#include "ref/expand/numbers.h"
#include "ref/expand/operators.h"
#include "ref/mail/address.h"
#include "ref/seal/srs.h"

#define NANOS_PER_DAY (86400 * NANOS_PER_SECOND)

/* "t" before "s": so it was when the first of these hashes was stored. */
static const char hash_alphabet[] =
    "abcdefghijklmnopqrtsuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* The first `count` octets of the text, with those behind folded in, each rotated by its own value
   and place; then each taken from the first `letters` of the alphabet. */
static bool hash(struct expansion *x, span text, long long count, long long letters, span *out)
{
    if (letters > (long long)sizeof hash_alphabet - 1) {
        return eval_fail(x, "hash count \"%lld\" too big", letters);
    }
    *out = text;
    if ((size_t)count >= text.len) {
        return true;
    }
    if (letters == 0) {
        return eval_fail(x, "hash count \"0\" too small");
    }
    unsigned char *at = arena_take(x->arena, (size_t)count + 1);
    memcpy(at, text.at, (size_t)count);
    for (size_t i = (size_t)count, place = 0; count && i < text.len; i++) {
        unsigned c = text.at[i];
        unsigned shift = (c + (unsigned)i) & 7;
        at[place] ^= (unsigned char)(c << shift | c >> (8 - shift));
        place = place + 1 == (size_t)count ? 0 : place + 1;
    }
    for (size_t i = 0; i < (size_t)count; i++) {
        at[i] = (unsigned char)hash_alphabet[at[i] % (unsigned)letters];
    }
    *out = span_of(at, (size_t)count);
    return true;
}

/* Octets times primes, from 113 down to 3 and again. second < 0: one number. */
static bool nhash(struct expansion *x, span text, long long first, long long second, span *out)
{
    static const unsigned char primes[] = {113, 109, 107, 103, 101, 97, 89, 83, 79, 73,
                                           71,  67,  61,  59,  53,  47, 43, 41, 37, 31,
                                           29,  23,  19,  17,  13,  11, 7,  5,  3};
    unsigned long long sum = 0;
    if (first == 0 || second == 0) {
        return eval_fail(x, "\"0\" is not a positive number (in \"nhash\" expansion)");
    }
    for (size_t i = 0; i < text.len; i++) {
        sum += (unsigned long long)text.at[i] * primes[i % sizeof primes];
    }
    unsigned long long limit = (unsigned long long)first;
    if (second < 0) {
        *out = span_text(arena_printf(x->arena, "%llu", sum % limit));
        return true;
    }
    unsigned long long columns = (unsigned long long)second;
    sum %= limit * columns;
    *out = span_text(arena_printf(x->arena, "%llu/%llu", sum / columns, sum % columns));
    return true;
}

/* {n}{text} or {n}{m}{text} */
static bool hash_numbers(struct expansion *x, const struct item *item, const struct value *values,
                         long long numbers[2])
{
    const char *name = item->row->name;
    numbers[1] = -1;
    if (!number_of_item(values[0].text, &numbers[0])) {
        return eval_fail(x, "\"%.*s\" is not a number (in \"%s\" expansion)",
                         SPAN_FMT(values[0].text), name);
    }
    span wrong = values[item->count == 3].text;
    bool good = item->count < 3 || number_of_count(wrong, &numbers[1]);
    if (numbers[0] < 0) {
        wrong = values[0].text;
        good = false;
    }
    return good || eval_fail(x, "\"%.*s\" is not a positive number (in \"%s\" expansion)",
                             SPAN_FMT(wrong), name);
}

bool item_hash(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[3];
    long long numbers[2];
    if (!eval_all(item->args, item->count, x, values) || !hash_numbers(x, item, values, numbers)) {
        return false;
    }
    const struct value *text = &values[item->count - 1];
    out->tainted = text->tainted;
    return eval_spend(x, text->text.len) &&
           hash(x, text->text, numbers[0], numbers[1] < 0 ? 26 : numbers[1], &out->text);
}

bool item_nhash(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[3];
    long long numbers[2];
    if (!eval_all(item->args, item->count, x, values) || !hash_numbers(x, item, values, numbers)) {
        return false;
    }
    out->tainted = false;
    return nhash(x, values[item->count - 1].text, numbers[0], numbers[1], &out->text);
}

bool op_hash(struct expansion *x, const struct operation *op, struct value *value)
{
    long long values[2];
    return number_suffix(x, op, 2, false, values) &&
           hash(x, value->text, values[0], values[1] < 0 ? 26 : values[1], &value->text);
}

bool op_nhash(struct expansion *x, const struct operation *op, struct value *value)
{
    long long values[2];
    value->tainted = false;
    return number_suffix(x, op, 2, false, values) &&
           nhash(x, value->text, values[0], values[1], &value->text);
}

bool item_hmac(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[3];
    unsigned char digest[DIGEST_LONGEST];
    if (!eval_all(item->args, item->count, x, values) || !eval_spend(x, values[2].text.len)) {
        return false;
    }
    bool md5 = span_eq(values[0].text, SPAN("md5"));
    if (!md5 && !span_eq(values[0].text, SPAN("sha1"))) {
        return eval_fail(x, "hmac algorithm \"%.*s\" is not recognised", SPAN_FMT(values[0].text));
    }
    size_t len =
        digest_hmac(md5 ? DIGEST_MD5 : DIGEST_SHA1, values[1].text, values[2].text, digest);
    if (!len) {
        return eval_fail(x, "hmac algorithm \"%.*s\" is refused by OpenSSL",
                         SPAN_FMT(values[0].text));
    }
    *out = value_of(digest_hex(span_of(digest, len), false, x->arena), false);
    return true;
}

/* Six hexadecimal digits over key number, day and address. */
static span prvs_hash(struct expansion *x, span key, unsigned char number, unsigned day,
                      span address)
{
    unsigned char digest[DIGEST_LONGEST];
    char *text = arena_printf(x->arena, "%c%03u%.*s", number, day, SPAN_FMT(address));
    (void)digest_hmac(DIGEST_SHA1, key, span_text(text), digest);
    return digest_hex(span_of(digest, 3), false, x->arena);
}

#define PRVS_DAYS 7
#define PRVS_ERA 1000

bool item_prvs(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[3] = {0};
    if (!eval_all(item->args, item->count, x, values)) {
        return false;
    }
    span address = values[0].text, number = item->count == 3 ? values[2].text : SPAN("0");
    size_t at = mail_at_sign(address);
    if (at == SPAN_NONE || at == 0) {
        return eval_fail(x, "prvs first argument must be a qualified email address");
    }
    if (number.len != 1 || !ascii_is_digit(number.at[0])) {
        return eval_fail(x, "prvs third argument must be a single digit");
    }
    unsigned day = (unsigned)((eval_now(x) / NANOS_PER_DAY + PRVS_DAYS) % PRVS_ERA);
    span hash_text = prvs_hash(x, values[1].text, number.at[0], day, address);
    char *text = arena_printf(x->arena, "prvs=%c%03u%.*s=%.*s", number.at[0], day,
                              SPAN_FMT(hash_text), SPAN_FMT(address));
    *out = value_of(span_text(text), values[0].tainted);
    return eval_spend(x, out->text.len);
}

/* "prvs=" tag-value "=" local "@" domain, tag-value = DIGIT 3DIGIT 6HEXDIG; false: it is not. */
static bool prvs_parts(span address, span *tag, span *original)
{
    if (address.len < 16 || !span_starts_caseless(address, SPAN("prvs=")) ||
        address.at[15] != '=') {
        return false;
    }
    *tag = span_part(address, 5, 10);
    *original = span_from(address, 16);
    for (size_t i = 0; i < tag->len; i++) {
        unsigned char c = ascii_lower(tag->at[i]);
        if (!ascii_is_digit(c) && (i < 4 || c < 'a' || c > 'f')) {
            return false;
        }
    }
    return span_find_byte(*original, '@') != SPAN_NONE;
}

/* Days come round after an era; what is more than half of one ahead lies behind. */
static bool prvs_expired(unsigned day, instant at)
{
    unsigned today = (unsigned)(at / NANOS_PER_DAY % PRVS_ERA);
    return (day + PRVS_ERA - today) % PRVS_ERA > PRVS_ERA / 2;
}

static unsigned tag_day(span tag)
{
    return (unsigned)(tag.at[1] - '0') * 100 + (unsigned)(tag.at[2] - '0') * 10 +
           (unsigned)(tag.at[3] - '0');
}

/* Not a prvs address: empty. Else the third string, or the address without its signature. Which of
   the two checks failed is told by $value: "1" good, empty bad; the manual calls it
   $prvscheck_result. */
bool item_prvscheck(struct expansion *x, const struct item *item, struct value *out)
{
    struct value address, key;
    span tag, original;
    *out = value_of(SPAN_EMPTY, false);
    if (!eval_template(item->args[0], x, &address)) {
        return false;
    }
    if (!prvs_parts(address.text, &tag, &original)) {
        return true;
    }
    x->prvs_address = arena_copy(eval_lasting(x), original);
    x->prvs_key_number = arena_copy(eval_lasting(x), span_first(tag, 1));
    x->prvs_result = SPAN_EMPTY;
    if (!eval_template(item->args[1], x, &key)) {
        return false;
    }
    span wanted = prvs_hash(x, key.text, tag.at[0], tag_day(tag), original);
    if (span_eq_caseless(wanted, span_from(tag, 4)) && !prvs_expired(tag_day(tag), eval_now(x))) {
        x->prvs_result = SPAN("1");
    }
    if (item->count == 3) {
        if (!eval_template(item->args[2], x, out)) {
            return false;
        }
        if (out->text.len) {
            return true;
        }
    }
    *out = value_of(original, address.tainted);
    return true;
}

bool item_srs_encode(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[3];
    struct mail_address sender;
    if (!eval_all(item->args, item->count, x, values)) {
        return false;
    }
    span path = values[1].text;
    if (failed(mail_mailbox_parse(path, true, &sender))) { /* not as MAIL has it, in UTF-8 too */
        path = operator_address(path, x->arena);
    }
    if (values[1].text.len && !path.len) {
        return eval_fail(x, "srs_encode: \"%.*s\" is no address", SPAN_FMT(values[1].text));
    }
    span text = srs_encode(values[0].text, path, values[2].text, eval_now(x), x->arena);
    *out = value_of(text, values[1].tainted || values[2].tainted);
    return eval_spend(x, text.len);
}
