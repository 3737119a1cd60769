/* The rows, finding one, what both libraries need to read, and hashes. An allocation that fails ends the
   program, as everywhere (docs/adr/0002). */
#include "ref/seal/crypto.h"

#include "base/check.h"
#include "base/file.h"

#include <openssl/evp.h>

enum { PEM_CEILING = 1 << 20 };

const struct seal_crypto *const seal_cryptos[] = {&seal_crypto_openssl, &seal_crypto_gnutls};
const size_t seal_crypto_count = sizeof seal_cryptos / sizeof *seal_cryptos;

const struct seal_crypto *seal_crypto_find(span name)
{
    for (size_t i = 0; i < seal_crypto_count; i++) {
        if (span_eq_caseless(name, span_text(seal_cryptos[i]->name))) {
            return seal_cryptos[i];
        }
    }
    return NULL;
}

/* --- hashes --------------------------------------------------------------------------------------- */

const EVP_MD *seal_hash_md(enum seal_hash hash)
{
    return hash == SEAL_SHA1 ? EVP_sha1() : EVP_sha256();
}

EVP_MD_CTX *seal_hash_begin(enum seal_hash hash)
{
    EVP_MD_CTX *h = EVP_MD_CTX_new();
    CHECK(h != NULL && EVP_DigestInit_ex(h, seal_hash_md(hash), NULL) == 1);
    return h;
}

void seal_hash_add(EVP_MD_CTX *h, span bytes)
{
    CHECK(EVP_DigestUpdate(h, bytes.at, bytes.len) == 1);
}

void seal_hash_branch(const EVP_MD_CTX *h, span bytes, struct seal_digest *digest)
{
    unsigned len = 0;
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    CHECK(copy != NULL && EVP_MD_CTX_copy_ex(copy, h) == 1);
    seal_hash_add(copy, bytes);
    CHECK(EVP_DigestFinal_ex(copy, digest->at, &len) == 1);
    digest->len = len;
    EVP_MD_CTX_free(copy);
}

void seal_hash_end(EVP_MD_CTX *h)
{
    EVP_MD_CTX_free(h);
}

void seal_hash_whole(enum seal_hash hash, span bytes, struct seal_digest *digest)
{
    unsigned len = 0;
    CHECK(EVP_Digest(bytes.at, bytes.len, digest->at, &len, seal_hash_md(hash), NULL) == 1);
    digest->len = len;
}

/* --- keys ----------------------------------------------------------------------------------------- */

bool seal_pem_read(const struct seal_pem *pem, struct arena *arena, span *text, const char **why)
{
    *text = pem->text;
    if (pem->text.len == 0 || pem->text.at[0] != '/') {
        return true;
    }
    const char *path = arena_text(arena, pem->text);
    if (failed(file_read(path, PEM_CEILING, arena, text))) {
        *why = arena_printf(arena, "unable to open file for reading: %s", path);
        return false;
    }
    return true;
}
