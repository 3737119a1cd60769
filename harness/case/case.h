/* One case on one target, from readiness to a line of the report. */
#ifndef HARNESS_CASE_CASE_H
#define HARNESS_CASE_CASE_H

#include "harness/actor/play.h"
#include "harness/case/capture.h"
#include "harness/judge/judge.h"
#include "harness/target/target.h"
#include "reports/registry.h"

enum keep { KEEP_FAIL, KEEP_ALL, KEEP_NONE };

/* What a case left to look at. */
struct case_seen {
    const struct scenario *scenario;
    const struct transcript *transcript;
    const struct observation *observation; /* of what the target left behind; empty without a target */
};

struct pair;

struct case_stage {
    struct target *target;
    struct pair *pair; /* target is its sender; NULL: there is one target (harness/case/pair.h) */
    const char *target_name;
    struct capture *capture; /* or NULL */
    const char *no_capture;  /* why there is none, or NULL */
    const char *ca;          /* folder of the test certificates; NULL: it is looked for */
    const char *out;         /* folder of the report; evidence goes below it. NULL: keep nothing */
    enum keep keep;
    millis timeout;
    const struct play_courtesy *courtesy; /* towards host:port, or NULL */
    millis patience;         /* with a target that sleeps; 0: what its description says */
    uint64_t seed;
    bool owned;              /* the command that repeats says so */
    const char *again;       /* the command that repeats a case, without --only; NULL: assay run */
    const struct registry *registry; /* what clauses weigh; NULL: all as MUST */
    /* Is shown what was seen when the case is judged; NULL: nobody. */
    void (*seen)(void *viewer, const struct case_seen *seen);
    void *viewer;
};

/* number: the case's place in the whole selection, for its evidence folder. rc: as case_describe makes it;
   text in it lives in arena. */
void case_run(const struct case_stage *stage, const struct scenario *s, size_t number,
              struct arena *arena, struct report_case *rc);
/* NULL, or why the case cannot run: "unsupported: early". */
const char *case_lacks(const struct case_stage *stage, const struct scenario *s,
                       struct arena *arena);
/* Only what a report says of a case that did not run. */
void case_describe(const struct case_stage *stage, const struct scenario *s, struct arena *arena,
                   struct report_case *rc);

#endif
