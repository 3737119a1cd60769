/* Sender rewriting in the way of libsrs_alt: SRS0 addresses with a hash of HMAC-SHA1 and a day, SRS1
   addresses for what was rewritten already, and keys in the place of addresses. Facts: the address
   forms of that library; docs/adr/0251-srs-of-the-library.md. */
#ifndef REF_SEAL_SRS_ALT_H
#define REF_SEAL_SRS_ALT_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

enum {
    SRS_ALT_SECRETS_MOST = 16,
    SRS_ALT_SECRET_OCTETS = 32,
    SRS_ALT_HASH_MOST = 20,
    SRS_ALT_AGE_MOST = 365,      /* days */
    SRS_ALT_AGE_USUAL = 31,      /* what an age of 0 means */
    SRS_ALT_ADDRESS_OCTETS = 256,
    SRS_ALT_RESULT_OCTETS = 512,
    SRS_ALT_KEY_OCTETS = 16
};

/* The first secret signs, each verifies. */
struct srs_alt {
    span secrets[SRS_ALT_SECRETS_MOST];
    size_t secret_count;
    unsigned hash_length, hash_least, age_most;
    bool use_stamp, use_hash;
};

/* "secret:maxage:hashlen:usetimestamp:usehash", flags 0 or 1; what is missing stays as it is in *srs.
   False: a number is none. */
bool srs_alt_config_read(span text, struct arena *arena, struct srs_alt *srs);
/* NULL: it can be worked with; else the sentence for the log. */
const char *srs_alt_complaint(const struct srs_alt *srs);

enum srs_alt_end {
    SRS_ALT_DONE,
    SRS_ALT_NOT_SRS,     /* another kind of address */
    SRS_ALT_BAD_SRS,     /* it begins like one, and is none */
    SRS_ALT_BAD_HASH,    /* forged, or too short */
    SRS_ALT_BAD_STAMP,
    SRS_ALT_EXPIRED,
    SRS_ALT_TOO_LONG,
    SRS_ALT_NO_HASH      /* the library refuses SHA-1 */
};
const char *srs_alt_word(enum srs_alt_end end); /* "bad hash" */

/* sender, not empty, as it is from `domain` on. */
enum srs_alt_end srs_alt_forward(const struct srs_alt *srs, span sender, span domain, instant now,
                                 struct arena *arena, span *made);
/* local_part without quotes. *made: the address that it was made of. */
enum srs_alt_end srs_alt_reverse(const struct srs_alt *srs, span local_part, instant now,
                                 struct arena *arena, span *made);

/* With a key in place of domain and local part: what belongs to the key is kept by somebody else. */
enum srs_alt_end srs_alt_key(const struct srs_alt *srs, span sender, struct arena *arena, span *key);
enum srs_alt_end srs_alt_forward_key(const struct srs_alt *srs, span key, span domain, instant now,
                                     struct arena *arena, span *made);
enum srs_alt_end srs_alt_reverse_key(const struct srs_alt *srs, span local_part, instant now,
                                     struct arena *arena, span *key);

#endif
