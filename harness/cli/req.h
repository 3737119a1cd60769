/* What the verbs about clauses share: the registry that is in use, and who names its clauses. */
#ifndef HARNESS_CLI_REQ_H
#define HARNESS_CLI_REQ_H

#include "base/args.h"
#include "harness/scenario/read.h"
#include "reports/clause.h"
#include "reports/registry.h"

/* Where the registry is: as told, else $ASSAY_CLAUSES, ./vectors/clauses, and beside the program.
   ERR_IO: nowhere. */
err req_folder(const char *told, struct arena *arena, const char **folder) MUST_CHECK;
/* Reads it and tells mistakes on standard error; an exit status. */
int req_open(const char *told, struct arena *arena, struct registry *r);
/* The same of the one that is here; there may be none. */
int req_open_if_there(struct arena *arena, struct registry *r);

/* One naming of a clause by a scenario file; line 0: in its header. */
struct req_cite {
    const char *id;
    const char *file;
    unsigned line;
    const char *title;
};
typedef VEC(struct req_cite) req_cites;

/* Of all cases in set: sorted by id, file and line, each naming once. */
void req_cites_of(const struct scenario_set *set, struct arena *arena, req_cites *cites);
/* The first naming of id, or NULL; others follow it. *count says how many. */
const struct req_cite *req_cites_find(const req_cites *cites, const char *id, size_t *count);

/* Reports read back, each with its verdicts by target. */
struct req_verdict {
    const char *id;
    const char *target;
    enum clause_verdict verdict;
    const char *first_case;
    size_t cases;
};
typedef VEC(struct req_verdict) req_verdicts;
struct req_reports {
    VEC(struct report) reports;
    req_verdicts verdicts; /* sorted by id, then target */
};
err req_reports_read(const struct args_texts *files, struct arena *arena,
                     struct req_reports *r) MUST_CHECK;
/* The first verdict about id, or NULL; others follow it. */
const struct req_verdict *req_verdicts_find(const req_verdicts *all, const char *id, size_t *count);

struct req_options {
    const char *clauses, *source, *party, *level, *status, *rfc;
    struct args_texts reports;
    bool missing;
    struct args_texts rest;
    /* made of them */
    enum registry_level level_wanted;
    enum registry_standing standing_wanted;
};
bool req_wanted(const struct req_options *o, const struct registry_row *row);

/* The verbs behind `req`. */
int req_show(const struct req_options *o, const struct registry *r, struct arena *arena);
int req_coverage(const struct req_options *o, const struct registry *r, struct arena *arena);
int req_check(const struct req_options *o, const struct registry *r, struct arena *arena);

/* Sentences of an RFC's text as check knows them: page breaks taken out, white space folded, cut
   behind . ? ! and at blank lines. Digests, 64 hexadecimal digits each. Text lives in arena. */
void req_sentences(span text, struct arena *arena, texts *digests);

#endif
