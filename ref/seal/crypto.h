/* What signatures need of the TLS libraries, nothing of which knows of mail: hashes, by OpenSSL; and behind
   one small table two kinds of keys, signing and checking. OpenSSL and GnuTLS are rows; `tls_library`
   chooses (docs/adr/0378-one-library-hashes.md). */
#ifndef REF_SEAL_CRYPTO_H
#define REF_SEAL_CRYPTO_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <openssl/types.h>

enum seal_hash { SEAL_SHA256, SEAL_SHA1, SEAL_HASH_COUNT };
enum seal_key_type { SEAL_RSA, SEAL_ED25519, SEAL_KEY_TYPE_COUNT };

enum {
    SEAL_DIGEST_ROOM = 32,
    SEAL_SIGNATURE_ROOM = 2048, /* octets: RSA of 16,384 bits */
    SEAL_RSA_LEAST = 1024,      /* RFC 8301 3.2: less MUST NOT count as valid, nor be signed with */
    SEAL_RSA_MOST = 8192        /* 4096 MUST be taken, more MAY: a bound on the time of a check */
};

struct seal_digest {
    unsigned char at[SEAL_DIGEST_ROOM];
    size_t len;
};
static inline span seal_digest_span(const struct seal_digest *d) { return span_of(d->at, d->len); }

/* A hash under way. */
const EVP_MD *seal_hash_md(enum seal_hash hash);
EVP_MD_CTX *seal_hash_begin(enum seal_hash hash);
void seal_hash_add(EVP_MD_CTX *h, span bytes);
/* The hash of what was added so far and of these octets behind; h stays as it is. */
void seal_hash_branch(const EVP_MD_CTX *h, span bytes, struct seal_digest *digest);
void seal_hash_end(EVP_MD_CTX *h); /* NULL is fine */
void seal_hash_whole(enum seal_hash hash, span bytes, struct seal_digest *digest);

/* A public key as its parts: RSA as RSAPublicKey (RFC 8017 A.1.1) with modulus and exponent,
   Ed25519 as 32 octets. */
struct seal_public {
    enum seal_key_type type;
    unsigned bits;
    span rsa, modulus, exponent;
    span ed25519;
};

struct seal_kind_kept;
struct seal_checker; /* a public key as the library has it */
struct seal_private; /* a private key */

struct seal_crypto {
    const char *name; /* "openssl" */
    /* A seal_checker, out of a seal_public; NULL: the library does not take the key. */
    const struct seal_kind_kept *checkers;
    /* RSA: PKCS #1 v1.5 over the digest. Ed25519: PureEd25519 over the digest's octets (RFC 8463 3).
       NULL has no good signature. */
    bool (*check)(const struct seal_checker *checker, enum seal_hash hash,
                  const struct seal_digest *digest, span signature);
    /* A seal_private, out of a seal_pem. */
    const struct seal_kind_kept *privates;
    enum seal_key_type (*private_type)(const struct seal_private *key);
    unsigned (*private_bits)(const struct seal_private *key);
    err (*sign)(const struct seal_private *key, const struct seal_digest *digest,
                struct arena *arena, span *signature); /* SHA-256 */
};

/* A private key in PEM without a passphrase: its text, or if that begins with "/" its file. */
struct seal_pem {
    span text;
};
/* The text. False: *why says that the file cannot be read. */
bool seal_pem_read(const struct seal_pem *pem, struct arena *arena, span *text, const char **why);

extern const struct seal_crypto seal_crypto_openssl, seal_crypto_gnutls;
extern const struct seal_crypto *const seal_cryptos[];
extern const size_t seal_crypto_count;
/* NULL: there is no such library. */
const struct seal_crypto *seal_crypto_find(span name);

#endif
