/* A hash is compared in constant time, with its case and then without: mail systems on the way may
   have changed it, and what remains is long enough. Local parts are hashed by their meaning, so that
   quotes that somebody adds or takes away do no harm. */
#include "ref/seal/srs_alt.h"

#include "base/buf.h"
#include "ref/mail/address.h"
#include "ref/mail/base64.h"
#include "ref/seal/srs_text.h"

#include <openssl/crypto.h>

const char *srs_alt_word(enum srs_alt_end end)
{
    static const char *const words[] = {
        [SRS_ALT_DONE] = "ok", [SRS_ALT_NOT_SRS] = "not an SRS address",
        [SRS_ALT_BAD_SRS] = "not a well-formed SRS address", [SRS_ALT_BAD_HASH] = "bad hash",
        [SRS_ALT_BAD_STAMP] = "bad timestamp", [SRS_ALT_EXPIRED] = "expired",
        [SRS_ALT_TOO_LONG] = "too long", [SRS_ALT_NO_HASH] = "no hash can be made"};
    return words[end];
}

/* --- configuration ------------------------------------------------------------------------------ */

bool srs_alt_config_read(span text, struct arena *arena, struct srs_alt *srs)
{
    enum { AGE, LENGTH, STAMP, HASH, NUMBERS };
    uint64_t numbers[NUMBERS] = {srs->age_most, srs->hash_length, srs->use_stamp, srs->use_hash};
    span part, rest;
    (void)span_split(text, ':', &part, &rest);
    srs->secrets[0] = arena_copy(arena, span_trim(part));
    srs->secret_count = srs->secrets[0].len > 0 ? 1 : 0;
    for (size_t i = 0; i < NUMBERS && rest.len > 0; i++) {
        (void)span_split(rest, ':', &part, &rest);
        part = span_trim(part);
        if (part.len > 0 && (!span_to_u64(part, &numbers[i]) || numbers[i] > UINT16_MAX)) {
            return false;
        }
    }
    srs->age_most = (unsigned)numbers[AGE];
    srs->hash_length = (unsigned)numbers[LENGTH];
    srs->use_stamp = numbers[STAMP] != 0;
    srs->use_hash = numbers[HASH] != 0;
    return rest.len == 0;
}

const char *srs_alt_complaint(const struct srs_alt *srs)
{
    bool secrets = srs->secret_count > 0;
    for (size_t i = 0; i < srs->secret_count; i++) {
        secrets = secrets && srs->secrets[i].len > 0 && srs->secrets[i].len <= SRS_ALT_SECRET_OCTETS;
    }
    if (!secrets) {
        return "SRS Configuration Error: No secret specified";
    }
    if (srs->age_most > SRS_ALT_AGE_MOST) {
        return "SRS Configuration Error: Invalid maximum timestamp age";
    }
    bool fits = srs->hash_length >= 1 && srs->hash_length <= SRS_ALT_HASH_MOST &&
                srs->hash_least <= SRS_ALT_HASH_MOST;
    return fits ? NULL : "SRS Configuration Error: Invalid hash length";
}

/* --- hash and day ------------------------------------------------------------------------------- */

/* All of the hash that could be asked for, as text; empty: OpenSSL refuses SHA-1 here. */
static span hash(span secret, span data, struct arena *arena)
{
    unsigned char octets[SRS_MAC_OCTETS];
    struct buf out;
    buf_init(&out, 2 * SRS_MAC_OCTETS);
    mail_base64_put(span_of(octets, srs_mac("SHA1", secret, data, arena, octets)), &out);
    return buf_settle(&out, arena);
}

static span joined(struct arena *arena, span a, span b, span c)
{
    unsigned char *at = arena_take(arena, a.len + b.len + c.len + 1);
    memcpy(at, a.at ? a.at : at, a.len);
    memcpy(at + a.len, b.at ? b.at : at, b.len);
    memcpy(at + a.len + b.len, c.at ? c.at : at, c.len);
    return span_of(at, a.len + b.len + c.len);
}

static bool same_caseless(span given, span made, struct arena *arena)
{
    span a = arena_lower(arena, given), b = arena_lower(arena, span_first(made, given.len));
    return CRYPTO_memcmp(a.at, b.at, given.len) == 0;
}

static enum srs_alt_end hash_check(const struct srs_alt *srs, span given, span data,
                                   struct arena *arena)
{
    size_t least = srs->hash_least > 0 ? srs->hash_least : srs->hash_length;
    bool good = false;
    if (given.len < least || given.len > SRS_ALT_HASH_MOST) {
        return SRS_ALT_BAD_HASH;
    }
    for (size_t i = 0; i < srs->secret_count; i++) {
        span text = hash(srs->secrets[i], data, arena);
        if (text.len == 0) {
            return SRS_ALT_NO_HASH;
        }
        good = same_caseless(given, text, arena) || good;
    }
    return good ? SRS_ALT_DONE : SRS_ALT_BAD_HASH;
}

static enum srs_alt_end stamp_check(const struct srs_alt *srs, span stamp, instant now)
{
    unsigned most = srs->age_most > 0 ? srs->age_most : SRS_ALT_AGE_USUAL;
    int age = srs_stamp_age(stamp, now);
    return age < 0 ? SRS_ALT_BAD_STAMP : (unsigned)age <= most ? SRS_ALT_DONE : SRS_ALT_EXPIRED;
}

/* --- forward ------------------------------------------------------------------------------------ */

/* "SRS0" or "SRS1" and a separator. */
static bool has_tag(span local, char digit)
{
    return local.len > 4 && span_starts_caseless(local, SPAN("SRS")) && local.at[3] == digit &&
           strchr("=+-", local.at[4]) != NULL && local.at[4] != '\0';
}

static enum srs_alt_end address_of(span front, span local, span domain, struct arena *arena,
                                   span *made)
{
    return srs_address_make(front, local, domain, SRS_ALT_RESULT_OCTETS - 1, arena, made) ? SRS_ALT_DONE
                                                                                         : SRS_ALT_TOO_LONG;
}

/* tag "=" [hash "="] middle rest "@" domain, where the hash is over `data`. */
static enum srs_alt_end address_make(const struct srs_alt *srs, const char *tag, span middle,
                                     span rest, span data, span domain, struct arena *arena,
                                     span *made)
{
    span text = srs->use_hash ? span_first(hash(srs->secrets[0], data, arena), srs->hash_length) : SPAN_EMPTY;
    if (srs->use_hash && text.len == 0) {
        return SRS_ALT_NO_HASH;
    }
    span front = span_text(arena_printf(arena, "%s=%.*s%s%.*s", tag, SPAN_FMT(text), srs->use_hash ? "=" : "",
                                        SPAN_FMT(middle)));
    return address_of(front, rest, domain, arena, made);
}

static span stamp_make(const struct srs_alt *srs, instant now, struct arena *arena)
{
    return srs->use_stamp ? srs_stamp_make(now, arena) : SPAN_EMPTY;
}

struct hop {
    span hash, domain, rest;   /* rest: an SRS0 address from its separator on */
};

/* "SRS1" separator [hash "="] domain "=" rest */
static bool hop_take(const struct srs_alt *srs, span local, struct hop *hop)
{
    span rest = span_from(local, 5);
    hop->hash = SPAN_EMPTY;
    if (srs->use_hash && !span_split(rest, '=', &hop->hash, &rest)) {
        return false;
    }
    hop->rest = rest;
    return srs_domain_take(&hop->rest, &hop->domain) && hop->domain.len > 0 && hop->rest.len > 1 &&
           strchr("=+-", hop->rest.at[0]) != NULL && hop->rest.at[0] != '\0';
}

/* What was rewritten somewhere else is not wrapped again and again: the first to have rewritten it is
   named, and bounces go straight there. */
static enum srs_alt_end forward_again(const struct srs_alt *srs, const struct hop *hop, span domain,
                                      struct arena *arena, span *made)
{
    span middle = joined(arena, hop->domain, SPAN("="), SPAN_EMPTY);
    span data = joined(arena, hop->domain, hop->rest, SPAN_EMPTY);
    return address_make(srs, "SRS1", middle, hop->rest, data, domain, arena, made);
}

enum srs_alt_end srs_alt_forward(const struct srs_alt *srs, span sender, span domain, instant now,
                                 struct arena *arena, span *made)
{
    size_t at = mail_at_sign(sender);
    span local = srs_unquoted(span_first(sender, at), arena);
    span from = at == SPAN_NONE ? SPAN_EMPTY : span_from(sender, at + 1);
    struct hop hop = {.domain = from};
    *made = SPAN_EMPTY;
    if (sender.len > SRS_ALT_ADDRESS_OCTETS || domain.len > SRS_ALT_ADDRESS_OCTETS) {
        return SRS_ALT_TOO_LONG;
    }
    if (has_tag(local, '0')) {
        hop.rest = span_from(local, 4);
        return forward_again(srs, &hop, domain, arena, made);
    }
    if (has_tag(local, '1') && hop_take(srs, local, &hop)) {
        return forward_again(srs, &hop, domain, arena, made);
    }
    span stamp = stamp_make(srs, now, arena);
    span middle = joined(arena, stamp, stamp.len > 0 ? SPAN("=") : SPAN_EMPTY,
                         joined(arena, from, SPAN("="), SPAN_EMPTY));
    return address_make(srs, "SRS0", middle, local, joined(arena, stamp, from, local), domain, arena,
                        made);
}

/* --- reverse ------------------------------------------------------------------------------------ */

static enum srs_alt_end reverse_hop(const struct srs_alt *srs, span local, struct arena *arena,
                                    span *made)
{
    struct hop hop;
    if (!hop_take(srs, local, &hop)) {
        return SRS_ALT_BAD_SRS;
    }
    if (srs->use_hash) {
        span data = joined(arena, hop.domain, hop.rest, SPAN_EMPTY);
        enum srs_alt_end end = hash_check(srs, hop.hash, data, arena);
        if (end != SRS_ALT_DONE) {
            return end;
        }
    }
    return address_of(SPAN("SRS0"), hop.rest, hop.domain, arena, made);
}

/* "SRS0" separator [hash "="] [stamp "="] rest */
static bool front_take(const struct srs_alt *srs, span local, span *given, span *stamp, span *rest)
{
    *rest = span_from(local, 5);
    *given = *stamp = SPAN_EMPTY;
    return (!srs->use_hash || span_split(*rest, '=', given, rest)) &&
           (!srs->use_stamp || span_split(*rest, '=', stamp, rest));
}

static enum srs_alt_end front_check(const struct srs_alt *srs, span given, span stamp, span data,
                                    instant now, struct arena *arena)
{
    enum srs_alt_end end = SRS_ALT_DONE;
    if (srs->use_hash) {
        end = hash_check(srs, given, joined(arena, stamp, data, SPAN_EMPTY), arena);
    }
    return end == SRS_ALT_DONE && srs->use_stamp ? stamp_check(srs, stamp, now) : end;
}

enum srs_alt_end srs_alt_reverse(const struct srs_alt *srs, span local_part, instant now,
                                 struct arena *arena, span *made)
{
    span given, stamp, rest, domain;
    *made = SPAN_EMPTY;
    if (local_part.len > SRS_ALT_ADDRESS_OCTETS) {
        return SRS_ALT_TOO_LONG;
    }
    if (has_tag(local_part, '1')) {
        return reverse_hop(srs, local_part, arena, made);
    }
    if (!has_tag(local_part, '0')) {
        return SRS_ALT_NOT_SRS;
    }
    if (!front_take(srs, local_part, &given, &stamp, &rest) || !srs_domain_take(&rest, &domain) ||
        domain.len == 0 || rest.len == 0) {
        return SRS_ALT_BAD_SRS;
    }
    enum srs_alt_end end =
        front_check(srs, given, stamp, joined(arena, domain, rest, SPAN_EMPTY), now, arena);
    return end == SRS_ALT_DONE ? address_of(SPAN_EMPTY, rest, domain, arena, made) : end;
}

/* --- keys --------------------------------------------------------------------------------------- */

enum srs_alt_end srs_alt_key(const struct srs_alt *srs, span sender, struct arena *arena, span *key)
{
    *key = SPAN_EMPTY;
    if (sender.len > SRS_ALT_ADDRESS_OCTETS) {
        return SRS_ALT_TOO_LONG;
    }
    *key = span_first(hash(srs->secrets[0], sender, arena), SRS_ALT_KEY_OCTETS);
    return key->len > 0 ? SRS_ALT_DONE : SRS_ALT_NO_HASH;
}

enum srs_alt_end srs_alt_forward_key(const struct srs_alt *srs, span key, span domain, instant now,
                                     struct arena *arena, span *made)
{
    span stamp = stamp_make(srs, now, arena);
    span middle = joined(arena, stamp, stamp.len > 0 ? SPAN("=") : SPAN_EMPTY, SPAN_EMPTY);
    return address_make(srs, "SRS0", middle, key, joined(arena, stamp, key, SPAN_EMPTY), domain,
                        arena, made);
}

enum srs_alt_end srs_alt_reverse_key(const struct srs_alt *srs, span local_part, instant now,
                                     struct arena *arena, span *key)
{
    span given, stamp, rest;
    *key = SPAN_EMPTY;
    if (local_part.len > SRS_ALT_ADDRESS_OCTETS) {
        return SRS_ALT_TOO_LONG;
    }
    if (!has_tag(local_part, '0')) {
        return SRS_ALT_NOT_SRS;
    }
    if (!front_take(srs, local_part, &given, &stamp, &rest) || rest.len != SRS_ALT_KEY_OCTETS) {
        return SRS_ALT_BAD_SRS;
    }
    enum srs_alt_end end = front_check(srs, given, stamp, rest, now, arena);
    *key = end == SRS_ALT_DONE ? arena_copy(arena, rest) : SPAN_EMPTY;
    return end;
}
