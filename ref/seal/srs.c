/* Sender rewriting as Exim's native form has it. A hash is compared in constant time, since who
   may guess it octet by octet may send through us. Hash and stamp are compared with their case, as
   Exim compares them (docs/adr/0195-srs-in-small-letters.md); the form is looked at without. */
#include "ref/seal/srs.h"

#include "ref/mail/address.h"
#include "ref/seal/srs_text.h"

#include <openssl/crypto.h>

enum { HASH_DIGITS = 4, STAMP_OLDEST_DAYS = 10 };

/* NULL: OpenSSL refuses MD5 here. */
static const char *hash(span secret, span address, struct arena *arena)
{
    unsigned char octets[SRS_MAC_OCTETS];
    return srs_mac("MD5", secret, address, arena, octets) > 0
               ? arena_printf(arena, "%02x%02x", octets[0], octets[1]) : NULL;
}

span srs_encode(span secret, span return_path, span domain, instant now, struct arena *arena)
{
    const char *digits = return_path.len > 0 ? hash(secret, return_path, arena) : NULL;
    if (digits == NULL) {
        return SPAN_EMPTY;
    }
    size_t at = mail_at_sign(return_path);
    span local = srs_unquoted(span_first(return_path, at), arena), made;
    span sender = at == SPAN_NONE ? SPAN_EMPTY : span_from(return_path, at + 1);
    span stamp = arena_lower(arena, srs_stamp_make(now, arena));
    span front = span_text(arena_printf(arena, "SRS0=%s=%.*s=%.*s=", digits, SPAN_FMT(stamp), SPAN_FMT(sender)));
    (void)srs_address_make(front, local, domain, 2 * return_path.len + domain.len + 64, arena, &made);
    return made;
}

struct parts {
    span hash, stamp, domain, rest;
};

/* "SRS0=" hash "=" stamp "=" [domain] "=" rest */
static bool take_apart(span local, struct parts *p)
{
    p->rest = span_from(local, 5);
    return span_starts_caseless(local, SPAN("SRS0=")) &&
           span_split(p->rest, '=', &p->hash, &p->rest) && p->hash.len > 0 &&
           span_split(p->rest, '=', &p->stamp, &p->rest) && srs_stamp_age(p->stamp, 0) >= 0 &&
           srs_domain_take(&p->rest, &p->domain);
}

static span recipient_of(const struct parts *p, struct arena *arena)
{
    span recipient;
    (void)srs_address_make(SPAN_EMPTY, p->rest, p->domain, 2 * p->rest.len + p->domain.len + 8, arena, &recipient);
    return arena_lower(arena, recipient);
}

/* In small letters, as it was made. */
static bool is_fresh(span stamp, instant now, struct arena *arena)
{
    return srs_stamp_age(stamp, now) <= STAMP_OLDEST_DAYS && span_eq(stamp, arena_lower(arena, stamp));
}

struct srs_decoded srs_decode(span local_part, span secret, instant now, struct arena *arena)
{
    struct srs_decoded decoded = {.recipient = SPAN_EMPTY};
    struct parts p;
    if (!take_apart(local_part, &p)) {
        return decoded;
    }
    decoded.matched = true;
    decoded.recipient = recipient_of(&p, arena);
    if (!secret.len) {
        decoded.valid = true;
        return decoded;
    }
    const char *digits = hash(secret, decoded.recipient, arena);
    decoded.valid = is_fresh(p.stamp, now, arena) && p.hash.len == HASH_DIGITS && digits != NULL &&
                    CRYPTO_memcmp(p.hash.at, digits, HASH_DIGITS) == 0;
    return decoded;
}
