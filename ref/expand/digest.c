/* OpenSSL's digests by the names that they have in its providers, fetched for each use: MD5 may be
   missing where the administrator wants it so. */
#include "ref/expand/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static const char *const names[DIGEST_COUNT] = {
    [DIGEST_MD5] = "MD5", [DIGEST_SHA1] = "SHA1", [DIGEST_SHA224] = "SHA2-224",
    [DIGEST_SHA256] = "SHA2-256", [DIGEST_SHA384] = "SHA2-384", [DIGEST_SHA512] = "SHA2-512",
    [DIGEST_SHA3_224] = "SHA3-224", [DIGEST_SHA3_256] = "SHA3-256", [DIGEST_SHA3_384] = "SHA3-384",
    [DIGEST_SHA3_512] = "SHA3-512",
};

size_t digest_of(enum digest which, span text, unsigned char out[DIGEST_LONGEST])
{
    unsigned len = 0;
    EVP_MD *md = EVP_MD_fetch(NULL, names[which], NULL);
    bool done = md && EVP_Digest(text.at, text.len, out, &len, md, NULL) == 1;
    EVP_MD_free(md);
    return done ? len : 0;
}

size_t digest_hmac(enum digest which, span key, span text, unsigned char out[DIGEST_LONGEST])
{
    size_t len = 0;
    bool done = EVP_Q_mac(NULL, "HMAC", NULL, names[which], NULL, key.at, key.len, text.at,
                          text.len, out, DIGEST_LONGEST, &len) != NULL;
    return done ? len : 0;
}

span digest_hex(span octets, bool upper, struct arena *arena)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned char *at = arena_take(arena, 2 * octets.len + 1);
    for (size_t i = 0; i < octets.len; i++) {
        at[2 * i] = (unsigned char)digits[octets.at[i] >> 4];
        at[2 * i + 1] = (unsigned char)digits[octets.at[i] & 15];
    }
    return span_of(at, 2 * octets.len);
}
