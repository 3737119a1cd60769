/* A failing case made small, for the verbs that find such cases. */
#ifndef HARNESS_CLI_REDUCE_H
#define HARNESS_CLI_REDUCE_H

#include "harness/cli/lab.h"
#include "harness/cli/way.h"

struct reduction {
    struct lab *lab;
    struct lab *good; /* a target on which what comes out must pass, or NULL */
    millis patience;  /* as the caller was told; 0: as suits */
    uint64_t tries;  /* at most */
    bool progress;   /* on standard error, a line */
    /* filled in */
    struct way way;  /* in which the text fails; text NULL: it does not */
    const char *why; /* one line: how it ended when it was first played */
    enum state state;
    bool stopped;    /* by a signal; best is what was found until then */
    span best;
    size_t asked;
};

/* The case that text (flat) makes. An err is of the target, as of lab_try. */
err reduce_text(struct reduction *r, span text, struct arena *arena) MUST_CHECK;
/* A comment that says what was cut. */
void reduce_note(const struct reduction *r, span text, const char *from, const char *target,
                 struct arena *arena, struct buf *out);

#endif
