/* A gate that counts half of a run as the whole, or two halves of different runs as one, is worse than
   none: so shards say what they are parts of, and everything that does not fit is refused by name. */
#include "reports/merge.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SHARDS_MOST = 65536 };

struct shard {
    uint64_t number, of;
};

static bool shard_parse(const char *text, struct shard *s)
{
    span number, of;
    return span_split(span_text(text), '/', &number, &of) && span_to_u64(number, &s->number) &&
           span_to_u64(of, &s->of) && s->number >= 1 && s->number <= s->of && s->of <= SHARDS_MOST;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static const char *or_none(const char *text)
{
    return text ? text : "none";
}

/* What all shards of a run have in common. */
static err check_same_run(const struct report_part *a, const struct report_part *b,
                          struct arena *arena)
{
    const struct report *x = &a->report, *y = &b->report;
    const struct {
        const char *what, *x, *y, *remedy;
    } rows[] = {
        {"run ids", x->run_id, y->run_id, "give all shards the same --run-id"},
        {"versions of assay", x->tool, y->tool, "run all shards with the same assay"},
        {"seeds", arena_printf(arena, "%" PRIu64, x->seed), arena_printf(arena, "%" PRIu64, y->seed),
         "run all shards with the same --seed"},
        {"selections", x->selection, y->selection,
         "run all shards with the same paths, targets and options"},
        {"isolations", x->isolation, y->isolation, "run all shards with the same --isolation"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* A shard that was given no case has not learnt its isolation. */
        bool idle = i == 4 && (x->cases.count == 0 || y->cases.count == 0);
        if (!same_text(rows[i].x, rows[i].y) && !idle) {
            return err_syntax(0, arena_printf(arena, "%s and %s are of different runs, by their %s "
                                                     "(%s and %s): %s",
                                              a->name, b->name, rows[i].what, or_none(rows[i].x),
                                              or_none(rows[i].y), rows[i].remedy));
        }
    }
    return OK;
}

static err check_shards(const report_parts *parts, struct arena *arena)
{
    const struct report_part **seen = NULL;
    struct shard first = {1, 1};
    for (size_t i = 0; i < parts->count; i++) {
        const struct report_part *p = &parts->at[i];
        struct shard s = {1, 1};
        if (!p->report.shard && parts->count > 1) {
            return err_syntax(0, arena_printf(arena, "%s is a whole run, not a shard; give only what "
                                                     "`assay run --shard i/n` wrote", p->name));
        }
        if (p->report.shard && !shard_parse(p->report.shard, &s)) {
            return err_syntax(0, arena_printf(arena, "%s: run.shard is \"%.40s\", and should be i/n; "
                                                     "write the shard anew", p->name,
                                              p->report.shard));
        }
        first = i == 0 ? s : first;
        seen = seen ? seen : arena_take_array(arena, first.of, sizeof(const struct report_part *));
        if (s.of != first.of) {
            return err_syntax(0, arena_printf(arena, "%s is shard %s, %s is shard %s: shards of one "
                                                     "run have the same number behind the stroke",
                                              parts->at[0].name, parts->at[0].report.shard, p->name,
                                              p->report.shard));
        }
        if (seen[s.number - 1]) {
            return err_syntax(0, arena_printf(arena, "%s and %s are both shard %" PRIu64 "/%" PRIu64
                                                     "; give each shard once",
                                              seen[s.number - 1]->name, p->name, s.number, s.of));
        }
        seen[s.number - 1] = p;
    }
    for (uint64_t i = 0; i < first.of; i++) {
        if (!seen[i]) {
            return err_syntax(0, arena_printf(arena, "shard %" PRIu64 "/%" PRIu64 " is missing; give "
                                                     "its report too, or run it again with --shard "
                                                     "%" PRIu64 "/%" PRIu64,
                                              i + 1, first.of, i + 1, first.of));
        }
    }
    return OK;
}

static err add_targets(const struct report_part *p, struct arena *arena, struct report *whole)
{
    for (size_t i = 0; i < p->report.targets.count; i++) {
        const struct report_target *t = &p->report.targets.at[i];
        const struct report_target *have = report_target_find(whole, t->name);
        if (have && !same_text(have->version, t->version)) {
            return err_syntax(0, arena_printf(arena, "%s has target %s as \"%s\", an earlier shard as "
                                                     "\"%s\": run all shards against the same version",
                                              p->name, t->name, or_none(t->version),
                                              or_none(have->version)));
        }
        if (!have) {
            vec_add(arena, &whole->targets, *t);
        }
    }
    return OK;
}

/* By place; where that is not told, by target and id, so that the order of parts never shows. */
static int by_place(const void *a, const void *b)
{
    const struct report_case *x = a, *y = b;
    if (x->place != y->place) {
        return x->place < y->place ? -1 : 1;
    }
    return report_case_order(&x, &y);
}

static err check_cases(const struct report *whole, struct arena *arena)
{
    for (size_t i = 1; i < whole->cases.count; i++) {
        const struct report_case *a = &whole->cases.at[i - 1], *b = &whole->cases.at[i];
        if (report_case_order(&a, &b) == 0 || (a->place == b->place && a->place != 0)) {
            return err_syntax(0, arena_printf(arena, "%s on %s and %s on %s stand in the same place "
                                                     "of the run: these are no shards of one; run "
                                                     "all of them again",
                                              a->id, a->target, b->id, b->target));
        }
    }
    return OK;
}

struct placed_target {
    struct report_target target;
    size_t first;
};

static int by_first(const void *a, const void *b)
{
    const struct placed_target *x = a, *y = b;
    if (x->first != y->first) {
        return x->first < y->first ? -1 : 1;
    }
    return strcmp(x->target.name, y->target.name);
}

void report_targets_order(struct report *r, struct arena *arena)
{
    size_t n = r->targets.count;
    struct placed_target *placed = arena_take_array(arena, n + 1, sizeof *placed);
    for (size_t i = 0; i < n; i++) {
        placed[i] = (struct placed_target){r->targets.at[i], r->cases.count};
        for (size_t k = r->cases.count; k > 0; k--) {
            if (strcmp(r->cases.at[k - 1].target, r->targets.at[i].name) == 0) {
                placed[i].first = k - 1;
            }
        }
    }
    if (n > 1) {
        qsort(placed, n, sizeof *placed, by_first);
    }
    for (size_t i = 0; i < n; i++) {
        r->targets.at[i] = placed[i].target;
    }
}

err report_merge(const report_parts *parts, struct arena *arena, struct report *whole)
{
    *whole = (struct report){.complete = true};
    if (parts->count == 0) {
        return err_syntax(0, "no report was given; name the report.json of each shard");
    }
    TRY(check_shards(parts, arena));
    for (size_t i = 0; i < parts->count; i++) {
        const struct report *r = &parts->at[i].report;
        TRY(check_same_run(&parts->at[0], &parts->at[i], arena));
        TRY(add_targets(&parts->at[i], arena, whole));
        for (size_t k = 0; k < r->cases.count; k++) {
            vec_add(arena, &whole->cases, r->cases.at[k]);
        }
        whole->complete = whole->complete && r->complete;
        whole->started = i == 0 || r->started < whole->started ? r->started : whole->started;
        whole->isolation = whole->isolation ? whole->isolation : r->isolation;
    }
    whole->tool = parts->at[0].report.tool;
    whole->seed = parts->at[0].report.seed;
    whole->run_id = parts->at[0].report.run_id;
    whole->selection = parts->at[0].report.selection;
    if (whole->cases.count > 1) {
        qsort(whole->cases.at, whole->cases.count, sizeof *whole->cases.at, by_place);
    }
    report_targets_order(whole, arena);
    return check_cases(whole, arena);
}
