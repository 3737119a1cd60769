/* Digests and signatures by OpenSSL. */
#include "harness/seal/crypto.h"

#include "base/check.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
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

static bool rsa_good(EVP_PKEY *key, const unsigned char *digest, span signature)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    bool good = c != NULL && EVP_PKEY_verify_init(c) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1 &&
                EVP_PKEY_verify(c, signature.at, signature.len, digest, PROOF_DIGEST) == 1;
    EVP_PKEY_CTX_free(c);
    return good;
}

static bool ed25519_good(EVP_PKEY *key, const unsigned char *digest, span signature)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool good = c != NULL && EVP_DigestVerifyInit(c, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(c, signature.at, signature.len, digest, PROOF_DIGEST) == 1;
    EVP_MD_CTX_free(c);
    return good;
}

static enum proof_checked check(enum proof_key_type type, span key,
                                const unsigned char digest[PROOF_DIGEST], span signature,
                                unsigned *bits)
{
    EVP_PKEY *k = read_key(type, key);
    if (k == NULL) {
        return PROOF_NO_KEY;
    }
    *bits = (unsigned)EVP_PKEY_bits(k);
    bool good = type == PROOF_RSA ? rsa_good(k, digest, signature)
                                  : ed25519_good(k, digest, signature);
    EVP_PKEY_free(k);
    return good ? PROOF_GOOD : PROOF_BAD;
}

static EVP_PKEY *read_pem(span pem)
{
    BIO *in = pem.len < PEM_MOST ? BIO_new_mem_buf(pem.at, (int)pem.len) : NULL;
    EVP_PKEY *key = in == NULL ? NULL : PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    BIO_free(in);
    return key;
}

static bool rsa_sign(EVP_PKEY *key, const unsigned char *digest, unsigned char *to, size_t *len)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    bool good = c != NULL && EVP_PKEY_sign_init(c) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1 &&
                EVP_PKEY_sign(c, to, len, digest, PROOF_DIGEST) == 1;
    EVP_PKEY_CTX_free(c);
    return good;
}

static bool sign(span pem, const unsigned char digest[PROOF_DIGEST], struct arena *arena,
                 span *signature)
{
    EVP_PKEY *key = read_pem(pem);
    if (key == NULL) {
        return false;
    }
    size_t len = (size_t)EVP_PKEY_size(key);
    unsigned char *to = arena_take(arena, len);
    bool good;
    if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA) {
        good = rsa_sign(key, digest, to, &len);
    } else {
        EVP_MD_CTX *c = EVP_MD_CTX_new();
        good = c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, key) == 1 &&
               EVP_DigestSign(c, to, &len, digest, PROOF_DIGEST) == 1;
        EVP_MD_CTX_free(c);
    }
    EVP_PKEY_free(key);
    *signature = span_of(to, len);
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
