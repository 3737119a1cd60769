/* The forms for people and CI systems, and the table itself. */
#include "reports/formats.h"

#include "base/rows.h"
#include "reports/sample_test.h"
#include "reports/well_formed_test.h"

#include <criterion/criterion.h>

static char *write_form(const char *name, const struct report *r, struct report_style style,
                        struct arena *arena)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    report_write(report_format_find(span_text(name)), r, style, &b);
    cr_assert_not(buf_full(&b));
    return buf_settle_text(&b, arena);
}

static size_t occurrences(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

Test(reports_formats, the_table_is_sorted_and_documented)
{
    size_t count = 0;
    for (const struct report_format *f = report_formats; f->name; f++) {
        cr_expect_not_null(f->doc);
        cr_expect_not_null(f->file);
        cr_expect_not_null(f->end);
        cr_expect_eq(f->begin == NULL, f->one == NULL, "%s: both or none", f->name);
        cr_expect_eq(report_format_find(span_text(f->name)), f);
        count++;
    }
    cr_expect(rows_sorted(report_formats, count, sizeof *report_formats));
    cr_expect_null(report_format_find(SPAN("xml")));
    cr_expect_str_eq(report_format_suggest(SPAN("jnuit")), "junit");
}

Test(reports_formats, every_form_closes_when_nothing_ran)
{
    for (const struct report_format *f = report_formats; f->name; f++) {
        struct arena *arena = arena_new();
        struct report r = {.complete = false};
        char *text = write_form(f->name, &r, (struct report_style){0}, arena);
        cr_expect(text[0] != '\0' && text[strlen(text) - 1] == '\n', "%s", f->name);
        arena_free(arena);
    }
}

Test(reports_text, a_failure_shows_place_reason_and_how_to_repeat_it)
{
    struct arena *arena = arena_new();
    struct report r;
    sample_report(&r, arena);
    char *text = write_form("text", &r, (struct report_style){0}, arena);
    static const char *const wanted[] = {
        "assay 0.1.0, seed 4711, isolation ports, 2026-05-01T12:00:00.250Z\n",
        "target ref: refmta 0.1.0\n",
        "    masked: log exim-main date-time because the clock is not ours\n",
        "\npass          smtp/pass#a  (41 ms)\nfail          smtp/fail=1  (41 ms)\n",
        "    scenarios/smtp/ok.inc:9: reply: does not hold, MUST by RFC5321-4.1.1.4-lf (decided by time)\n",
        "      wanted: 250\n      got:    \\x1b[31m<b a=\"1\">",
        "    log: evidence/2/mainlog\n",
        "    again: assay run smtp/fail.scn --target ref --seed 4711\n",
        "skip          smtp/skip\n    unsupported: early\n",
        "    because see docs/findings.md 3\n",
        "\ncrash         smtp/crash: signal 11\n",
        "\nclauses: 0 met, 2 not met, 0 not exercised\n",
        "not met: RFC5321-3.3-rcpt\n",
        "\n11 cases: 1 pass, 1 warn, 1 fail, 1 xfail, 1 xpass, 1 xdiff, 1 skip, 1 inconclusive, 1 flaky, "
        "1 error, 1 crash\n",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        cr_expect(strstr(text, wanted[i]), "missing: %s\nin:\n%s", wanted[i], text);
    }
    cr_expect_null(strchr(text, '\033'), "no escape sequence gets out uncalled");
    arena_free(arena);
}

Test(reports_text, colour_only_when_told)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    sample_case(&r, arena, "a", STATE_FAIL, "x\033y");
    cr_expect_null(strchr(write_form("text", &r, (struct report_style){0}, arena), '\033'));
    char *text = write_form("text", &r, (struct report_style){.colour = true}, arena);
    cr_expect(strstr(text, "\033[1;31mfail        \033[0m  a"), "%s", text);
    cr_expect_null(strstr(text, "\033y"));
    arena_free(arena);
}

Test(reports_text, quiet_shows_what_stops_and_the_count)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    sample_case(&r, arena, "good", STATE_PASS, NULL);
    sample_case(&r, arena, "soso", STATE_WARN, "hm");
    sample_case(&r, arena, "bad", STATE_FAIL, "no");
    cr_expect_str_eq(write_form("text", &r, (struct report_style){.quiet = true}, arena),
                     "fail          bad  (41 ms)\n    no\n3 cases: 1 pass, 1 warn, 1 fail\n");
    char *strict = write_form("text", &r, (struct report_style){.quiet = true, .strict = true}, arena);
    cr_expect(strstr(strict, "warn          soso"));
    arena_free(arena);
}

Test(reports_text, says_when_nothing_was_shown)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    cr_expect(strstr(write_form("text", &r, (struct report_style){0}, arena), "nothing was selected"));
    sample_case(&r, arena, "a", STATE_SKIP, "unsupported: x");
    cr_expect(strstr(write_form("text", &r, (struct report_style){0}, arena), "every case was skipped"));
    r.complete = false;
    cr_expect(strstr(write_form("text", &r, (struct report_style){0}, arena), "cut short"));
    arena_free(arena);
}

Test(reports_junit, is_well_formed_and_red_is_what_stops)
{
    struct arena *arena = arena_new();
    struct report r;
    sample_report(&r, arena);
    char *xml = write_form("junit", &r, (struct report_style){0}, arena);
    cr_expect(well_formed_xml(xml), "%s", xml);
    cr_expect(strstr(xml, " tests=\"11\" failures=\"4\" errors=\"2\" skipped=\"3\" time=\"0.451\""), "%s", xml);
    cr_expect_eq(occurrences(xml, "<failure "), 4);
    cr_expect_eq(occurrences(xml, "<error "), 2);
    cr_expect_eq(occurrences(xml, "<skipped "), 3);
    cr_expect(strstr(xml, " name=\"smtp/fail=1\" file=\"scenarios/smtp/x.scn\" line=\"9\""));
    cr_expect(strstr(xml, "\">scenarios/smtp/ok.inc:9: not met: RFC5321-4.1.1.4-lf\n"));
    cr_expect(strstr(xml, "<property name=\"clause:RFC5321-3.3-rcpt\" value=\"not-met\"/>"));
    cr_expect(strstr(xml, "<testcase classname=\"ref.smtp\" name=\"smtp/pass#a\""));
    cr_expect(strstr(xml, "message=\"xfail: known (because see docs/findings.md 3)\""));
    cr_expect(strstr(xml, "\\x1b[31m&lt;b a=&quot;1&quot;&gt;&amp;#"));
    char *strict = write_form("junit", &r, (struct report_style){.strict = true}, arena);
    cr_expect_eq(occurrences(strict, "<failure "), 5);
    arena_free(arena);
}

Test(reports_junit, a_target_that_never_came_up_has_its_suite)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    sample_case(&r, arena, "a", STATE_ERROR, "did not start");
    sample_case(&r, arena, "b", STATE_ERROR, "did not start");
    char *xml = write_form("junit", &r, (struct report_style){0}, arena);
    cr_expect_eq(occurrences(xml, "<testsuite name=\"ref\""), 1);
    cr_expect_eq(occurrences(xml, "<testcase "), 2);
    cr_expect(well_formed_xml(xml));
    arena_free(arena);
}

Test(reports_tap, points_directives_and_the_plan)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    sample_case(&r, arena, "smtp/a#x", STATE_PASS, NULL);
    sample_case(&r, arena, "b", STATE_XFAIL, "r")->because = "see #3";
    sample_case(&r, arena, "c", STATE_SKIP, "unsupported: early");
    sample_case(&r, arena, "d", STATE_FAIL, "got \"5\\0\"\n\x01")->file = NULL;
    cr_expect_str_eq(write_form("tap", &r, (struct report_style){0}, arena),
                     "TAP version 13\n"
                     "ok - smtp/a\\#x\n"
                     "not ok - b # TODO xfail: see \\#3\n"
                     "  ---\n  state: \"xfail\"\n  reason: \"r\"\n  because: \"see #3\"\n"
                     "  file: \"scenarios/smtp/x.scn\"\n  ...\n"
                     "ok - c # SKIP skip: unsupported: early\n"
                     "not ok - d\n"
                     "  ---\n  state: \"fail\"\n  reason: \"got \\\"5\\\\0\\\"\\n\\x01\"\n  ...\n"
                     "1..4\n");
    r.complete = false;
    cr_expect(strstr(write_form("tap", &r, (struct report_style){0}, arena), "Bail out! the run was cut short"));
    arena_free(arena);
}

Test(reports_formats, strict_makes_the_same_cases_stop_everywhere)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    sample_case(&r, arena, "a", STATE_WARN, "x");
    sample_case(&r, arena, "b", STATE_INCONCLUSIVE, "y");
    char *lax = write_form("tap", &r, (struct report_style){0}, arena);
    char *strict = write_form("tap", &r, (struct report_style){.strict = true}, arena);
    cr_expect_eq(occurrences(lax, "not ok"), 0);
    cr_expect_eq(occurrences(strict, "not ok"), 2);
    arena_free(arena);
}
