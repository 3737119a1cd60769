/* What seals need of a TLS library, twice: the judge checks signatures with the one that the target
   does not use. */
#ifndef HARNESS_SEAL_CRYPTO_H
#define HARNESS_SEAL_CRYPTO_H

#include "base/arena.h"
#include "base/span.h"

enum { PROOF_DIGEST = 32 };
enum proof_key_type { PROOF_RSA, PROOF_ED25519 };
enum proof_checked { PROOF_GOOD, PROOF_BAD, PROOF_NO_KEY };

struct proof_crypto {
    const char *name; /* "openssl", "gnutls" */
    void (*sha256)(span text, unsigned char digest[PROOF_DIGEST]);
    /* RSASSA-PKCS1-v1_5 with SHA-256, or PureEd25519 over the SHA-256 of the text (RFC 8463 3). key:
       SubjectPublicKeyInfo or the 32 octets. *bits is how long an RSA key is; with PROOF_NO_KEY nothing
       is known. */
    enum proof_checked (*check)(enum proof_key_type type, span key, span text, span signature,
                                unsigned *bits);
    /* The private key is PEM. False: it is none. */
    bool (*sign)(span pem, span text, struct arena *arena, span *signature);
    /* What p= of a key record holds (before base64), and its type. */
    bool (*public_key)(span pem, struct arena *arena, enum proof_key_type *type, span *key);
};

extern const struct proof_crypto proof_openssl, proof_gnutls;
/* The other one. library: the target's, or NULL where it is not told. */
const struct proof_crypto *proof_crypto_against(const char *library);

#endif
