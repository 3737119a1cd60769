/* Who names a clause: scenarios in their headers and lines, and reports of runs by their verdicts.
   Both are told by id, so both are sorted by it. */
#include "harness/cli/req.h"

#include "base/file.h"

#include "reports/formats.h"

#include <stdlib.h>

#define REPORT_CEILING ((size_t)1 << 30)

/* ---- scenarios ---- */

struct gathering {
    const struct scenario *s;
    struct arena *arena;
    req_cites *cites;
};

static void add_ids(const struct gathering *g, const texts *ids, const struct place *place)
{
    for (size_t i = 0; i < ids->count; i++) {
        const char *file = place && place->file ? place->file : g->s->path;
        *vec_push(g->arena, g->cites) = (struct req_cite){
            ids->at[i], file, place ? place->line : 0, g->s->title};
    }
}

static void add_steps(const struct gathering *g, const steps *play)
{
    for (size_t i = 0; i < play->count; i++) {
        const struct step *step = &play->at[i];
        add_ids(g, &step->notes.reqs, &step->place);
        for (size_t b = 0; b < step->branches.count; b++) {
            add_steps(g, &step->branches.at[b].play);
        }
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
        struct gathering g = {s, arena, cites};
        add_ids(&g, &s->reqs, NULL);
        for (size_t k = 0; k < s->blocks.count; k++) {
            add_steps(&g, &s->blocks.at[k].play);
        }
        for (size_t k = 0; k < s->expects.count; k++) {
            add_ids(&g, &s->expects.at[k].notes.reqs, &s->expects.at[k].place);
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

const struct req_cite *req_cites_find(const req_cites *cites, const char *id, size_t *count)
{
    const struct req_cite *first = NULL;
    *count = 0;
    for (size_t i = 0; i < cites->count; i++) {
        if (strcmp(cites->at[i].id, id) == 0) {
            first = first ? first : &cites->at[i];
            (*count)++;
        }
    }
    return first;
}

/* ---- reports ---- */

static int by_verdict(const void *a, const void *b)
{
    const struct req_verdict *x = a;
    const struct req_verdict *y = b;
    int order = strcmp(x->id, y->id);
    return order ? order : strcmp(x->target, y->target);
}

static err read_one(const char *path, struct arena *arena, struct report *r)
{
    span text;
    TRY(err_in(file_read(path, REPORT_CEILING, arena, &text), arena, "--report %s", path));
    err e = span_ends(span_text(path), SPAN(".jsonl")) ? report_read_lines(text, arena, r)
                                                       : report_read(text, arena, r);
    return err_in(e, arena, "--report %s", path);
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
        TRY(read_one(files->at[i], arena, &one));
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
    const struct req_verdict *first = NULL;
    *count = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->at[i].id, id) == 0) {
            first = first ? first : &all->at[i];
            (*count)++;
        }
    }
    return first;
}
