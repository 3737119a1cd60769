/* What changed from one run to another, case by case and clause by clause, and since which version of
   the target. Cases are matched by target and id. */
#ifndef REPORTS_COMPARE_H
#define REPORTS_COMPARE_H

#include "base/buf.h"
#include "reports/clause.h"
#include "reports/merge.h"
#include "reports/model.h"

enum change {
    CHANGE_NONE,
    CHANGE_WORSE,    /* stops the gate now, and did not, or not as badly */
    CHANGE_REASON,   /* fails as before, for another reason */
    CHANGE_ACCEPTED, /* fails now, as the baseline says */
    CHANGE_MENDED,   /* passes now */
    CHANGE_UNSHOWN,  /* skipped or inconclusive now: what it showed is not shown any more */
    CHANGE_SHOWN,    /* the other way */
    CHANGE_OTHER,    /* not worse: fail to warn, xfail to fail under another name */
    CHANGE_NEW,      /* there was no such case, and it does not stop the gate */
    CHANGE_GONE,
    CHANGE_COUNT
};

/* was NULL: no such case then; is NULL: none now. strict: warn and inconclusive stop. */
enum change report_case_change(const struct report_case *was, const struct report_case *is,
                               bool strict);

struct report_change {
    enum change kind;
    const struct report_case *was, *is; /* in the first and in the last report, or NULL */
    size_t since; /* the first report from which on it is as in the last */
};
struct report_clause_change {
    const char *id;
    const char *target;
    enum clause_verdict was, is;
    size_t since;
};
struct report_comparison {
    VEC(struct report_change) cases; /* by kind, target, id; none that are CHANGE_NONE */
    VEC(struct report_clause_change) clauses;
    size_t both; /* cases that stand in the first and in the last */
};

/* parts: two or more, in the order in which they were made; borrowed. */
void report_compare(const report_parts *parts, bool strict, struct arena *arena,
                    struct report_comparison *c);
bool report_got_worse(const struct report_comparison *c);
/* For people. */
void report_compare_put(const report_parts *parts, const struct report_comparison *c,
                        struct buf *out);
/* Marks the cases of `now` that are not worse than in `before` as known (model.h). */
void report_mark_known(const struct report *before, bool strict, struct arena *arena,
                       struct report *now);

#endif
