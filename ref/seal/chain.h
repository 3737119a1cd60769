/* The chain of ARC sets in a message (RFC 8617 4.2), for the verifier and for the sealer. */
#ifndef REF_SEAL_CHAIN_H
#define REF_SEAL_CHAIN_H

#include "ref/seal/signature.h"
#include "ref/seal/verify.h"

struct seal_set {
    span aar;                     /* the field; len 0: it is not there */
    struct seal_signature ams, as; /* so their fields */
};
static inline bool seal_set_is_whole(const struct seal_set *set)
{
    return set->aar.len > 0 && set->ams.field.len > 0 && set->as.field.len > 0;
}

struct seal_chain {
    struct seal_set *sets;        /* by instance; NULL: the message has no field of ARC that can be read */
    size_t fields;                /* of ARC in the message */
    unsigned top;                 /* the highest instance; 0: none */
    const char *wrong;            /* "collecting headers: ...": it cannot be read, or NULL */
};

void seal_chain_read(const struct seal_fields *fields, struct arena *arena,
                     struct seal_chain *chain);
/* The verdict, in the order of RFC 8617 5.2. The bodies that AMS want have ended. */
void seal_chain_verify(const struct seal_bench *bench, const struct seal_chain *chain,
                       struct seal_arc *arc);

#endif
