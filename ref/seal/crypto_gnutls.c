/* Signatures by GnuTLS. What it calls insecure is decided above (key sizes, SHA-1), not by
   its policy: the same message has the same verdict under both libraries. */
#include "ref/seal/store.h"

#include "base/check.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

static gnutls_datum_t datum_of(span s)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)s.at, (unsigned)s.len};
}

/* --- checking ----------------------------------------------------------------------------------- */

static gnutls_sign_algorithm_t algorithm_of(enum seal_key_type type, enum seal_hash hash)
{
    return type == SEAL_ED25519 ? GNUTLS_SIGN_EDDSA_ED25519
           : hash == SEAL_SHA1  ? GNUTLS_SIGN_RSA_SHA1
                                : GNUTLS_SIGN_RSA_SHA256;
}

static bool public_import(gnutls_pubkey_t into, const struct seal_public *key)
{
    if (key->type == SEAL_ED25519) {
        gnutls_datum_t x = datum_of(key->ed25519);
        return gnutls_pubkey_import_ecc_raw(into, GNUTLS_ECC_CURVE_ED25519, &x, NULL) == 0;
    }
    gnutls_datum_t m = datum_of(key->modulus), e = datum_of(key->exponent);
    return gnutls_pubkey_import_rsa_raw(into, &m, &e) == 0;
}

static void *checker_make(const void *from, struct arena *texts, const char **why)
{
    gnutls_pubkey_t into;
    (void)texts;
    CHECK(gnutls_pubkey_init(&into) == 0);
    if (!public_import(into, from)) {
        *why = "GnuTLS does not take the key";
        gnutls_pubkey_deinit(into);
        return NULL;
    }
    return into;
}

static void checker_free(void *thing)
{
    gnutls_pubkey_deinit(thing);
}

static bool check(const struct seal_checker *checker, enum seal_hash hash,
                  const struct seal_digest *digest, span signature)
{
    gnutls_pubkey_t key = (gnutls_pubkey_t)(uintptr_t)checker;
    gnutls_datum_t data = datum_of(seal_digest_span(digest)), sig = datum_of(signature);
    if (key == NULL) {
        return false;
    }
    bool rsa = gnutls_pubkey_get_pk_algorithm(key, NULL) == GNUTLS_PK_RSA;
    gnutls_sign_algorithm_t algorithm = algorithm_of(rsa ? SEAL_RSA : SEAL_ED25519, hash);
    return rsa ? gnutls_pubkey_verify_hash2(key, algorithm, GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1,
                                            &data, &sig) >= 0
               : gnutls_pubkey_verify_data2(key, algorithm, 0, &data, &sig) >= 0;
}

/* --- signing ------------------------------------------------------------------------------------ */

static gnutls_privkey_t key_of(const struct seal_private *key)
{
    return (gnutls_privkey_t)(uintptr_t)key;
}

static int kind_of(gnutls_privkey_t key)
{
    unsigned bits;
    return gnutls_privkey_get_pk_algorithm(key, &bits);
}

static void *private_make(const void *from, struct arena *texts, const char **why)
{
    gnutls_privkey_t pkey;
    span pem;
    if (!seal_pem_read(from, texts, &pem, why)) {
        return NULL;
    }
    gnutls_datum_t data = datum_of(pem);
    CHECK(gnutls_privkey_init(&pkey) == 0);
    int code = gnutls_privkey_import_x509_raw(pkey, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code != 0 || (kind_of(pkey) != GNUTLS_PK_RSA && kind_of(pkey) != GNUTLS_PK_EDDSA_ED25519)) {
        gnutls_privkey_deinit(pkey);
        *why = code != 0 ? "the private key is no PEM key without passphrase"
                         : "the private key is neither RSA nor Ed25519";
        return NULL;
    }
    return pkey;
}

static void private_free(void *thing)
{
    gnutls_privkey_deinit(thing);
}

static enum seal_key_type private_type(const struct seal_private *key)
{
    return kind_of(key_of(key)) == GNUTLS_PK_RSA ? SEAL_RSA : SEAL_ED25519;
}

static unsigned private_bits(const struct seal_private *key)
{
    unsigned bits = 0;
    (void)gnutls_privkey_get_pk_algorithm(key_of(key), &bits);
    return bits;
}

static err sign(const struct seal_private *key, const struct seal_digest *digest,
                struct arena *arena, span *signature)
{
    gnutls_datum_t data = datum_of(seal_digest_span(digest)), made = {NULL, 0};
    enum seal_key_type type = private_type(key);
    gnutls_sign_algorithm_t algorithm = algorithm_of(type, SEAL_SHA256);
    int code = type == SEAL_RSA
                   ? gnutls_privkey_sign_hash2(key_of(key), algorithm, 0, &data, &made)
                   : gnutls_privkey_sign_data2(key_of(key), algorithm, 0, &data, &made);
    if (code != 0) {
        return err_of(ERR_IO, "GnuTLS does not sign with this key");
    }
    *signature = arena_copy(arena, span_of(made.data, made.size));
    gnutls_free(made.data);
    return OK;
}

static const struct seal_kind_kept checkers = {checker_make, checker_free};
static const struct seal_kind_kept privates = {private_make, private_free};

const struct seal_crypto seal_crypto_gnutls = {
    .name = "gnutls",
    .checkers = &checkers, .check = check, .privates = &privates,
    .private_type = private_type, .private_bits = private_bits, .sign = sign,
};
