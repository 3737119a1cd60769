/* report.json and the lines form: the schema, the way back, and runs that were cut short. */
#include "reports/formats.h"

#include "base/file.h"
#include "reports/sample_test.h"
#include "reports/schema_test.h"

#include <criterion/criterion.h>

static span write_form(const char *name, const struct report *r, struct arena *arena)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    report_write(report_format_find(span_text(name)), r, (struct report_style){0}, &b);
    cr_assert_not(buf_full(&b));
    return buf_settle(&b, arena);
}

Test(reports_json, a_written_report_is_what_the_schema_says)
{
    struct arena *arena = arena_new();
    struct report r;
    sample_report(&r, arena);
    r.seed = UINT64_MAX;
    span text = write_form("json", &r, arena);
    span schema_text;
    cr_assert_not(failed(file_read("reports/report.schema.json", 1 << 20, arena, &schema_text)));
    json_error_t e;
    json_t *schema = json_loadb((const char *)schema_text.at, schema_text.len, 0, &e);
    cr_assert_not_null(schema, "%s", e.text);
    json_t *value = json_loadb((const char *)text.at, text.len, 0, &e);
    cr_assert_not_null(value, "%s", e.text);
    struct schema_check s = {.root = schema};
    cr_expect(schema_fits(&s, schema, value, "report"), "%s", s.wrong);

    /* and the schema can say no */
    json_t *first = json_array_get(json_object_get(value, "cases"), 0);
    json_object_set_new(first, "state", json_string("passed"));
    cr_expect_not(schema_fits(&s, schema, value, "report"));
    json_object_set_new(first, "state", json_string("pass"));
    cr_expect(schema_fits(&s, schema, value, "report"));
    json_object_del(first, "wall_ms");
    cr_expect_not(schema_fits(&s, schema, value, "report"));
    json_decref(value);
    json_decref(schema);
    arena_free(arena);
}

Test(reports_json, what_was_written_reads_back_and_writes_the_same)
{
    static const struct {
        const char *form;
        err (*read)(span, struct arena *, struct report *);
    } rows[] = {{"json", report_read}, {"jsonl", report_read_lines}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct report r;
        struct report back;
        sample_report(&r, arena);
        span text = write_form(rows[i].form, &r, arena);
        err e = rows[i].read(text, arena, &back);
        cr_assert_not(failed(e), "%s: %s", rows[i].form, e.what);
        cr_expect(span_eq(write_form(rows[i].form, &back, arena), text), "%s", rows[i].form);
        cr_expect_eq(back.started, r.started);
        cr_expect_eq(back.seed, 4711);
        cr_expect(back.complete);
        cr_expect_eq(back.cases.count, (size_t)STATE_COUNT);
        cr_expect_str_eq(back.cases.at[0].checks.at[0].got, "250 OK");
        cr_expect_str_eq(back.cases.at[1].evidence.at[0].path, "evidence/2/wire.pcapng");
        cr_expect_eq(report_exit(&back, false), report_exit(&r, false));
        arena_free(arena);
    }
}

Test(reports_json, both_forms_say_the_same_of_a_run)
{
    struct arena *arena = arena_new();
    struct report r;
    struct report back;
    sample_report(&r, arena);
    cr_assert_not(failed(report_read_lines(write_form("jsonl", &r, arena), arena, &back)));
    cr_expect(span_eq(write_form("json", &back, arena), write_form("json", &r, arena)));
    arena_free(arena);
}

Test(reports_json, a_killed_run_can_be_read_up_to_its_last_whole_line)
{
    struct arena *arena = arena_new();
    struct report r;
    struct report back;
    sample_report(&r, arena);
    span text = write_form("jsonl", &r, arena);
    size_t lines = 0;
    size_t first = span_find_byte(text, '\n');
    for (size_t cut = 0; cut < text.len; cut++) {
        lines += cut > 0 && text.at[cut - 1] == '\n';
        err e = report_read_lines(span_first(text, cut), arena, &back);
        if (cut < first) {
            cr_assert(failed(e), "cut at %zu: the first line says what run it is", cut);
        } else if (cut > first) {
            cr_assert_not(failed(e), "cut at %zu: %s", cut, e.what);
            cr_assert_eq(back.cases.count, lines - 1, "cut at %zu", cut);
            cr_assert_not(back.complete);
            cr_assert_eq(report_exit(&back, false), 5);
        }
    }
    arena_free(arena);
}

Test(reports_json, mistakes_are_named_by_their_place)
{
#define RUN "\"run\":{\"started\":\"2026-05-01T12:00:00.250Z\",\"seed\":1,\"complete\":true}"
#define HEAD "{\"schema\":\"assay-report/1\"," RUN ",\"targets\":[],\"cases\":["
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"", "line 1, column 0"},
        {"{\"schema\":\n \"x\",,}", "line 2, column 6"},
        {"[]", "report: must be an object"},
        {"{}", "schema: is missing"},
        {"{\"schema\":\"assay-report/2\"}", "this assay reads \"assay-report/1\"; use the assay that"},
        {"{\"schema\":\"assay-report/1\"}", "run: must be an object"},
        {"{\"schema\":\"assay-report/1\",\"run\":{\"started\":\"2026-02-30T00:00:00Z\"}}", "run.started: must be a time"},
        {"{\"schema\":\"assay-report/1\",\"run\":{\"started\":\"2026-05-01T12:00:00Z\",\"seed\":-1}}", "run.seed"},
        {"{\"schema\":\"assay-report/1\"," RUN "}", "targets: is missing"},
        {HEAD "3]}", "cases[0]: must be an object"},
        {HEAD "{\"id\":\"a\",\"target\":\"ref\",\"state\":\"good\"}]}", "cases[0].state: is none"},
        {HEAD "{\"id\":\"a\",\"target\":\"ref\",\"state\":\"pass\"}]}", "cases[0].wall_ms: is missing"},
        {HEAD "{\"id\":\"a\",\"target\":\"ref\",\"state\":\"pass\",\"wall_ms\":-1}]}", "cases[0].wall_ms"},
        {HEAD "{\"id\":\"a\",\"target\":\"ref\",\"state\":\"pass\",\"wall_ms\":1},"
              "{\"id\":\"a\",\"target\":\"exim\",\"state\":\"pass\",\"wall_ms\":1},"
              "{\"id\":\"a\",\"target\":\"ref\",\"state\":\"fail\",\"wall_ms\":1}]}", "a on ref stands twice"},
        {HEAD "{\"id\":\"a\",\"target\":\"ref\",\"state\":\"pass\",\"wall_ms\":1,\"checks\":[{\"line\":1}]}]}",
         "cases[0].checks[0].kind: is missing"},
        {HEAD "{\"id\":\"a\",\"target\":\"ref\",\"state\":\"pass\",\"wall_ms\":1,\"req\":[1]}]}", "cases[0].req"},
        {HEAD "{\"id\":\"a\",\"target\":\"ref\",\"state\":\"pass\",\"wall_ms\":1,\"evidence\":{\"A/\":\"x\"}}]}",
         "cases[0].evidence"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct report r;
        err e = report_read(span_text(rows[i].text), arena, &r);
        cr_expect_eq(e.kind, ERR_SYNTAX, "%s", rows[i].text);
        cr_expect(e.what && strstr(e.what, rows[i].says), "%s\nsays: %s", rows[i].text, e.what);
        arena_free(arena);
    }
}

Test(reports_json, members_of_later_versions_are_passed_over)
{
    struct arena *arena = arena_new();
    struct report r;
    err e = report_read(SPAN(HEAD "{\"id\":\"a\",\"target\":\"ref\",\"state\":\"pass\",\"wall_ms\":1,"
                                  "\"colour\":3}],\"more\":{}}"),
                        arena, &r);
    cr_assert_not(failed(e), "%s", e.what);
    cr_assert_eq(r.cases.count, 1);
    arena_free(arena);
}
