/* Digests and signatures by GnuTLS. */
#include "harness/seal/crypto.h"

#include "base/check.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>

static gnutls_datum_t datum(span s)
{
    /* The library does not write to it. */
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)s.at, (unsigned)s.len};
}

static void sha256(span text, unsigned char digest[PROOF_DIGEST])
{
    CHECK(gnutls_hash_fast(GNUTLS_DIG_SHA256, text.at, text.len, digest) == 0);
}

/* What an algorithm is given: Ed25519 hashes nothing by itself here. */
static gnutls_datum_t octets_for(bool rsa, span text, unsigned char digest[PROOF_DIGEST])
{
    sha256(text, digest);
    return datum(rsa ? text : span_of(digest, PROOF_DIGEST));
}

static gnutls_sign_algorithm_t algorithm(bool rsa)
{
    return rsa ? GNUTLS_SIGN_RSA_SHA256 : GNUTLS_SIGN_EDDSA_ED25519;
}

static bool read_key(enum proof_key_type type, span key, gnutls_pubkey_t to)
{
    gnutls_datum_t d = datum(key);
    if (type == PROOF_ED25519) {
        return key.len == 32 &&
               gnutls_pubkey_import_ecc_raw(to, GNUTLS_ECC_CURVE_ED25519, &d, NULL) == 0;
    }
    return gnutls_pubkey_import(to, &d, GNUTLS_X509_FMT_DER) == 0 &&
           gnutls_pubkey_get_pk_algorithm(to, NULL) == GNUTLS_PK_RSA;
}

static enum proof_checked check(enum proof_key_type type, span key, span text, span signature,
                                unsigned *bits)
{
    unsigned char digest[PROOF_DIGEST];
    gnutls_pubkey_t k;
    enum proof_checked checked = PROOF_NO_KEY;
    CHECK(gnutls_pubkey_init(&k) == 0);
    if (read_key(type, key, k)) {
        bool rsa = type == PROOF_RSA;
        gnutls_datum_t octets = octets_for(rsa, text, digest);
        gnutls_datum_t s = datum(signature);
        (void)gnutls_pubkey_get_pk_algorithm(k, bits);
        int status = gnutls_pubkey_verify_data2(k, algorithm(rsa), GNUTLS_VERIFY_ALLOW_BROKEN, &octets, &s);
        checked = status >= 0 ? PROOF_GOOD : PROOF_BAD;
    }
    gnutls_pubkey_deinit(k);
    return checked;
}

static bool read_pem(span pem, gnutls_privkey_t to)
{
    gnutls_datum_t d = datum(pem);
    return gnutls_privkey_import_x509_raw(to, &d, GNUTLS_X509_FMT_PEM, NULL, 0) == 0;
}

static bool sign(span pem, span text, struct arena *arena, span *signature)
{
    unsigned char digest[PROOF_DIGEST];
    gnutls_privkey_t key;
    gnutls_datum_t made = {NULL, 0};
    bool good = false;
    CHECK(gnutls_privkey_init(&key) == 0);
    if (read_pem(pem, key)) {
        bool rsa = gnutls_privkey_get_pk_algorithm(key, NULL) == GNUTLS_PK_RSA;
        gnutls_datum_t octets = octets_for(rsa, text, digest);
        good = gnutls_privkey_sign_data2(key, algorithm(rsa), 0, &octets, &made) == 0;
    }
    if (good) {
        *signature = arena_copy(arena, span_of(made.data, made.size));
        gnutls_free(made.data);
    }
    gnutls_privkey_deinit(key);
    return good;
}

static bool public_key(span pem, struct arena *arena, enum proof_key_type *type, span *out)
{
    gnutls_privkey_t key;
    gnutls_pubkey_t public;
    gnutls_datum_t made = {NULL, 0};
    CHECK(gnutls_privkey_init(&key) == 0);
    CHECK(gnutls_pubkey_init(&public) == 0);
    bool good = read_pem(pem, key) && gnutls_pubkey_import_privkey(public, key, 0, 0) == 0;
    if (good) {
        bool rsa = gnutls_pubkey_get_pk_algorithm(public, NULL) == GNUTLS_PK_RSA;
        *type = rsa ? PROOF_RSA : PROOF_ED25519;
        good = (rsa ? gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, &made)
                    : gnutls_pubkey_export_ecc_raw(public, NULL, &made, NULL)) == 0;
    }
    if (good) {
        *out = arena_copy(arena, span_of(made.data, made.size));
        gnutls_free(made.data);
    }
    gnutls_pubkey_deinit(public);
    gnutls_privkey_deinit(key);
    return good;
}

const struct proof_crypto proof_gnutls = {"gnutls", sha256, check, sign, public_key};
