/* Sender rewriting as Exim's native form has it. A hash is compared in constant time, since who
   may guess it octet by octet may send through us. Hash and stamp are compared with their case, as
   Exim compares them (docs/adr/0195-srs-in-small-letters.md); the form is looked at without. */
#include "ref/seal/srs.h"

#include "ref/mail/address.h"
#include "ref/mail/chars.h"
#include "ref/seal/srs_text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define HASH_DIGITS 4
#define STAMP_DIGITS 2
#define STAMP_ERA 1024u
#define STAMP_OLDEST_DAYS 10
#define NANOS_PER_DAY (86400 * NANOS_PER_SECOND)

static const char stamp_alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

/* HMAC-MD5 over the address in lower case; false: OpenSSL refuses MD5 here. */
static bool hash(span secret, span address, struct arena *arena, char digits[HASH_DIGITS + 1])
{
    unsigned char octets[EVP_MAX_MD_SIZE];
    size_t len = 0;
    span data = arena_lower(arena, address);
    if (!EVP_Q_mac(NULL, "HMAC", NULL, "MD5", NULL, secret.at, secret.len, data.at, data.len,
                   octets, sizeof octets, &len) ||
        len < HASH_DIGITS / 2) {
        return false;
    }
    for (size_t i = 0; i < HASH_DIGITS; i++) {
        digits[i] = "0123456789abcdef"[i % 2 ? octets[i / 2] & 15 : octets[i / 2] >> 4];
    }
    digits[HASH_DIGITS] = '\0';
    return true;
}

static unsigned stamp_today(instant now)
{
    return (unsigned)(now / NANOS_PER_DAY % STAMP_ERA);
}

static bool needs_quotes(span local)
{
    for (size_t i = 0; i < local.len; i++) {
        unsigned char c = local.at[i];
        if (!mail_is_atext(c) && !mail_is_high(c) && c != '.') {
            return true;
        }
    }
    return false;
}

static void put_local(span local, bool quotes, struct buf *out)
{
    for (size_t i = 0; i < local.len; i++) {
        if (quotes && (local.at[i] == '"' || local.at[i] == '\\')) {
            buf_put_byte(out, '\\');
        }
        buf_put_byte(out, local.at[i]);
    }
}

void srs_local_put(span front, span local, struct buf *out)
{
    bool quotes = needs_quotes(front) || needs_quotes(local);
    buf_put_text(out, quotes ? "\"" : "");
    put_local(front, quotes, out);
    put_local(local, quotes, out);
    buf_put_text(out, quotes ? "\"" : "");
}

span srs_unquoted(span local, struct arena *arena)
{
    if (local.len < 2 || local.at[0] != '"' || local.at[local.len - 1] != '"') {
        return local;
    }
    unsigned char *at = arena_take(arena, local.len);
    size_t used = 0;
    for (size_t i = 1; i + 1 < local.len; i++) {
        if (local.at[i] == '\\' && i + 2 < local.len) {
            i++;
        }
        at[used++] = local.at[i];
    }
    return span_of(at, used);
}

bool srs_domain_take(span *rest, span *domain)
{
    size_t bracket = span_starts(*rest, SPAN("[")) ? span_find_byte(*rest, ']') : SPAN_NONE;
    size_t end = bracket == SPAN_NONE ? span_find_byte(*rest, '=') : bracket + 1;
    if (end == SPAN_NONE || end == rest->len || rest->at[end] != '=') {
        return false;
    }
    *domain = span_first(*rest, end);
    *rest = span_from(*rest, end + 1);
    return true;
}

span srs_encode(span secret, span return_path, span domain, instant now, struct arena *arena)
{
    char digits[HASH_DIGITS + 1];
    if (!return_path.len || !hash(secret, return_path, arena, digits)) {
        return SPAN_EMPTY;
    }
    size_t at = mail_at_sign(return_path);
    span local = srs_unquoted(span_first(return_path, at), arena);
    span sender = at == SPAN_NONE ? SPAN_EMPTY : span_from(return_path, at + 1);
    unsigned today = stamp_today(now);
    span front = span_text(arena_printf(arena, "SRS0=%s=%c%c=%.*s=", digits,
                                        stamp_alphabet[today >> 5], stamp_alphabet[today & 31],
                                        SPAN_FMT(sender)));
    struct buf text;
    buf_init(&text, 2 * return_path.len + domain.len + 64);
    srs_local_put(front, local, &text);
    buf_printf(&text, "@%.*s", SPAN_FMT(domain));
    return buf_settle(&text, arena);
}

struct parts {
    span hash, stamp, domain, rest;
};

static int stamp_digit(unsigned char c)
{
    const char *digit = c ? strchr(stamp_alphabet, c) : NULL;
    return digit ? (int)(digit - stamp_alphabet) : -1;
}

static bool is_stamp(span s)
{
    return s.len == STAMP_DIGITS && stamp_digit(ascii_lower(s.at[0])) >= 0 &&
           stamp_digit(ascii_lower(s.at[1])) >= 0;
}

/* "SRS0=" hash "=" stamp "=" [domain] "=" rest */
static bool take_apart(span local, struct parts *p)
{
    p->rest = span_from(local, 5);
    return span_starts_caseless(local, SPAN("SRS0=")) &&
           span_split(p->rest, '=', &p->hash, &p->rest) && p->hash.len > 0 &&
           span_split(p->rest, '=', &p->stamp, &p->rest) && is_stamp(p->stamp) &&
           srs_domain_take(&p->rest, &p->domain);
}

static span recipient_of(const struct parts *p, struct arena *arena)
{
    struct buf text;
    buf_init(&text, 2 * p->rest.len + p->domain.len + 8);
    srs_local_put(SPAN_EMPTY, p->rest, &text);
    buf_put_byte(&text, '@');
    buf_put(&text, p->domain);
    return arena_lower(arena, buf_settle(&text, arena));
}

static bool is_fresh(span stamp, instant now)
{
    int high = stamp_digit(stamp.at[0]), low = stamp_digit(stamp.at[1]);
    if (high < 0 || low < 0) {
        return false;
    }
    unsigned day = (unsigned)high << 5 | (unsigned)low;
    return (stamp_today(now) + STAMP_ERA - day) % STAMP_ERA <= STAMP_OLDEST_DAYS;
}

struct srs_decoded srs_decode(span local_part, span secret, instant now, struct arena *arena)
{
    struct srs_decoded decoded = {.recipient = SPAN_EMPTY};
    struct parts p;
    char digits[HASH_DIGITS + 1];
    if (!take_apart(local_part, &p)) {
        return decoded;
    }
    decoded.matched = true;
    decoded.recipient = recipient_of(&p, arena);
    if (!secret.len) {
        decoded.valid = true;
        return decoded;
    }
    decoded.valid = is_fresh(p.stamp, now) && p.hash.len == HASH_DIGITS &&
                    hash(secret, decoded.recipient, arena, digits) &&
                    CRYPTO_memcmp(p.hash.at, digits, HASH_DIGITS) == 0;
    return decoded;
}
