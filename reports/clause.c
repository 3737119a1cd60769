/* A run is told in cases, but a person asks about clauses of an RFC. Verdicts are computed here
   once, so that every form says the same of a clause. */
#include "reports/clause.h"

#include "base/check.h"
#include "base/rows.h"

#include <stdlib.h>
#include <string.h>

/* One naming of a clause: by a check or by a case as a whole. */
struct naming {
    const char *clause;
    size_t order; /* of the case in the run: keeps cases in that order below a clause */
    const char *id;
    enum clause_verdict verdict;
};
typedef VEC(struct naming) namings;

const char *clause_verdict_name(enum clause_verdict v)
{
    static const char *const names[CLAUSE_VERDICT_COUNT] = {
        [CLAUSE_NOT_EXERCISED] = "not-exercised",
        [CLAUSE_MET] = "met",
        [CLAUSE_NOT_MET] = "not-met",
    };
    CHECK(v < CLAUSE_VERDICT_COUNT);
    return names[v];
}

static enum clause_verdict shown_by_state(enum state s)
{
    static const enum clause_verdict shown[STATE_COUNT] = {
        [STATE_PASS] = CLAUSE_MET,
        [STATE_WARN] = CLAUSE_NOT_MET,
        [STATE_FAIL] = CLAUSE_NOT_MET,
        [STATE_XFAIL] = CLAUSE_NOT_MET,
        [STATE_XPASS] = CLAUSE_MET,
        [STATE_XDIFF] = CLAUSE_NOT_MET,
        [STATE_SKIP] = CLAUSE_NOT_EXERCISED,
        [STATE_INCONCLUSIVE] = CLAUSE_NOT_EXERCISED,
        [STATE_FLAKY] = CLAUSE_NOT_EXERCISED,
        [STATE_ERROR] = CLAUSE_NOT_EXERCISED,
        [STATE_CRASH] = CLAUSE_NOT_MET,
    };
    return shown[s];
}

/* The case warns, or did before a baseline renamed its state, and every check that failed names the
   clauses that it refutes: those of the case as a whole are not among them, and since the play ended
   there, they were not shown either. */
static bool refutes_only_named(const struct report_case *c)
{
    bool listed = c->state == STATE_XFAIL || c->state == STATE_XDIFF;
    if (c->state != STATE_WARN && !listed) {
        return false;
    }
    size_t refuted = 0;
    for (size_t i = 0; i < c->checks.count; i++) {
        const struct report_check *check = &c->checks.at[i];
        bool failed_here = report_check_refuted(check);
        bool must = listed && (!check->level || strcmp(check->level, "MUST") == 0);
        if (failed_here && (must || check->reqs.count == 0)) {
            return false;
        }
        refuted += failed_here;
    }
    return refuted > 0;
}

static void collect(const struct report_case *c, size_t order, struct arena *arena, namings *all)
{
    enum clause_verdict whole =
        refutes_only_named(c) ? CLAUSE_NOT_EXERCISED : shown_by_state(c->state);
    for (size_t i = 0; i < c->reqs.count; i++) {
        vec_add(arena, all, ((struct naming){c->reqs.at[i], order, c->id, whole}));
    }
    for (size_t i = 0; i < c->checks.count; i++) {
        const struct report_check *check = &c->checks.at[i];
        enum clause_verdict shown = check->ok ? CLAUSE_MET : CLAUSE_NOT_MET;
        if (check->skipped || c->state == STATE_ERROR || c->state == STATE_INCONCLUSIVE) {
            shown = CLAUSE_NOT_EXERCISED;
        }
        for (size_t k = 0; k < check->reqs.count; k++) {
            vec_add(arena, all, ((struct naming){check->reqs.at[k], order, c->id, shown}));
        }
    }
}

static void add_all(struct arena *arena, report_texts *ids, const report_texts *more)
{
    for (size_t i = 0; i < more->count; i++) {
        (void)report_texts_add(arena, ids, more->at[i]);
    }
}

void report_case_clauses(const struct report_case *c, struct arena *arena, report_texts *ids)
{
    *ids = (report_texts){0};
    for (size_t i = 0; i < c->checks.count; i++) {
        const struct report_check *check = &c->checks.at[i];
        if (report_check_refuted(check)) {
            add_all(arena, ids, &check->reqs);
        }
    }
    if (ids->count == 0) {
        add_all(arena, ids, &c->reqs);
    }
}

static int by_clause(const void *a, const void *b)
{
    const struct naming *x = a;
    const struct naming *y = b;
    int order = strcmp(x->clause, y->clause);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

void report_clauses_judge(const struct report *r, const char *target, struct arena *arena,
                          report_clauses *clauses)
{
    namings all = {0};
    *clauses = (report_clauses){0};
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        if (report_case_is_on(c, target)) {
            collect(c, i, arena, &all);
        }
    }
    if (all.count > 1) {
        qsort(all.at, all.count, sizeof *all.at, by_clause);
    }
    for (size_t i = 0; i < all.count; i++) {
        const struct naming *n = &all.at[i];
        bool same = i > 0 && strcmp(all.at[i - 1].clause, n->clause) == 0;
        if (!same) {
            vec_push(arena, clauses)->id = n->clause;
        }
        struct report_clause *clause = &clauses->at[clauses->count - 1];
        if (n->verdict > clause->verdict) {
            clause->verdict = n->verdict;
        }
        if (!same || all.at[i - 1].order != n->order) {
            vec_add(arena, &clause->cases, n->id);
        }
    }
}

enum clause_verdict report_clause_verdict(const report_clauses *clauses, const char *id)
{
    const struct report_clause *found = rows_find(clauses->at, clauses->count, sizeof *clauses->at, span_text(id));
    return found ? found->verdict : CLAUSE_NOT_EXERCISED;
}
