/* A stamp names a day of an era of 1024, so that it says how old it is as long as nothing gets older than
   that. */
#include "ref/seal/srs_text.h"

#include "base/buf.h"
#include "ref/mail/chars.h"

#include <openssl/evp.h>

enum { STAMP_DIGITS = 2, STAMP_ERA = 1024 };
#define NANOS_PER_DAY (86400 * NANOS_PER_SECOND)

static const char stamp_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* --- addresses ---------------------------------------------------------------------------------- */

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

bool srs_address_make(span front, span local, span domain, size_t most, struct arena *arena, span *made)
{
    bool quotes = needs_quotes(front) || needs_quotes(local);
    struct buf out;
    buf_init(&out, most);
    buf_put_text(&out, quotes ? "\"" : "");
    buf_put_escaped(&out, front, quotes ? "\"\\" : "");
    buf_put_escaped(&out, local, quotes ? "\"\\" : "");
    buf_put_text(&out, quotes ? "\"@" : "@");
    buf_put(&out, domain);
    bool whole = !buf_full(&out);
    *made = buf_settle(&out, arena);
    *made = whole ? *made : SPAN_EMPTY;
    return whole;
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

/* --- stamps and hashes -------------------------------------------------------------------------- */

static unsigned day_of(instant now)
{
    return (unsigned)(now / NANOS_PER_DAY % STAMP_ERA);
}

span srs_stamp_make(instant now, struct arena *arena)
{
    unsigned day = day_of(now);
    return span_text(arena_printf(arena, "%c%c", stamp_alphabet[day >> 5], stamp_alphabet[day & 31]));
}

int srs_stamp_age(span stamp, instant now)
{
    unsigned day = 0;
    for (size_t i = 0; i < stamp.len; i++) {
        unsigned char c = stamp.at[i];
        unsigned char capital = ascii_is_alpha(c) ? c & 0xdfU : c;
        const char *digit = capital != 0 ? strchr(stamp_alphabet, capital) : NULL;
        if (digit == NULL) {
            return -1;
        }
        day = day << 5 | (unsigned)(digit - stamp_alphabet);
    }
    return stamp.len == STAMP_DIGITS ? (int)((day_of(now) + STAMP_ERA - day) % STAMP_ERA) : -1;
}

size_t srs_mac(const char *digest, span secret, span text, struct arena *arena,
               unsigned char at[static SRS_MAC_OCTETS])
{
    size_t len = 0;
    text = arena_lower(arena, text);
    bool made = EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, secret.at, secret.len, text.at, text.len, at,
                          SRS_MAC_OCTETS, &len) != NULL;
    return made ? len : 0;
}
