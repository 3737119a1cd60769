/* Who names a clause: scenarios in their headers and lines, and reports of runs by their verdicts.
   Both are told by id, so both are sorted by it. */
#include "harness/cli/req.h"

#include "base/rows.h"
#include "harness/cli/frame.h"

#include <stdlib.h>

/* ---- scenarios ---- */

/* place NULL: in the header. */
static void add_ids(const struct scenario *s, const texts *ids, const struct place *place, struct arena *arena,
                    req_cites *cites)
{
    for (size_t i = 0; i < ids->count; i++) {
        const char *file = place && place->file ? place->file : s->path;
        *vec_push(arena, cites) = (struct req_cite){ids->at[i], file, place ? place->line : 0, s->title};
    }
}

static int by_cite(const void *a, const void *b)
{
    const struct req_cite *x = a;
    const struct req_cite *y = b;
    int order = strcmp(x->id, y->id);
    order = order ? order : strcmp(x->file, y->file);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

void req_cites_of(const struct scenario_set *set, struct arena *arena, req_cites *cites)
{
    size_t kept = 0;
    *cites = (req_cites){0};
    for (size_t i = 0; i < set->cases.count; i++) {
        const struct scenario *s = set->cases.at[i];
        noted_list noted = {0};
        add_ids(s, &s->reqs, NULL, arena, cites);
        scenario_notes(s, arena, &noted);
        for (size_t k = 0; k < noted.count; k++) {
            add_ids(s, &noted.at[k].notes->reqs, &noted.at[k].place, arena, cites);
        }
    }
    if (cites->count > 1) {
        qsort(cites->at, cites->count, sizeof *cites->at, by_cite);
    }
    for (size_t i = 0; i < cites->count; i++) {
        if (kept == 0 || by_cite(&cites->at[kept - 1], &cites->at[i]) != 0) {
            cites->at[kept++] = cites->at[i];
        }
    }
    cites->count = kept;
}

/* Of rows that are sorted by the id that they begin with. */
static const void *find_id(const void *rows, size_t all, size_t size, const char *id, size_t *count)
{
    const void *first = rows_scan(rows, all, size, span_text(id));
    const char *row = first;
    *count = 0;
    for (; row && row < (const char *)rows + all * size && strcmp(*(const char *const *)(const void *)row, id) == 0;
         row += size) {
        (*count)++;
    }
    return first;
}

const struct req_cite *req_cites_find(const req_cites *cites, const char *id, size_t *count)
{
    return find_id(cites->at, cites->count, sizeof *cites->at, id, count);
}

/* ---- reports ---- */

static int by_verdict(const void *a, const void *b)
{
    const struct req_verdict *x = a;
    const struct req_verdict *y = b;
    int order = strcmp(x->id, y->id);
    return order ? order : strcmp(x->target, y->target);
}

static void add_verdicts(const struct report *r, struct arena *arena, req_verdicts *all)
{
    for (size_t t = 0; t < r->targets.count; t++) {
        report_clauses judged;
        report_clauses_judge(r, r->targets.at[t].name, arena, &judged);
        for (size_t i = 0; i < judged.count; i++) {
            const struct report_clause *c = &judged.at[i];
            *vec_push(arena, all) = (struct req_verdict){
                c->id, r->targets.at[t].name, c->verdict,
                c->cases.count ? c->cases.at[0] : NULL, c->cases.count};
        }
    }
}

err req_reports_read(const struct args_texts *files, struct arena *arena, struct req_reports *r)
{
    *r = (struct req_reports){0};
    for (size_t i = 0; i < files->count; i++) {
        struct report one;
        TRY(err_in(frame_report_read(files->at[i], arena, &one), arena, "--report"));
        vec_add(arena, &r->reports, one);
        add_verdicts(&one, arena, &r->verdicts);
    }
    if (r->verdicts.count > 1) {
        qsort(r->verdicts.at, r->verdicts.count, sizeof *r->verdicts.at, by_verdict);
    }
    return OK;
}

const struct req_verdict *req_verdicts_find(const req_verdicts *all, const char *id, size_t *count)
{
    return find_id(all->at, all->count, sizeof *all->at, id, count);
}
