/* What changed between runs: what counts as worse, and since when. */
#include "reports/compare.h"

#include "reports/sample_test.h"

#include <criterion/criterion.h>

static struct report_case case_in(enum state s, const char *reason)
{
    return (struct report_case){.id = "a", .target = "ref", .state = s, .reason = reason};
}

Test(reports_compare, what_is_worse_and_what_is_not)
{
    static const struct {
        enum state was, is;
        bool strict;
        enum change change;
    } rows[] = {
        {STATE_PASS, STATE_PASS, false, CHANGE_NONE},
        {STATE_PASS, STATE_FAIL, false, CHANGE_WORSE},
        {STATE_PASS, STATE_WARN, false, CHANGE_OTHER},
        {STATE_PASS, STATE_WARN, true, CHANGE_WORSE},
        {STATE_WARN, STATE_FAIL, true, CHANGE_WORSE},
        {STATE_PASS, STATE_XFAIL, false, CHANGE_ACCEPTED},
        {STATE_XFAIL, STATE_FAIL, false, CHANGE_WORSE},
        {STATE_XFAIL, STATE_XDIFF, false, CHANGE_WORSE},
        {STATE_XFAIL, STATE_XPASS, false, CHANGE_MENDED},
        {STATE_FAIL, STATE_XPASS, false, CHANGE_MENDED},
        {STATE_FAIL, STATE_PASS, false, CHANGE_MENDED},
        {STATE_FAIL, STATE_XDIFF, false, CHANGE_OTHER},
        {STATE_FLAKY, STATE_FAIL, false, CHANGE_WORSE},
        {STATE_FAIL, STATE_FLAKY, false, CHANGE_OTHER},
        {STATE_FAIL, STATE_CRASH, false, CHANGE_WORSE},
        {STATE_CRASH, STATE_FAIL, false, CHANGE_OTHER},
        {STATE_SKIP, STATE_FAIL, false, CHANGE_WORSE},
        {STATE_ERROR, STATE_FAIL, false, CHANGE_WORSE},
        {STATE_FAIL, STATE_ERROR, false, CHANGE_WORSE},
        {STATE_ERROR, STATE_PASS, false, CHANGE_SHOWN},
        {STATE_PASS, STATE_SKIP, false, CHANGE_UNSHOWN},
        {STATE_PASS, STATE_INCONCLUSIVE, false, CHANGE_UNSHOWN},
        {STATE_PASS, STATE_INCONCLUSIVE, true, CHANGE_WORSE},
        {STATE_SKIP, STATE_INCONCLUSIVE, false, CHANGE_OTHER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report_case was = case_in(rows[i].was, "r"), is = case_in(rows[i].is, "r");
        cr_expect_eq(report_case_change(&was, &is, rows[i].strict), rows[i].change, "%s -> %s",
                     state_name(rows[i].was), state_name(rows[i].is));
    }
    struct report_case bad = case_in(STATE_FAIL, "one"), other = case_in(STATE_FAIL, "two");
    struct report_case good = case_in(STATE_PASS, NULL);
    cr_expect_eq(report_case_change(&bad, &other, false), CHANGE_REASON);
    cr_expect_eq(report_case_change(NULL, &bad, false), CHANGE_WORSE);
    cr_expect_eq(report_case_change(NULL, &good, false), CHANGE_NEW);
    cr_expect_eq(report_case_change(&good, NULL, false), CHANGE_GONE);
}

static void add_report(report_parts *parts, struct arena *arena, const char *name,
                       const char *version, enum state a, enum state b)
{
    struct report_part *p = vec_push(arena, parts);
    p->name = name;
    p->report = (struct report){.complete = true};
    *vec_push(arena, &p->report.targets) = (struct report_target){.name = "ref",
                                                                  .version = version};
    sample_case(&p->report, arena, "smtp/a", a, a == STATE_PASS ? NULL : "no");
    sample_case(&p->report, arena, "smtp/b", b, b == STATE_PASS ? NULL : "no");
    p->report.cases.at[1].reqs.at[0] = "RFC5321-4.1.1.4-lf";
}

Test(reports_compare, says_since_which_version)
{
    struct arena *arena = arena_new();
    report_parts parts = {0};
    struct report_comparison c;
    struct buf out;
    add_report(&parts, arena, "1.json", "4.96", STATE_PASS, STATE_FAIL);
    add_report(&parts, arena, "2.json", "4.97", STATE_FAIL, STATE_FAIL);
    add_report(&parts, arena, "3.json", "4.98", STATE_FAIL, STATE_PASS);
    report_compare(&parts, false, arena, &c);
    buf_init(&out, 1 << 16);
    report_compare_put(&parts, &c, &out);
    cr_expect(report_got_worse(&c));
    cr_expect_str_eq(arena_text(arena, buf_span(&out)),
                     "ref: 4.96 -> 4.97 -> 4.98\n"
                     "\ngot worse:\n"
                     "  smtp/a on ref: pass -> fail, since 4.97 (2.json)\n"
                     "      no\n"
                     "      by RFC5321-3.3-rcpt\n"
                     "\nmended:\n"
                     "  smtp/b on ref: fail -> pass, since 4.98 (3.json)\n"
                     "\nclauses:\n"
                     "  RFC5321-3.3-rcpt on ref: met -> not-met, since 4.97 (2.json)\n"
                     "  RFC5321-4.1.1.4-lf on ref: not-met -> met, since 4.98 (3.json)\n"
                     "\n2 cases in both, 2 differ, 1 got worse\n");
    buf_wipe(&out);
    arena_free(arena);
}

Test(reports_compare, what_came_and_went_is_no_change)
{
    struct arena *arena = arena_new();
    report_parts parts = {0};
    struct report_comparison c;
    add_report(&parts, arena, "1.json", "1", STATE_PASS, STATE_PASS);
    add_report(&parts, arena, "2.json", "2", STATE_FAIL, STATE_PASS);
    add_report(&parts, arena, "3.json", "3", STATE_PASS, STATE_PASS);
    report_compare(&parts, false, arena, &c);
    cr_expect_not(report_got_worse(&c));
    cr_expect_eq(c.cases.count, 0);
    cr_expect_eq(c.clauses.count, 0);
    cr_expect_eq(c.both, 2);
    arena_free(arena);
}

Test(reports_compare, only_what_got_worse_stops_where_that_is_asked)
{
    struct arena *arena = arena_new();
    report_parts parts = {0};
    add_report(&parts, arena, "1.json", "1", STATE_FAIL, STATE_PASS);
    add_report(&parts, arena, "2.json", "1", STATE_FAIL, STATE_PASS);
    add_report(&parts, arena, "3.json", "1", STATE_FAIL, STATE_FAIL);
    add_report(&parts, arena, "4.json", "1", STATE_CRASH, STATE_PASS);
    struct report *before = &parts.at[0].report;
    cr_expect_eq(report_exit(&parts.at[1].report, false), 1);
    report_mark_known(before, false, arena, &parts.at[1].report);
    cr_expect_eq(report_exit(&parts.at[1].report, false), 0);
    report_mark_known(before, false, arena, &parts.at[2].report);
    cr_expect_eq(report_exit(&parts.at[2].report, false), 1);
    cr_expect(parts.at[2].report.cases.at[0].known);
    cr_expect_not(parts.at[2].report.cases.at[1].known);
    report_mark_known(&parts.at[3].report, false, arena, &parts.at[3].report);
    cr_expect_eq(report_exit(&parts.at[3].report, false), 2, "a crash stops always");
    arena_free(arena);
}
