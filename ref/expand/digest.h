/* Digests through OpenSSL: the names that items and operators use, and nothing else. */
#ifndef REF_EXPAND_DIGEST_H
#define REF_EXPAND_DIGEST_H

#include "base/arena.h"
#include "base/span.h"

enum digest {
    DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA224, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512,
    DIGEST_SHA3_224, DIGEST_SHA3_256, DIGEST_SHA3_384, DIGEST_SHA3_512, DIGEST_COUNT
};

#define DIGEST_LONGEST 64

/* Writes the digest and says how long it is; 0: this OpenSSL refuses the algorithm (FIPS, MD5). */
size_t digest_of(enum digest which, span text, unsigned char out[DIGEST_LONGEST]);
size_t digest_hmac(enum digest which, span key, span text, unsigned char out[DIGEST_LONGEST]);

/* Hexadecimal, in arena. */
span digest_hex(span octets, bool upper, struct arena *arena);

#endif
