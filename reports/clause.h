/* What a run showed about each clause that its cases and checks name. */
#ifndef REPORTS_CLAUSE_H
#define REPORTS_CLAUSE_H

#include "reports/model.h"

enum clause_verdict { CLAUSE_NOT_EXERCISED, CLAUSE_MET, CLAUSE_NOT_MET, CLAUSE_VERDICT_COUNT };
/* "not-exercised", "met", "not-met" */
const char *clause_verdict_name(enum clause_verdict v);

struct report_clause {
    const char *id; /* first: rows_find reads it */
    enum clause_verdict verdict;
    report_texts cases; /* of the cases that name it, each once */
};
typedef VEC(struct report_clause) report_clauses;

/* Sorted by id. target: only its cases, or NULL for all. A clause that a check names is judged by
   that check; one that a case names as a whole, by the case. One refutation outweighs any number of
   cases that met it; skipped, inconclusive and broken cases show nothing. */
void report_clauses_judge(const struct report *r, const char *target, struct arena *arena,
                          report_clauses *clauses);
/* Of clauses as judge sorts them; not-exercised if id is not among them. */
enum clause_verdict report_clause_verdict(const report_clauses *clauses, const char *id);

/* What a case that is not pass refutes, each clause once: those of the checks that do not hold, or,
   where these name none, those of the case as a whole. */
void report_case_clauses(const struct report_case *c, struct arena *arena, report_texts *ids);

#endif
