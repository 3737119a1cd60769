/* Chains of ARC sets with any defect at any place, for tests: made by honest signing of what a few
   words ask for. A text describes a chain, a line for each hop; docs/vectors.md lists the words.

       hop                          an honest set
       hop cv=fail alone            what RFC 8617 5.1.2 seals on a failed chain
       hop ams.c=simple fold=all    any tag of the message signature (ams.) or the seal (as.)
       hop missing=aar              and so on: twice=, spoil=
       message body=changed         behind the last hop */
#ifndef HARNESS_SEAL_FORGE_H
#define HARNESS_SEAL_FORGE_H

#include "harness/seal/proof.h"

struct forge_setup {
    const struct proof_crypto *crypto;
    span pem;     /* private key of selector "s": RSA */
    span ed25519; /* of selector "ed"; may be empty */
    span message; /* what the first hop gets */
};

struct forged {
    span message;
    span zone; /* rows NAME TXT "...": the keys, good and broken (forge_records) */
};

/* A key record that is broken, or good in an unusual way; %s is p=. Its name is the selector. */
struct forge_record {
    const char *name;
    const char *text;
    bool good;
};
extern const struct forge_record forge_records[];
extern const size_t forge_record_count;

enum { FORGE_HOPS = 100 };
#define FORGE_DOMAIN "chain.test"

/* NULL, or the mistake in the text (in arena). */
const char *forge_chain(const struct forge_setup *setup, span text, struct arena *arena,
                        struct forged *out);
/* Inside this room: the keys' part of it. */
const char *forge_zone(const struct forge_setup *setup, struct arena *arena, struct forged *forged);
/* proof_records.txt of a forged zone; context is a struct forged. */
enum proof_answer forge_txt(void *context, span name, struct arena *arena, proof_texts *found);

#endif
