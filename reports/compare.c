/* Two runs are compared by what the gate would say of each case, not by their texts: what stops it now
   and did not before is worse, and nothing else is. */
#include "reports/compare.h"

#include "base/check.h"
#include "reports/spell.h"

#include <stdlib.h>

/* How bad a state is among those that stop the gate. */
static const int ranks[STATE_COUNT] = {
    [STATE_WARN] = 1,  [STATE_INCONCLUSIVE] = 1, [STATE_FLAKY] = 2, [STATE_FAIL] = 3,
    [STATE_XDIFF] = 3, [STATE_ERROR] = 4,        [STATE_CRASH] = 5,
};

static bool is_good(enum state s)
{
    return s == STATE_PASS || s == STATE_XPASS;
}

static bool is_worse(const struct report_case *was, const struct report_case *is, bool strict)
{
    /* A case that passes against the baseline is a matter of the baseline. */
    if (!state_stops(is->state, strict) || is->state == STATE_XPASS) {
        return false;
    }
    return !was || (was->state != is->state &&
                    (!state_stops(was->state, strict) || state_shows_nothing(was->state) ||
                     is_good(was->state) || ranks[is->state] > ranks[was->state]));
}

static bool same_reason(const struct report_case *a, const struct report_case *b)
{
    return strcmp(a->reason ? a->reason : "", b->reason ? b->reason : "") == 0;
}

enum change report_case_change(const struct report_case *was, const struct report_case *is,
                               bool strict)
{
    if (!is) {
        return was ? CHANGE_GONE : CHANGE_NONE;
    }
    if (is_worse(was, is, strict)) {
        return CHANGE_WORSE;
    }
    if (!was) {
        return CHANGE_NEW;
    }
    if (was->state == is->state) {
        return is_good(is->state) || same_reason(was, is) ? CHANGE_NONE : CHANGE_REASON;
    }
    if (is_good(is->state)) {
        return is_good(was->state)               ? CHANGE_OTHER
               : state_shows_nothing(was->state) ? CHANGE_SHOWN
                                                 : CHANGE_MENDED;
    }
    if (state_shows_nothing(is->state)) {
        return state_shows_nothing(was->state) ? CHANGE_OTHER : CHANGE_UNSHOWN;
    }
    return is->state == STATE_XFAIL ? CHANGE_ACCEPTED : CHANGE_OTHER;
}

/* ---- finding cases ---- */

static const struct report_case *index_find(const report_case_index *index, const struct report_case *key)
{
    const struct report_case *const *found =
        index->count ? bsearch(&key, index->at, index->count, sizeof *index->at, report_case_order) : NULL;
    return found ? *found : NULL;
}

/* ---- cases ---- */

static bool same_case(const struct report_case *a, const struct report_case *b)
{
    return a && b ? a->state == b->state : a == b;
}

static void add_change(const report_case_index *all, size_t count, const struct report_case *key,
                       bool strict, struct arena *arena, struct report_comparison *c)
{
    const struct report_case *was = index_find(&all[0], key);
    const struct report_case *is = index_find(&all[count - 1], key);
    enum change kind = report_case_change(was, is, strict);
    c->both += was && is;
    if (kind == CHANGE_NONE) {
        return;
    }
    size_t since = count - 1;
    while (since > 1 && same_case(index_find(&all[since - 1], key), is)) {
        since--;
    }
    *vec_push(arena, &c->cases) = (struct report_change){kind, was, is, since};
}

static int by_kind(const void *a, const void *b)
{
    const struct report_change *x = a, *y = b;
    const struct report_case *p = x->is ? x->is : x->was, *q = y->is ? y->is : y->was;
    return x->kind != y->kind ? (int)x->kind - (int)y->kind : report_case_order(&p, &q);
}

/* ---- clauses ---- */

struct clause_table {
    const char *target;
    report_clauses *of; /* one for each report */
};

static void add_clause(const struct clause_table *t, size_t count, const char *id,
                       struct arena *arena, struct report_comparison *c)
{
    enum clause_verdict was = report_clause_verdict(&t->of[0], id);
    enum clause_verdict is = report_clause_verdict(&t->of[count - 1], id);
    if (was == is) {
        return;
    }
    size_t since = count - 1;
    while (since > 1 && report_clause_verdict(&t->of[since - 1], id) == is) {
        since--;
    }
    *vec_push(arena, &c->clauses) = (struct report_clause_change){id, t->target, was, is, since};
}

static void compare_clauses(const report_parts *parts, const char *target, struct arena *arena,
                            struct report_comparison *c)
{
    struct clause_table t = {target, arena_take_array(arena, parts->count, sizeof(report_clauses))};
    for (size_t i = 0; i < parts->count; i++) {
        report_clauses_judge(&parts->at[i].report, target, arena, &t.of[i]);
    }
    const report_clauses *first = &t.of[0], *last = &t.of[parts->count - 1];
    size_t a = 0, b = 0;
    while (a < first->count || b < last->count) {
        int order = a == first->count  ? 1
                    : b == last->count ? -1
                                       : strcmp(first->at[a].id, last->at[b].id);
        add_clause(&t, parts->count, order <= 0 ? first->at[a].id : last->at[b].id, arena, c);
        a += order <= 0;
        b += order >= 0;
    }
}

/* ---- the whole ---- */

/* Targets of the index, each once: it is sorted by them. */
static bool is_next_target(const report_case_index *index, size_t i)
{
    return i == 0 || strcmp(index->at[i - 1]->target, index->at[i]->target) != 0;
}

void report_compare(const report_parts *parts, bool strict, struct arena *arena,
                    struct report_comparison *c)
{
    CHECK(parts->count >= 2);
    report_case_index *all = arena_take_array(arena, parts->count, sizeof *all);
    *c = (struct report_comparison){0};
    for (size_t i = 0; i < parts->count; i++) {
        report_case_index_make(&parts->at[i].report, arena, &all[i]);
    }
    const report_case_index *first = &all[0], *last = &all[parts->count - 1];
    for (size_t i = 0; i < last->count; i++) {
        add_change(all, parts->count, last->at[i], strict, arena, c);
    }
    for (size_t i = 0; i < first->count; i++) {
        if (!index_find(last, first->at[i])) {
            add_change(all, parts->count, first->at[i], strict, arena, c);
        }
    }
    for (size_t i = 0; i < last->count; i++) {
        if (is_next_target(last, i)) {
            compare_clauses(parts, last->at[i]->target, arena, c);
        }
    }
    if (c->cases.count > 1) {
        qsort(c->cases.at, c->cases.count, sizeof *c->cases.at, by_kind);
    }
}

bool report_got_worse(const struct report_comparison *c)
{
    return c->cases.count > 0 && c->cases.at[0].kind == CHANGE_WORSE;
}

void report_mark_known(const struct report *before, bool strict, struct arena *arena,
                       struct report *now)
{
    report_case_index index;
    report_case_index_make(before, arena, &index);
    for (size_t i = 0; i < now->cases.count; i++) {
        struct report_case *is = &now->cases.at[i];
        const struct report_case *was = index_find(&index, is);
        is->known = state_stops(is->state, strict) &&
                    report_case_change(was, is, strict) != CHANGE_WORSE;
    }
}

/* ---- for people ---- */

static const char *const titles[CHANGE_COUNT] = {
    [CHANGE_WORSE] = "got worse",
    [CHANGE_REASON] = "fail as before, for another reason",
    [CHANGE_ACCEPTED] = "fail now, as the baseline says",
    [CHANGE_MENDED] = "mended",
    [CHANGE_UNSHOWN] = "not shown any more",
    [CHANGE_SHOWN] = "shown now",
    [CHANGE_OTHER] = "changed, and not worse",
    [CHANGE_NEW] = "new",
    [CHANGE_GONE] = "gone",
};

static const char *version_in(const struct report *r, const char *target)
{
    const struct report_target *t = report_target_find(r, target);
    return t ? t->version : NULL;
}

/* ", since Exim 4.97 (b/report.json)", and the end of the line. */
static void put_since(const report_parts *parts, size_t since, const char *target, struct buf *out)
{
    const char *version = version_in(&parts->at[since].report, target);
    const char *name = parts->at[since].name;
    if (version) {
        spell_line_printf(out, ", since %s (%s)\n", version, name);
    } else {
        spell_line_printf(out, ", since %s\n", name);
    }
}

static void put_why(const struct report_change *change, struct buf *out)
{
    struct arena *arena = arena_new();
    const struct report_case *c = change->is;
    if (c->reason) {
        spell_line_printf(out, "      %s\n", c->reason);
    }
    if (change->kind == CHANGE_REASON && change->was->reason) {
        spell_line_printf(out, "      before: %s\n", change->was->reason);
    }
    report_texts ids;
    report_case_clauses(c, arena, &ids);
    for (size_t i = 0; change->kind == CHANGE_WORSE && i < ids.count; i++) {
        spell_line_printf(out, "%s%s", i == 0 ? "      by " : " ", ids.at[i]);
        buf_put_text(out, i + 1 == ids.count ? "\n" : "");
    }
    arena_free(arena);
}

static void put_change(const report_parts *parts, const struct report_change *change,
                       struct buf *out)
{
    const struct report_case *c = change->is ? change->is : change->was;
    spell_line_printf(out, "  %s on %s: %s -> %s", c->id, c->target,
                      change->was ? state_name(change->was->state) : "no such case",
                      change->is ? state_name(change->is->state) : "no such case");
    put_since(parts, change->since, c->target, out);
    if (change->is && !is_good(c->state)) {
        put_why(change, out);
    }
}

static void put_versions(const report_parts *parts, struct buf *out)
{
    const struct report *last = &parts->at[parts->count - 1].report;
    for (size_t t = 0; t < last->targets.count; t++) {
        const char *name = last->targets.at[t].name;
        spell_line_printf(out, "%s", name);
        for (size_t i = 0; i < parts->count; i++) {
            const char *version = version_in(&parts->at[i].report, name);
            spell_line_printf(out, "%s%s", i == 0 ? ": " : " -> ", version ? version : "none");
        }
        buf_put_byte(out, '\n');
    }
}

void report_compare_put(const report_parts *parts, const struct report_comparison *c,
                        struct buf *out)
{
    size_t worse = 0;
    put_versions(parts, out);
    for (size_t i = 0; i < c->cases.count; i++) {
        const struct report_change *change = &c->cases.at[i];
        if (i == 0 || c->cases.at[i - 1].kind != change->kind) {
            buf_printf(out, "\n%s:\n", titles[change->kind]);
        }
        put_change(parts, change, out);
        worse += change->kind == CHANGE_WORSE;
    }
    for (size_t i = 0; i < c->clauses.count; i++) {
        const struct report_clause_change *clause = &c->clauses.at[i];
        buf_put_text(out, i == 0 ? "\nclauses:\n" : "");
        spell_line_printf(out, "  %s on %s: %s -> %s", clause->id, clause->target,
                          clause_verdict_name(clause->was), clause_verdict_name(clause->is));
        put_since(parts, clause->since, clause->target, out);
    }
    buf_printf(out, "\n%zu cases in both, %zu differ, %zu got worse\n", c->both, c->cases.count,
               worse);
}
