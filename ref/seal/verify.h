/* A message on its way in: its header section is kept, its body hashed as it streams by, and at the end
   its DKIM signatures and its ARC chain have verdicts. Nothing is asked of the DNS, and no body is
   hashed, for a message that has neither. One thread. */
#ifndef REF_SEAL_VERIFY_H
#define REF_SEAL_VERIFY_H

#include "ref/seal/signature.h"

enum {
    SEAL_SIGNATURES_MOST = 20,    /* that are evaluated (RFC 6376 6.1 lets a verifier stop) */
    SEAL_HEADER_CEILING = 16 << 20
};

struct seal_setup {
    const struct seal_crypto *crypto;
    const struct seal_policy *policy;
    struct seal_store *store;     /* of public keys; NULL: none is kept */
    struct dns *dns;
    instant now;
    bool minimal;                 /* DKIM: no further once one has passed */
    millis dns_together;          /* for all keys of the message */
};

/* One DKIM-Signature and what became of it. */
struct seal_dkim {
    struct seal_signature signature;
    struct seal_judged judged;
    bool evaluated;
};

enum seal_arc_state { SEAL_ARC_NONE, SEAL_ARC_FAIL, SEAL_ARC_PASS };
extern const char *const seal_arc_words[]; /* "none", "fail", "pass" */

struct seal_arc {
    enum seal_arc_state state;
    const char *reason;           /* as Exim words it; empty for none and pass */
    unsigned instance;            /* the highest, once the chain was read; else 0 */
    unsigned oldest_pass;         /* the lowest AMS that passes, all above it do too; 0: none */
    bool all_pass;                /* down to 1: the RFC's oldest-pass is 0 then */
    span domains;                 /* d= of the seals, "a:b" */
    span selector;                /* of the top AMS */
    span sets;                    /* `{"i":1, "d":"..", "s":"..", "ip":".."}, ...`: for the history of
                                     DMARC; empty unless it passes */
};

struct seal_verifier;
struct seal_verifier *seal_verifier_new(const struct seal_setup *setup, struct arena *arena);
/* The next piece of the text: header section, empty line, body; LF line ends, no dots of SMTP. */
void seal_verifier_add(struct seal_verifier *v, span text);
void seal_verifier_end(struct seal_verifier *v);
/* After the end. What is returned lives in the arena; asked again, it is the same. */
const struct seal_dkim *seal_verifier_dkim(struct seal_verifier *v, size_t *count);
const struct seal_arc *seal_verifier_arc(struct seal_verifier *v);
/* More than SEAL_SIGNATURES_MOST stand there; how many in all. */
size_t seal_verifier_signatures(const struct seal_verifier *v);
/* NULL is fine. */
void seal_verifier_close(struct seal_verifier *v);

#endif
