/* Names for settings and policies: SHA-256 over their texts, which are told apart by their lengths. */
#include "ref/tls/engine.h"

#include "base/check.h"

#include <openssl/evp.h>

void tls_digest_of(const span *parts, size_t count, unsigned char digest[TLS_DIGEST])
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    CHECK(c != NULL && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1);
    for (size_t i = 0; i < count; i++) {
        uint64_t len = parts[i].len;
        CHECK(EVP_DigestUpdate(c, &len, sizeof len) == 1);
        CHECK(EVP_DigestUpdate(c, parts[i].at, parts[i].len) == 1);
    }
    CHECK(EVP_DigestFinal_ex(c, digest, NULL) == 1);
    EVP_MD_CTX_free(c);
}
