/* What the states mean: names, counts, exit status, clauses. */
#include "reports/model.h"

#include "reports/clause.h"
#include "reports/sample_test.h"

#include <criterion/criterion.h>

static struct report of_states(struct arena *arena, const char *names)
{
    struct report r = {.complete = true};
    span rest = span_text(names);
    span word;
    while (rest.len != 0) {
        enum state s = STATE_PASS;
        (void)span_split(rest, ' ', &word, &rest);
        cr_assert(state_parse(word, &s), "%.*s", SPAN_FMT(word));
        vec_push(arena, &r.cases)->state = s;
    }
    return r;
}

Test(reports_model, each_state_has_a_name_that_is_read_back)
{
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        enum state s = STATE_COUNT;
        cr_assert_not_null(state_name((enum state)i));
        cr_assert(state_parse(span_text(state_name((enum state)i)), &s));
        cr_assert_eq((unsigned)s, i);
    }
    enum state s;
    cr_assert_not(state_parse(SPAN("passed"), &s));
    cr_assert_not(state_parse(SPAN(""), &s));
}

Test(reports_model, the_highest_exit_status_that_applies_wins)
{
    static const struct {
        const char *label;
        const char *states;
        bool cut;
        int exit;
        int strict;
    } rows[] = {
        {"all passed", "pass pass", false, 0, 0},
        {"known failures are expected", "pass xfail", false, 0, 0},
        {"some were skipped", "pass skip", false, 0, 0},
        {"nothing was selected", "", false, 3, 3},
        {"all were skipped, so nothing was shown", "skip skip", false, 3, 3},
        {"a SHOULD", "pass warn", false, 0, 1},
        {"inconclusive is no pass", "pass inconclusive", false, 0, 1},
        {"only inconclusive", "inconclusive", false, 0, 1},
        {"a failure", "pass fail", false, 1, 1},
        {"a stale entry that passes", "xpass", false, 1, 1},
        {"a stale entry that differs", "xdiff", false, 1, 1},
        {"flaky", "pass flaky", false, 1, 1},
        {"a crash outweighs a failure", "fail crash", false, 2, 2},
        {"an environment that broke outweighs a crash", "fail crash error", false, 4, 4},
        {"300 failures are still 1, never a count", "fail", false, 1, 1},
        {"a run cut short is 5 even if all passed", "pass", true, 5, 5},
        {"and with an error", "error crash", true, 5, 5},
        {"cut before the first case", "", true, 5, 5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct report r = of_states(arena, rows[i].states);
        r.complete = !rows[i].cut;
        cr_expect_eq(report_exit(&r, false), rows[i].exit, "%s", rows[i].label);
        cr_expect_eq(report_exit(&r, true), rows[i].strict, "%s, strict", rows[i].label);
        arena_free(arena);
    }
}

Test(reports_model, counts_add_up)
{
    struct arena *arena = arena_new();
    struct report r = of_states(arena, "pass fail pass skip");
    struct report_counts counts;
    report_count(&r, &counts);
    cr_assert_eq(counts.all, 4);
    cr_assert_eq(counts.of[STATE_PASS], 2);
    cr_assert_eq(counts.of[STATE_FAIL], 1);
    cr_assert_eq(counts.of[STATE_CRASH], 0);
    arena_free(arena);
}

static enum clause_verdict verdict_of(const report_clauses *clauses, const char *id)
{
    for (size_t i = 0; i < clauses->count; i++) {
        if (strcmp(clauses->at[i].id, id) == 0) {
            return clauses->at[i].verdict;
        }
    }
    cr_assert(false, "%s is not there", id);
    return CLAUSE_VERDICT_COUNT;
}

Test(reports_clause, one_refutation_outweighs_any_number_of_passes)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    struct report_case *a = sample_case(&r, arena, "a", STATE_PASS, NULL);
    vec_add(arena, &a->reqs, "X");
    sample_case(&r, arena, "b", STATE_FAIL, "no");
    sample_case(&r, arena, "c", STATE_PASS, NULL);
    struct report_case *d = sample_case(&r, arena, "d", STATE_SKIP, "no");
    vec_add(arena, &d->reqs, "Y");
    report_clauses clauses;
    report_clauses_judge(&r, NULL, arena, &clauses);
    cr_assert_eq(clauses.count, 3);
    cr_expect_eq(verdict_of(&clauses, "RFC5321-3.3-rcpt"), CLAUSE_NOT_MET);
    cr_expect_eq(verdict_of(&clauses, "X"), CLAUSE_MET);
    cr_expect_eq(verdict_of(&clauses, "Y"), CLAUSE_NOT_EXERCISED);
    cr_expect_eq(clauses.at[0].cases.count, 4, "each case once");
    arena_free(arena);
}

Test(reports_clause, a_check_of_a_failed_case_can_still_meet_its_own_clause)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    struct report_case *c = sample_case(&r, arena, "a", STATE_FAIL, "the second check");
    *vec_push(arena, &c->checks) = (struct report_check){.kind = "reply", .ok = true};
    vec_add(arena, &c->checks.at[0].reqs, "HELD");
    *vec_push(arena, &c->checks) = (struct report_check){.kind = "log", .skipped = "surface"};
    vec_add(arena, &c->checks.at[1].reqs, "LOG");
    report_clauses clauses;
    report_clauses_judge(&r, "ref", arena, &clauses);
    cr_expect_eq(verdict_of(&clauses, "HELD"), CLAUSE_MET);
    cr_expect_eq(verdict_of(&clauses, "LOG"), CLAUSE_NOT_EXERCISED);
    cr_expect_eq(verdict_of(&clauses, "RFC5321-3.3-rcpt"), CLAUSE_NOT_MET);
    report_clauses_judge(&r, "another", arena, &clauses);
    cr_expect_eq(clauses.count, 0);
    arena_free(arena);
}

Test(reports_clause, a_warning_of_a_named_clause_leaves_the_header_alone_listed_or_not)
{
    static const struct {
        enum state state;
        const char *level;
        enum clause_verdict header;
    } rows[] = {
        {STATE_WARN, "SHOULD", CLAUSE_NOT_EXERCISED}, {STATE_XFAIL, "SHOULD", CLAUSE_NOT_EXERCISED},
        {STATE_XDIFF, "SHOULD", CLAUSE_NOT_EXERCISED}, {STATE_XFAIL, "MUST", CLAUSE_NOT_MET},
        {STATE_FAIL, "MUST", CLAUSE_NOT_MET},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report r = {.complete = true};
        struct report_case *c = sample_case(&r, arena, "a", rows[i].state, "no");
        *vec_push(arena, &c->checks) =
            (struct report_check){.kind = "wire", .level = rows[i].level};
        vec_add(arena, &c->checks.at[0].reqs, "OWN");
        report_clauses clauses;
        report_clauses_judge(&r, NULL, arena, &clauses);
        cr_expect_eq(verdict_of(&clauses, "OWN"), CLAUSE_NOT_MET);
        cr_expect_eq(verdict_of(&clauses, "RFC5321-3.3-rcpt"), rows[i].header, "row %zu", i);
    }
    arena_free(arena);
}
