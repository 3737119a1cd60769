/* Expects against what was seen and left behind. */
#ifndef HARNESS_JUDGE_JUDGE_H
#define HARNESS_JUDGE_JUDGE_H

#include "harness/observe/observation.h"
#include "harness/scenario/model.h"
#include "harness/scenario/pattern.h"
#include "harness/transcript/transcript.h"

struct judgement {
    const struct expect *expect;
    bool ok;
    const char *skipped; /* "surface", or NULL */
    const char *wanted;
    const char *got;
    const char *detail; /* side by side for people, or NULL */
    bool gave_up;       /* a pattern met its limits: ok says nothing, the check is inconclusive */
};
typedef VEC(struct judgement) judgements;

/* Judges every expect whose labels were taken. labels: the alternatives that the play took. */
void judge_expects(const struct scenario *s, const struct transcript *t,
                   const struct observation *seen, const texts *labels, struct bindings *b,
                   struct arena *arena, judgements *out);

#endif
