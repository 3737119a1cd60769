/* Baselines: every mistake with its place, what each entry does to its case, and the rewriting. */
#include "reports/baseline.h"

#include "reports/sample_test.h"
#include "reports/when.h"

#include <criterion/criterion.h>

static instant day(const char *text)
{
    instant t = 0;
    cr_assert(when_day_parse(span_text(text), &t));
    return t;
}

static void read_ok(const char *text, struct arena *arena, struct baseline *b)
{
    baseline_mistakes wrong = {0};
    baseline_read("baselines/ref", span_text(text), arena, b, &wrong);
    cr_assert_eq(wrong.count, 0, "%s", wrong.count ? wrong.at[0].what : "");
}

Test(reports_baseline, an_entry_is_read_with_all_its_parts)
{
    struct arena *arena = arena_new();
    struct baseline b;
    read_ok("# what Postfix is known for\n"
            "\n"
            "smuggling/inbound#eod=1  fail  \"label smuggled\"  if version<3.9  if tls!=gnutls  until "
            "2027-06-30  because Postfix ends data at LF.LF, docs/findings.md 3\r\n",
            arena, &b);
    cr_assert_eq(b.entries.count, 1);
    const struct baseline_entry *e = &b.entries.at[0];
    cr_expect_eq(e->line, 3);
    cr_expect_str_eq(e->id, "smuggling/inbound#eod=1");
    cr_expect_eq(e->state, STATE_FAIL);
    cr_expect(span_eq(e->pattern, SPAN("label smuggled")));
    cr_expect_eq(e->conditions.count, 2);
    cr_expect_str_eq(e->conditions.at[0].relation, "<");
    cr_expect_str_eq(e->conditions.at[1].value, "gnutls");
    cr_expect_str_eq(e->until, "2027-06-30");
    cr_expect_str_eq(e->because, "Postfix ends data at LF.LF, docs/findings.md 3");
    arena_free(arena);
}

Test(reports_baseline, every_mistake_is_named_with_its_column)
{
    static const struct {
        const char *line;
        unsigned column;
        const char *says;
    } rows[] = {
        {"a", 2, "the state must stand"},
        {"a failed \"x\" because y", 3, "\"failed\" cannot be listed"},
        {"a skip \"x\" because y", 3, "cannot be listed"},
        {"a inconclusive \"x\" because y", 3, "cannot be listed"},
        {"a fail x because y", 8, "in double quotes"},
        {"a fail \"x because y", 8, "closing quote is missing"},
        {"a fail \"", 8, "closing quote is missing"},
        {"a fail \"x\\", 10, "only \\\" \\\\ and \\*"},
        {"a fail \"x\\n\" because y", 10, "only \\\" \\\\ and \\*"},
        {"a fail \"\" because y", 8, "pins nothing"},
        {"a fail \"* *\" because y", 8, "pins nothing"},
        {"a fail \"x\"because y", 11, "a blank must stand here"},
        {"a fail \"x\"", 11, "must end the line"},
        {"a fail \"x\" since y", 12, "`if`, `until` or `because`"},
        {"a fail \"x\" because", 19, "the reason is missing"},
        {"a fail \"x\" because  ", 21, "the reason is missing"},
        {"a fail \"x\" if size<3 because y", 15, "compares version, tls, isolation or target"},
        {"a fail \"x\" if version 3 because y", 22, "without blanks"},
        {"a fail \"x\" if version< because y", 23, "value to compare with is missing"},
        {"a fail \"x\" if version<new because y", 23, "a version is a number"},
        {"a fail \"x\" if tls<openssl because y", 18, "only versions have an order"},
        {"a fail \"x\" until 2027-02-30 because y", 18, "a day that exists"},
        {"a fail \"x\" until because y", 18, "a day that exists"},
        {"a fail \"x\" until 2027-01-01 until 2027-01-02 because y", 35, "stands twice"},
        {"a crash \"x\" because it does", 21, "a link"},
        {"a flaky \"x\" because sometimes", 21, "an owner"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct baseline b;
        baseline_mistakes wrong = {0};
        span text = span_text(arena_printf(arena, "# one\n%s\n", rows[i].line));
        baseline_read("baselines/ref", text, arena, &b, &wrong);
        cr_assert_eq(wrong.count, 1, "%s", rows[i].line);
        cr_expect_eq(wrong.at[0].line, 2, "%s", rows[i].line);
        cr_expect_eq(wrong.at[0].column, rows[i].column, "%s: column %u", rows[i].line, wrong.at[0].column);
        cr_expect(strstr(wrong.at[0].what, rows[i].says), "%s: %s", rows[i].line, wrong.at[0].what);
        cr_expect_eq(b.entries.count, 0);
        arena_free(arena);
    }
}

Test(reports_baseline, all_mistakes_of_a_file_are_shown_at_once)
{
    struct arena *arena = arena_new();
    struct baseline b;
    baseline_mistakes wrong = {0};
    struct buf out;
    buf_init(&out, 4096);
    baseline_read("baselines/ref", SPAN("a fail \"x\" because y\nb\na fail \"z\" because y\n"
                                        "a fail \"z\" if version<2 because y\n"),
                  arena, &b, &wrong);
    cr_expect_eq(b.entries.count, 2);
    baseline_print_mistakes(&wrong, &out);
    cr_expect(span_eq(buf_span(&out),
                      SPAN("baselines/ref:2:2: here the state must stand: fail, warn, flaky or crash\n"
                           "baselines/ref:3:1: the case is listed on line 1 already; keep one\n")),
              "%.*s", SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
    arena_free(arena);
}

Test(reports_baseline, a_pattern_fits_anywhere_and_star_is_any_run)
{
    static const struct {
        const char *pattern;
        const char *text;
        bool fits;
    } rows[] = {
        {"smuggled", "label smuggled was taken", true},
        {"Smuggled", "label smuggled was taken", false},
        {"label*taken", "label smuggled was taken", true},
        {"label*taken", "taken label", false},
        {"a*b*c", "xxabbc", true},
        {"a*b*c", "acb", false},
        {"ab*ab", "ab", false},
        {"ab*ab", "abab", true},
        {"a\\*b", "a*b", true},
        {"a\\*b", "axb", false},
        {"say \\\"no\\\"", "they say \"no\"", true},
        {"c:\\\\x", "c:\\x", true},
        {"aab", "aaab", true},
        {"**x", "x", true},
        {"x", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(baseline_pattern_fits(span_text(rows[i].pattern), span_text(rows[i].text)),
                     rows[i].fits, "%s in %s", rows[i].pattern, rows[i].text);
    }
}

/* One case against one line. */
struct trial {
    const char *label;
    const char *line;
    enum state state;
    const char *reason;
    enum state becomes;
    int exit;
};

static void try(const struct trial *t)
{
    struct arena *arena = arena_new();
    struct baseline b;
    struct report r = {.complete = true, .isolation = "ports"};
    baseline_mistakes wrong = {0};
    struct report_target *target = vec_push(arena, &r.targets);
    target->name = "ref";
    target->version = "Postfix 3.7.11";
    vec_add(arena, &target->caps, "tls-openssl");
    sample_case(&r, arena, "a", t->state, t->reason);
    read_ok(t->line, arena, &b);
    baseline_apply(&b, NULL, day("2026-11-22"), "ref", arena, &r, &wrong);
    cr_expect_eq(wrong.count, 0, "%s", t->label);
    cr_expect_eq(r.cases.at[0].state, t->becomes, "%s: %s", t->label, state_name(r.cases.at[0].state));
    cr_expect_eq(report_exit(&r, false), t->exit, "%s", t->label);
    arena_free(arena);
}

Test(reports_baseline, only_the_listed_failure_is_expected)
{
    static const struct trial rows[] = {
        {"as listed", "a fail \"550\" because y", STATE_FAIL, "got 550", STATE_XFAIL, 0},
        {"for another reason", "a fail \"550\" because y", STATE_FAIL, "got 451", STATE_XDIFF, 1},
        {"it passed", "a fail \"550\" because y", STATE_PASS, NULL, STATE_XPASS, 1},
        {"not listed", "# none", STATE_FAIL, "got 550", STATE_FAIL, 1},
        {"only a warning now", "a fail \"550\" because y", STATE_WARN, "got 550", STATE_XDIFF, 1},
        {"a listed warning", "a warn \"550\" because y", STATE_WARN, "got 550", STATE_XFAIL, 0},
        {"it crashed instead", "a fail \"signal\" because y", STATE_CRASH, "signal 11", STATE_CRASH, 2},
        {"a listed crash", "a crash \"signal\" because http://b/1", STATE_CRASH, "signal 11", STATE_XFAIL, 0},
        {"it did not run", "a fail \"550\" because y", STATE_SKIP, "unsupported", STATE_SKIP, 3},
        {"nothing was proved", "a fail \"550\" because y", STATE_INCONCLUSIVE, "421", STATE_INCONCLUSIVE, 0},
        {"the judge failed", "a fail \"550\" because y", STATE_ERROR, "got 550", STATE_ERROR, 4},
        {"flaky, listed", "a flaky \"550\" because @jane", STATE_FLAKY, "550 in 2 of 5", STATE_XFAIL, 0},
        {"flaky passes today", "a flaky \"550\" because @jane", STATE_PASS, NULL, STATE_PASS, 0},
        {"flaky fails today", "a flaky \"550\" because @jane", STATE_FAIL, "got 550", STATE_XFAIL, 0},
        {"flaky, and a crash", "a flaky \"signal\" because @jane http://b/1", STATE_CRASH, "signal 11", STATE_XFAIL, 0},
        {"flaky, a crash without a link", "a flaky \"signal\" because @jane", STATE_CRASH, "signal 11", STATE_CRASH, 2},
        {"flaky, not listed so", "a fail \"550\" because y", STATE_FLAKY, "550 in 2 of 5", STATE_XDIFF, 1},
        {"last day", "a fail \"550\" until 2026-11-22 because y", STATE_FAIL, "got 550", STATE_XFAIL, 0},
        {"expired", "a fail \"550\" until 2026-11-21 because y", STATE_FAIL, "got 550", STATE_FAIL, 1},
        {"expired and passed", "a fail \"550\" until 2026-11-21 because y", STATE_PASS, NULL, STATE_XPASS, 1},
        {"no reason at all", "a fail \"no reason given\" because y", STATE_FAIL, NULL, STATE_XFAIL, 0},
        {"older version", "a fail \"550\" if version<3.9 because y", STATE_FAIL, "got 550", STATE_XFAIL, 0},
        {"numbers, not texts", "a fail \"550\" if version<3.10 because y", STATE_FAIL, "got 550", STATE_XFAIL, 0},
        {"this version", "a fail \"550\" if version=3.7.11 because y", STATE_FAIL, "got 550", STATE_XFAIL, 0},
        {"this version, longer", "a fail \"550\" if version=3.7.11.0 because y", STATE_FAIL, "got 550", STATE_XFAIL, 0},
        {"another version", "a fail \"550\" if version<3.7 because y", STATE_FAIL, "got 550", STATE_FAIL, 1},
        {"a passed case of another version", "a fail \"550\" if version>=3.9 because y", STATE_PASS, NULL, STATE_PASS, 0},
        {"between", "a fail \"550\" if version>=3.7 if version<3.8 because y", STATE_FAIL, "got 550", STATE_XFAIL, 0},
        {"not between", "a fail \"550\" if version>=3.7 if version<3.7.2 because y", STATE_FAIL, "got 550", STATE_FAIL, 1},
        {"its library", "a fail \"550\" if tls=openssl because y", STATE_FAIL, "got 550", STATE_XFAIL, 0},
        {"another library", "a fail \"550\" if tls=gnutls because y", STATE_FAIL, "got 550", STATE_FAIL, 1},
        {"isolation", "a fail \"550\" if isolation!=namespaces because y", STATE_FAIL, "got 550", STATE_XFAIL, 0},
        {"the entry whose condition holds",
         "a fail \"451\" if version>=3.9 because y\na fail \"550\" if version<3.9 because y", STATE_FAIL, "got 550",
         STATE_XFAIL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        try(&rows[i]);
    }
}

Test(reports_baseline, entries_without_a_case_or_a_reason_stop_the_gate)
{
    struct arena *arena = arena_new();
    struct baseline b;
    struct report r = {.complete = true};
    baseline_mistakes wrong = {0};
    static const char *const ids[] = {"smtp/helo", "smtp/deselected"};
    struct baseline_known known = {ids, 2};
    sample_case(&r, arena, "smtp/ran", STATE_FAIL, "got 550");
    read_ok("smtp/hello fail \"x\" because y\n"
            "smtp/deselected fail \"x\" because y\n"
            "smtp/ran fail \"550\" because TODO\n"
            "gone/for/good fail \"x\" because y\n",
            arena, &b);
    baseline_apply(&b, &known, 0, NULL, arena, &r, &wrong);
    cr_assert_eq(wrong.count, 3);
    cr_expect_eq(wrong.at[0].line, 1);
    cr_expect_str_eq(wrong.at[0].what, "no case is called smtp/hello; did you mean smtp/helo?");
    cr_expect_eq(wrong.at[1].line, 3);
    cr_expect(strstr(wrong.at[1].what, "a person must write why"));
    cr_expect_eq(wrong.at[2].line, 4);
    cr_expect(strstr(wrong.at[2].what, "take the line out"));
    arena_free(arena);
}

Test(reports_baseline, another_targets_cases_are_left_alone)
{
    struct arena *arena = arena_new();
    struct baseline b;
    struct report r = {.complete = true};
    baseline_mistakes wrong = {0};
    sample_case(&r, arena, "a", STATE_FAIL, "550");
    sample_case(&r, arena, "a", STATE_FAIL, "550")->target = "exim";
    read_ok("a fail \"550\" because y\n", arena, &b);
    baseline_apply(&b, NULL, 0, "exim", arena, &r, &wrong);
    cr_expect_eq(r.cases.at[0].state, STATE_FAIL);
    cr_expect_eq(r.cases.at[1].state, STATE_XFAIL);
    arena_free(arena);
}

static void expect_update(const char *text, bool prune, const char *wanted)
{
    struct arena *arena = arena_new();
    struct baseline b;
    struct report r = {.complete = true};
    static const char *const ids[] = {"deselected"};
    struct baseline_known known = {ids, 1};
    struct buf out;
    buf_init(&out, 1 << 16);
    sample_case(&r, arena, "fits", STATE_FAIL, "got 550");
    sample_case(&r, arena, "passes", STATE_PASS, NULL);
    sample_case(&r, arena, "differs", STATE_FAIL, "got \"451\"\n*");
    sample_case(&r, arena, "expired", STATE_FAIL, "got 550");
    sample_case(&r, arena, "new", STATE_CRASH, "signal 11");
    sample_case(&r, arena, "skipped", STATE_SKIP, "unsupported");
    sample_case(&r, arena, "a blank", STATE_FAIL, "no name for a line");
    read_ok(text, arena, &b);
    baseline_update(&b, &known, day("2026-11-22"), &r, "ref", prune, &out);
    cr_expect(span_eq(buf_span(&out), span_text(wanted)), "got:\n%.*s", SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
    arena_free(arena);
}

#define BEFORE                                                                                     \
    "# kept\n\n"                                                                                   \
    "fits   fail \"550\"  because it does\n"                                                       \
    "passes fail \"x\" because y\n"                                                                \
    "differs fail \"550\" if isolation!=remote because y\n"                                        \
    "expired fail \"550\" until 2026-01-01 because y\n"                                            \
    "skipped fail \"550\" because y\n"                                                             \
    "deselected fail \"550\" because y\n"                                                          \
    "gone fail \"550\" because y\n"

Test(reports_baseline, the_update_keeps_what_fits_and_asks_a_person_for_the_rest)
{
    expect_update(BEFORE, false,
                  "# kept\n\n"
                  "fits   fail \"550\"  because it does\n"
                  "differs  fail  \"got \\\"451\\\"*\\*\"  if isolation!=remote  because TODO\n"
                  "expired  fail  \"got 550\"  because TODO\n"
                  "skipped fail \"550\" because y\n"
                  "deselected fail \"550\" because y\n"
                  "new  crash  \"signal 11\"  because TODO\n");
    expect_update("", false,
                  "fits  fail  \"got 550\"  because TODO\n"
                  "differs  fail  \"got \\\"451\\\"*\\*\"  because TODO\n"
                  "expired  fail  \"got 550\"  because TODO\n"
                  "new  crash  \"signal 11\"  because TODO\n");
}

Test(reports_baseline, pruning_only_takes_away)
{
    expect_update(BEFORE, true,
                  "# kept\n\n"
                  "fits   fail \"550\"  because it does\n"
                  "differs fail \"550\" if isolation!=remote because y\n"
                  "expired fail \"550\" until 2026-01-01 because y\n"
                  "skipped fail \"550\" because y\n"
                  "deselected fail \"550\" because y\n");
}

/* With a search through the whole list for each, this took half a minute. */
Test(reports_baseline, an_update_takes_no_longer_for_each_line_of_a_long_list, .timeout = 10)
{
    enum { LISTED = 20000, RAN = 60000 };
    struct arena *arena = arena_new();
    struct baseline b;
    struct report r = {.complete = true};
    struct buf text, out;
    buf_init(&text, 1 << 23);
    buf_init(&out, 1 << 23);
    for (unsigned i = 0; i < RAN; i++) {
        const char *id = arena_printf(arena, "long/%05u", i);
        sample_case(&r, arena, id, STATE_FAIL, "got 550");
        if (i < LISTED) {
            buf_printf(&text, "%s  fail  \"got 550\"  because y\n", id);
        }
    }
    baseline_mistakes wrong = {0};
    baseline_read("b", buf_span(&text), arena, &b, &wrong);
    baseline_update(&b, NULL, 0, &r, "ref", false, &out);
    cr_expect(span_starts(buf_span(&out), buf_span(&text)));
    baseline_read("b", buf_span(&out), arena, &b, &wrong);
    cr_expect_eq(b.entries.count, RAN);
    baseline_apply(&b, NULL, 0, NULL, arena, &r, &wrong);
    cr_expect_eq(r.cases.at[RAN - 1].state, STATE_XFAIL);
    buf_wipe(&text);
    buf_wipe(&out);
    arena_free(arena);
}
