/* Authentication-Results (RFC 8601 2.2): the judge's own reader, by the letter of the ABNF. */
#ifndef HARNESS_SEAL_AUTHRES_H
#define HARNESS_SEAL_AUTHRES_H

#include "base/arena.h"
#include "base/span.h"
#include "base/vec.h"

struct proof_property {
    span type, name, value; /* unquoted */
};

struct proof_result {
    span method, version, word, reason; /* version and reason may be empty */
    VEC(struct proof_property) properties;
};

struct proof_authres {
    span id;
    span version;
    VEC(struct proof_result) results; /* empty: "none" */
};

/* What stands behind the colon. False: *why says what is missing, *at where. */
bool proof_authres_read(span body, struct arena *arena, struct proof_authres *a, const char **why,
                        size_t *at);
/* [CFWS] at the front (RFC 5322 3.2.2); a comment that has no end stays. */
span proof_skip_cfws(span text);

#endif
