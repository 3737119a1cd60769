/* The form for a person at a terminal. A line for each case as it ends; below it, where it is not
   pass, what a reader needs to go on: the reason, the checks that failed with their place in the
   scenario, both sides next to each other, the files, and the command that repeats it. The end says
   again what stops the gate, since the beginning has scrolled away by then. */
#include "reports/writers.h"

#include "reports/clause.h"
#include "reports/matrix.h"
#include "reports/spell.h"
#include "reports/when.h"

static const char *const colours[STATE_COUNT] = {
    [STATE_PASS] = "32",  [STATE_WARN] = "33",         [STATE_FAIL] = "1;31",
    [STATE_XFAIL] = "36", [STATE_XPASS] = "1;31",      [STATE_XDIFF] = "1;31",
    [STATE_SKIP] = "2",   [STATE_INCONCLUSIVE] = "33", [STATE_FLAKY] = "1;31",
    [STATE_ERROR] = "35", [STATE_CRASH] = "1;35",
};

static void put_state(enum state s, bool colour, struct buf *out)
{
    if (colour) {
        buf_printf(out, "\033[%sm%-12s\033[0m", colours[s], state_name(s));
    } else {
        buf_printf(out, "%-12s", state_name(s));
    }
}

static void put_indented(const char *text, size_t columns, struct buf *out)
{
    span rest = span_text(text);
    span line;
    while (span_line(&rest, &line)) {
        buf_printf(out, "%*s", line.len ? (int)columns : 0, "");
        spell_terminal(line, out);
        buf_put_byte(out, '\n');
    }
}

static void put_named(const char *name, const char *text, struct buf *out)
{
    if (text) {
        spell_line_printf(out, "    %s%s\n", name, text);
    }
}

void report_text_begin(const struct report *r, struct report_style style, struct buf *out)
{
    if (style.quiet) {
        return;
    }
    buf_printf(out, "assay %s, seed %llu, isolation %s, ", r->tool ? r->tool : "",
               (unsigned long long)r->seed, r->isolation ? r->isolation : "none");
    when_put(r->started, out);
    buf_put_byte(out, '\n');
    for (size_t i = 0; i < r->targets.count; i++) {
        const struct report_target *t = &r->targets.at[i];
        spell_line_printf(out, "target %s%s%s\n", t->name, t->version ? ": " : "", t->version);
        for (size_t m = 0; m < t->masks.count; m++) {
            put_named("masked: ", t->masks.at[m], out);
        }
    }
    buf_put_byte(out, '\n');
}

static void put_check(const struct report_case *c, const struct report_check *check,
                      struct buf *out)
{
    spell_line_printf(out, "    %s:%u: %s", report_case_file(c, check), check->line, check->kind);
    if (check->skipped) {
        bool surface = strcmp(check->skipped, "surface") == 0;
        spell_line_printf(out, ": skipped, %s%s", surface ? "the target has no such " : "",
                          check->skipped);
    } else {
        buf_put_text(out, check->ok ? ": holds" : ": does not hold");
    }
    if (check->level && report_check_refuted(check)) {
        spell_line_printf(out, ", %s", check->level);
    }
    for (size_t i = 0; i < check->reqs.count; i++) {
        spell_line_printf(out, "%s%s", i ? " " : " by ", check->reqs.at[i]);
    }
    buf_put_text(out, check->timed ? " (decided by time)\n" : "\n");
    if (report_check_refuted(check)) {
        put_named("  wanted: ", check->wanted, out);
        put_named("  got:    ", check->got, out);
    }
}

static void put_checks(const struct report_case *c, struct report_style style, struct buf *out)
{
    for (size_t i = 0; i < c->checks.count; i++) {
        const struct report_check *check = &c->checks.at[i];
        if (style.verbose || report_check_refuted(check)) {
            put_check(c, check, out);
        }
    }
}

static void put_details(const struct report_case *c, struct report_style style, struct buf *out)
{
    bool brief = c->state == STATE_PASS || c->state == STATE_SKIP;
    if (c->state != STATE_PASS) {
        put_named("", c->reason, out);
        put_named("because ", c->because, out);
    }
    if (!brief || style.verbose) {
        put_checks(c, style, out);
    }
    if (brief) {
        return;
    }
    if (c->detail) {
        put_indented(c->detail, 6, out);
    }
    for (size_t i = 0; i < c->evidence.count; i++) {
        spell_line_printf(out, "    %s: %s\n", c->evidence.at[i].kind, c->evidence.at[i].path);
    }
    put_named("again: ", c->again, out);
}

static void put_case_line(const struct report *r, const struct report_case *c, bool colour,
                          struct buf *out)
{
    put_state(c->state, colour, out);
    spell_line_printf(out, "  %s", c->id);
    if (r->targets.count > 1) {
        spell_line_printf(out, " on %s", c->target);
    }
}

void report_text_one(const struct report *r, const struct report_case *c, struct report_style style,
                     struct buf *out)
{
    if (style.quiet && !report_case_stops(c, style.strict)) {
        return;
    }
    put_case_line(r, c, style.colour, out);
    if (c->state != STATE_SKIP) {
        buf_printf(out, "  (%lld ms)", (long long)c->wall);
    }
    buf_put_text(out, c->known ? "  not worse than before" : "");
    buf_put_byte(out, '\n');
    put_details(c, style, out);
}

/* "clauses: 40 met, 1 not met, 3 not exercised", and the ids that are not met. */
static void put_clauses(const struct report *r, struct buf *out)
{
    struct arena *arena = arena_new();
    report_clauses clauses;
    report_clauses_judge(r, NULL, arena, &clauses);
    unsigned long of[CLAUSE_VERDICT_COUNT] = {0};
    for (size_t i = 0; i < clauses.count; i++) {
        of[clauses.at[i].verdict]++;
    }
    if (clauses.count != 0) {
        buf_printf(out, "clauses: %lu met, %lu not met, %lu not exercised\n", of[CLAUSE_MET],
                   of[CLAUSE_NOT_MET], of[CLAUSE_NOT_EXERCISED]);
    }
    for (size_t i = 0; i < clauses.count; i++) {
        if (clauses.at[i].verdict == CLAUSE_NOT_MET) {
            put_named("not met: ", clauses.at[i].id, out);
        }
    }
    arena_free(arena);
}

static void put_what_stops(const struct report *r, struct report_style style, struct buf *out)
{
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        if (report_case_stops(c, style.strict)) {
            put_case_line(r, c, style.colour, out);
            spell_line_printf(out, "%s%s\n", c->reason ? ": " : "", c->reason);
        }
    }
}

/* "3 cases: 1 pass, 2 fail", only states that occur. */
static void put_totals(const struct report_counts *counts, struct buf *out)
{
    buf_printf(out, "%lu case%s", counts->all, counts->all == 1 ? "" : "s");
    const char *separator = ": ";
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        if (counts->of[i] != 0) {
            buf_printf(out, "%s%lu %s", separator, counts->of[i], state_name((enum state)i));
            separator = ", ";
        }
    }
}

void report_text_end(const struct report *r, struct report_style style, struct buf *out)
{
    struct report_counts counts;
    report_count(r, &counts);
    if (!style.quiet) {
        buf_put_byte(out, '\n');
        put_what_stops(r, style, out);
        put_clauses(r, out);
    }
    for (size_t i = 0; i < r->matrices.count; i++) {
        report_matrix_put(r, &r->matrices.at[i], out);
    }
    put_totals(&counts, out);
    buf_put_byte(out, '\n');
    if (!r->complete) {
        buf_put_text(out, "cut short: this is what had run until then\n");
    } else if (counts.all == 0) {
        buf_put_text(out, "nothing was selected, so nothing was shown\n");
    } else if (counts.of[STATE_SKIP] == counts.all) {
        buf_put_text(out, "every case was skipped, so nothing was shown\n");
    }
}
