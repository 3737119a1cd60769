/* Signatures by OpenSSL. What fails is a signature that is not good. */
#include "ref/seal/store.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

/* --- checking ----------------------------------------------------------------------------------- */

static EVP_PKEY *public_of(const struct seal_public *key)
{
    if (key->type == SEAL_ED25519) {
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->ed25519.at,
                                           key->ed25519.len);
    }
    const unsigned char *at = key->rsa.at;
    return d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)key->rsa.len);
}

static bool rsa_check(EVP_PKEY *key, enum seal_hash hash, const struct seal_digest *digest,
                      span signature)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    bool good = c != NULL && EVP_PKEY_verify_init(c) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(c, seal_hash_md(hash)) == 1 &&
                EVP_PKEY_verify(c, signature.at, signature.len, digest->at, digest->len) == 1;
    EVP_PKEY_CTX_free(c);
    return good;
}

static void *checker_make(const void *from, struct arena *texts, const char **why)
{
    (void)texts;
    *why = "OpenSSL does not take the key";
    return public_of(from);
}

static void key_free(void *thing)
{
    EVP_PKEY_free(thing);
}

static bool check(const struct seal_checker *checker, enum seal_hash hash,
                  const struct seal_digest *digest, span signature)
{
    EVP_PKEY *pkey = (EVP_PKEY *)(uintptr_t)checker;
    if (pkey == NULL) {
        return false;
    }
    if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA) {
        return rsa_check(pkey, hash, digest, signature);
    }
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool good = c != NULL && EVP_DigestVerifyInit(c, NULL, NULL, NULL, pkey) == 1 &&
                EVP_DigestVerify(c, signature.at, signature.len, digest->at, digest->len) == 1;
    EVP_MD_CTX_free(c);
    return good;
}

/* --- signing ------------------------------------------------------------------------------------ */

static EVP_PKEY *key_of(const struct seal_private *key)
{
    return (EVP_PKEY *)(uintptr_t)key;
}

/* Nobody is asked for a passphrase. */
static int no_passphrase(char *at, int room, int writing, void *context)
{
    (void)at;
    (void)room;
    (void)writing;
    (void)context;
    return -1;
}

static void *private_make(const void *from, struct arena *texts, const char **why)
{
    EVP_PKEY *pkey = NULL;
    span pem;
    if (!seal_pem_read(from, texts, &pem, why)) {
        return NULL;
    }
    BIO *bio = pem.len <= 1U << 20 ? BIO_new_mem_buf(pem.at, (int)pem.len) : NULL;
    if (bio != NULL) {
        pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
        BIO_free(bio);
    }
    int kind = pkey != NULL ? EVP_PKEY_get_base_id(pkey) : 0;
    if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_ED25519) {
        *why = pkey == NULL ? "the private key is no PEM key without passphrase"
                            : "the private key is neither RSA nor Ed25519";
        EVP_PKEY_free(pkey);
        return NULL;
    }
    return pkey;
}

static enum seal_key_type private_type(const struct seal_private *key)
{
    return EVP_PKEY_get_base_id(key_of(key)) == EVP_PKEY_ED25519 ? SEAL_ED25519 : SEAL_RSA;
}

static unsigned private_bits(const struct seal_private *key)
{
    return (unsigned)EVP_PKEY_get_bits(key_of(key));
}

static err sign(const struct seal_private *key, const struct seal_digest *digest,
                struct arena *arena, span *signature)
{
    unsigned char *at = arena_take(arena, SEAL_SIGNATURE_ROOM);
    size_t len = SEAL_SIGNATURE_ROOM;
    bool good;
    if (private_type(key) == SEAL_RSA) {
        EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key_of(key), NULL);
        good = c != NULL && EVP_PKEY_sign_init(c) == 1 &&
               EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1 &&
               EVP_PKEY_sign(c, at, &len, digest->at, digest->len) == 1;
        EVP_PKEY_CTX_free(c);
    } else {
        EVP_MD_CTX *c = EVP_MD_CTX_new();
        good = c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, key_of(key)) == 1 &&
               EVP_DigestSign(c, at, &len, digest->at, digest->len) == 1;
        EVP_MD_CTX_free(c);
    }
    *signature = span_of(at, len);
    return good ? OK : err_of(ERR_IO, "OpenSSL does not sign with this key");
}

static const struct seal_kind_kept checkers = {checker_make, key_free};
static const struct seal_kind_kept privates = {private_make, key_free};

const struct seal_crypto seal_crypto_openssl = {
    .name = "openssl",
    .checkers = &checkers, .check = check, .privates = &privates,
    .private_type = private_type, .private_bits = private_bits, .sign = sign,
};
