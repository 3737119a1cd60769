/* Digests and signatures by OpenSSL. */
#include "harness/seal/crypto.h"

#include "base/check.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

enum { RAW_ED25519 = 32, PEM_MOST = 1 << 20 };

const struct proof_crypto *proof_crypto_against(const char *library)
{
    return library != NULL && strcmp(library, "gnutls") == 0 ? &proof_openssl : &proof_gnutls;
}

static void sha256(span text, unsigned char digest[PROOF_DIGEST])
{
    CHECK(EVP_Digest(text.at, text.len, digest, NULL, EVP_sha256(), NULL) == 1);
}

static EVP_PKEY *read_key(enum proof_key_type type, span key)
{
    if (type == PROOF_ED25519) {
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key.at, key.len);
    }
    const unsigned char *at = key.at;
    EVP_PKEY *k = d2i_PUBKEY(NULL, &at, (long)key.len);
    if (k != NULL && (at != key.at + key.len || EVP_PKEY_base_id(k) != EVP_PKEY_RSA)) {
        EVP_PKEY_free(k);
        k = NULL;
    }
    return k;
}

/* What an algorithm is given: Ed25519 hashes nothing by itself here. */
static span octets_for(const EVP_PKEY *key, span text, unsigned char digest[PROOF_DIGEST])
{
    if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA) {
        return text;
    }
    sha256(text, digest);
    return span_of(digest, PROOF_DIGEST);
}

static const EVP_MD *hash_for(const EVP_PKEY *key)
{
    return EVP_PKEY_base_id(key) == EVP_PKEY_RSA ? EVP_sha256() : NULL;
}

static enum proof_checked check(enum proof_key_type type, span key, span text, span signature,
                                unsigned *bits)
{
    unsigned char digest[PROOF_DIGEST];
    EVP_PKEY *k = read_key(type, key);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    enum proof_checked checked = PROOF_NO_KEY;
    if (k != NULL && c != NULL) {
        span octets = octets_for(k, text, digest);
        *bits = (unsigned)EVP_PKEY_bits(k);
        bool good = EVP_DigestVerifyInit(c, NULL, hash_for(k), NULL, k) == 1 &&
                    EVP_DigestVerify(c, signature.at, signature.len, octets.at, octets.len) == 1;
        checked = good ? PROOF_GOOD : PROOF_BAD;
    }
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(k);
    return checked;
}

static EVP_PKEY *read_pem(span pem)
{
    BIO *in = pem.len < PEM_MOST ? BIO_new_mem_buf(pem.at, (int)pem.len) : NULL;
    EVP_PKEY *key = in == NULL ? NULL : PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    BIO_free(in);
    return key;
}

static bool sign(span pem, span text, struct arena *arena, span *signature)
{
    unsigned char digest[PROOF_DIGEST];
    EVP_PKEY *key = read_pem(pem);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool good = false;
    if (key != NULL && c != NULL) {
        span octets = octets_for(key, text, digest);
        size_t len = (size_t)EVP_PKEY_size(key);
        unsigned char *to = arena_take(arena, len);
        good = EVP_DigestSignInit(c, NULL, hash_for(key), NULL, key) == 1 &&
               EVP_DigestSign(c, to, &len, octets.at, octets.len) == 1;
        *signature = span_of(to, len);
    }
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(key);
    return good;
}

static bool public_key(span pem, struct arena *arena, enum proof_key_type *type, span *out)
{
    EVP_PKEY *key = read_pem(pem);
    if (key == NULL) {
        return false;
    }
    size_t len = RAW_ED25519;
    bool good = false;
    if (EVP_PKEY_base_id(key) == EVP_PKEY_ED25519) {
        unsigned char *to = arena_take(arena, len);
        *type = PROOF_ED25519;
        good = EVP_PKEY_get_raw_public_key(key, to, &len) == 1;
        *out = span_of(to, len);
    } else if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA) {
        int der = i2d_PUBKEY(key, NULL);
        unsigned char *to = arena_take(arena, der > 0 ? (size_t)der : 1);
        unsigned char *at = to;
        *type = PROOF_RSA;
        good = der > 0 && i2d_PUBKEY(key, &at) == der;
        *out = span_of(to, (size_t)(at - to));
    }
    EVP_PKEY_free(key);
    return good;
}

const struct proof_crypto proof_openssl = {"openssl", sha256, check, sign, public_key};
