/* Hashes and signatures by OpenSSL. An allocation that fails ends the program, as everywhere
   (docs/adr/0002); everything else that fails is a signature that is not good. */
#include "ref/seal/store.h"

#include "base/check.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

static const EVP_MD *md_of(enum seal_hash hash)
{
    return hash == SEAL_SHA1 ? EVP_sha1() : EVP_sha256();
}

static EVP_MD_CTX *context_of(const struct seal_hashing *h)
{
    return (EVP_MD_CTX *)(uintptr_t)h;
}

static struct seal_hashing *hash_begin(enum seal_hash hash)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    CHECK(c != NULL && EVP_DigestInit_ex(c, md_of(hash), NULL) == 1);
    return (struct seal_hashing *)(void *)c;
}

static void hash_add(struct seal_hashing *h, span bytes)
{
    CHECK(EVP_DigestUpdate(context_of(h), bytes.at, bytes.len) == 1);
}

static void hash_branch(const struct seal_hashing *h, enum seal_hash hash, span bytes,
                        struct seal_digest *digest)
{
    unsigned len = 0;
    (void)hash;
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    CHECK(copy != NULL && EVP_MD_CTX_copy_ex(copy, context_of(h)) == 1);
    CHECK(EVP_DigestUpdate(copy, bytes.at, bytes.len) == 1);
    CHECK(EVP_DigestFinal_ex(copy, digest->at, &len) == 1);
    digest->len = len;
    EVP_MD_CTX_free(copy);
}

static void hash_end(struct seal_hashing *h)
{
    EVP_MD_CTX_free(context_of(h));
}

static void digest_whole(enum seal_hash hash, span bytes, struct seal_digest *digest)
{
    unsigned len = 0;
    CHECK(EVP_Digest(bytes.at, bytes.len, digest->at, &len, md_of(hash), NULL) == 1);
    digest->len = len;
}

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
                EVP_PKEY_CTX_set_signature_md(c, md_of(hash)) == 1 &&
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

static const struct seal_kind_kept checkers = {"checker", checker_make, key_free};
static const struct seal_kind_kept privates = {"private", private_make, key_free};

const struct seal_crypto seal_crypto_openssl = {
    .name = "openssl",
    .hash_begin = hash_begin, .hash_add = hash_add, .hash_branch = hash_branch, .hash_end = hash_end,
    .digest = digest_whole, .checkers = &checkers, .check = check, .privates = &privates,
    .private_type = private_type, .private_bits = private_bits, .sign = sign,
};
