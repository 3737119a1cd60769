/* One play as `assay fuzz` sees it: lines that are the same whenever the same happened, and the comparison of two. */
#ifndef HARNESS_CLI_FUZZ_SEE_H
#define HARNESS_CLI_FUZZ_SEE_H

#include "harness/case/case.h"

/* Into out: "= ACTOR N VERB CODE" for each answer, "= ACTOR N closed"; "! FAULT" for what no server may do;
   "? VERB" for what was owed at the end; then "--" and the wire as a scenario. */
void fuzz_see(const struct case_seen *seen, struct buf *out);

/* Answers that the RFCs leave to a server, so that two may differ. '*' is any class, 'c' a close, 'l' 421. */
struct fuzz_benign {
    const char *verb;
    char one, other;
    const char *because;
};
extern const struct fuzz_benign fuzz_benign[];
extern const size_t fuzz_benign_count;

struct fuzz_difference {
    span verb;
    span one, other; /* codes, or "closed" */
    size_t benign; /* the row that allows it, or fuzz_benign_count */
};
/* The first answer in which two plays differ: behind it they are in different states. False: none. */
bool fuzz_compare(span one, span other, struct fuzz_difference *d);

#endif
