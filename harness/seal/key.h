/* Key records (RFC 6376 3.6.1). */
#ifndef HARNESS_SEAL_KEY_H
#define HARNESS_SEAL_KEY_H

#include "harness/seal/proof.h"

struct proof_key {
    enum proof_key_type type;
    span octets;        /* SubjectPublicKeyInfo, or the 32 octets of Ed25519 */
    bool no_subdomains; /* t=s */
};

/* NULL: good for mail and sha256; else the rule that it breaks. */
const char *proof_key_read(span record, struct arena *arena, struct proof_key *key);
/* Asks for <selector>._domainkey.<domain>; of several records the first good one counts. */
const char *proof_key_find(const struct proof_records *records, span selector, span domain,
                           struct arena *arena, struct proof_key *key);

#endif
