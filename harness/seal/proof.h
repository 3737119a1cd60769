/* The judge's own verdict on the signatures of a mail: DKIM (RFC 6376, 8301, 8463) and ARC (RFC 8617),
   read and checked without a line of the reference. */
#ifndef HARNESS_SEAL_PROOF_H
#define HARNESS_SEAL_PROOF_H

#include "harness/seal/canon.h"
#include "harness/seal/crypto.h"
#include "harness/seal/tags.h"

enum proof_answer { PROOF_FOUND, PROOF_NOTHING, PROOF_LATER };
typedef VEC(span) proof_texts;

/* Where key records come from. */
struct proof_records {
    /* The texts of all TXT records of the name, strings joined. PROOF_LATER: no answer. */
    enum proof_answer (*txt)(void *context, span name, struct arena *arena, proof_texts *found);
    void *context;
};

struct proof_setup {
    const struct proof_crypto *crypto;
    struct proof_records records;
    int64_t now; /* seconds; what x= is held against. 0: nothing expires */
};

/* PROOF_INVALID: it cannot be evaluated (RFC 6376 PERMFAIL and TEMPFAIL by syntax or key). */
enum proof_state { PROOF_NONE, PROOF_PASS, PROOF_FAIL, PROOF_INVALID };
extern const char *const proof_state_words[];

struct proof_verdict {
    enum proof_state state;
    const char *why; /* the rule that it breaks; NULL with PROOF_PASS */
    span domain, selector;
};
typedef VEC(struct proof_verdict) proof_verdicts;

/* A verdict for each DKIM-Signature from the top; none for a mail without. */
void proof_dkim(const struct proof_setup *setup, const struct proof_message *m,
                struct arena *arena, proof_verdicts *verdicts);

struct proof_chain {
    enum proof_state state; /* never PROOF_INVALID */
    const char *why;
    unsigned oldest;    /* the lowest instance whose message signature, with all above it, is good;
                           0: verification never came so far, or the highest is bad */
};

void proof_arc(const struct proof_setup *setup, const struct proof_message *m, struct arena *arena,
               struct proof_chain *chain);

/* ---- inside this room ---- */

enum proof_part { PROOF_AAR, PROOF_AMS, PROOF_AS, PROOF_PARTS };
extern const char *const proof_part_names[PROOF_PARTS]; /* "ARC-Seal" */

enum { PROOF_INSTANCES = 50, PROOF_RSA_LEAST = 1024, PROOF_CEILING = 256 << 20 };

/* What DKIM-Signature and ARC-Message-Signature have in common; arc: the rules of RFC 8617 4.1.2. */
struct proof_verdict proof_signature(const struct proof_setup *setup,
                                     const struct proof_message *m,
                                     const struct proof_field *field, bool arc,
                                     struct arena *arena);
/* Whether `data` is what was signed; a: "rsa-sha256". NULL: it was. */
const char *proof_signed(const struct proof_setup *setup, span a, span domain, span selector,
                         span identity, span signature, span data, struct arena *arena,
                         enum proof_state *state);
/* The tags of an ARC-Message-Signature or ARC-Seal, and its instance; 0: none from 1 to 50. */
bool proof_arc_tags(const struct proof_field *field, struct arena *arena, proof_tags *tags,
                    unsigned *instance, const char **why);
/* text without the value of its b= (RFC 6376 3.7). */
span proof_without_b(const struct proof_field *field, size_t from, size_t end, struct arena *arena);
/* h=: the fields of the list, each name from the bottom up (5.4.2), and never `own` (5.4). False: a name
   is none. */
bool proof_fields_put(enum proof_canon canon, const struct proof_message *m,
                      const struct proof_field *own, span names, struct buf *out);
bool proof_canon_read(span c, enum proof_canon *header, enum proof_canon *body);
bool proof_domain(span text);
bool proof_time(span text, int64_t *seconds);

#endif
