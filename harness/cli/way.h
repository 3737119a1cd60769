/* In which way a case fails: what two failures must have in common to be the same one (docs/reduce.md). */
#ifndef HARNESS_CLI_WAY_H
#define HARNESS_CLI_WAY_H

#include "base/arena.h"
#include "reports/model.h"

struct way {
    const char *text; /* equal texts: the same way; NULL: it does not fail */
    bool timed;       /* time had a part in it: it counts when it comes twice */
    span clauses;     /* of the check, separated by blanks, or of the case */
};

/* Lives in arena; rc may go. */
struct way way_of(const struct report_case *rc, struct arena *arena);
bool way_same(const struct way *a, const struct way *b);

#endif
