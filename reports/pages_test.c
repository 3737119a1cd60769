/* What readers of the forms for people and for code scanning rely on: SARIF, Markdown, HTML and the
   ladder. */
#include "reports/formats.h"

#include "reports/ladder.h"
#include "reports/registry.h"
#include "reports/sample_test.h"
#include "reports/well_formed_test.h"

#include <criterion/criterion.h>
#include <jansson.h>

static char *write_form(const char *name, const struct report *r, struct arena *arena)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    report_write(report_format_find(span_text(name)), r, (struct report_style){0}, &b);
    cr_assert_not(buf_full(&b));
    return buf_settle_text(&b, arena);
}

static void read_registry(struct registry *r, struct arena *arena)
{
    registry_mistakes wrong = {0};
    *r = (struct registry){0};
    registry_read_text("rfc5321.txt",
                       SPAN("RFC5321-4.1.1.4-lf | MUST NOT | server | wire-s | 4.1.1.4 | a bare LF "
                            "is <no> line end | checked\n"),
                       arena, r, &wrong);
    registry_sort(r, arena, &wrong);
    cr_assert_eq(wrong.count, 0, "%s", wrong.count ? wrong.at[0].what : "");
}

/* ---- SARIF ---- */

static json_t *at(json_t *json, const char *path)
{
    span rest = span_text(path), part;
    while (json && rest.len > 0) {
        uint64_t index;
        char key[64];
        (void)span_split(rest, '.', &part, &rest);
        memcpy(key, part.at, part.len);
        key[part.len] = '\0';
        json = span_to_u64(part, &index) ? json_array_get(json, index) : json_object_get(json, key);
    }
    return json;
}

static const char *text_at(json_t *json, const char *path)
{
    const char *text = json_string_value(at(json, path));
    return text ? text : "";
}

/* The first result whose fingerprint ends like that. */
static json_t *result_of(json_t *document, const char *id)
{
    json_t *results = at(document, "runs.0.results");
    for (size_t i = 0; i < json_array_size(results); i++) {
        json_t *r = json_array_get(results, i);
        if (span_ends(span_text(json_string_value(json_object_get(
                          at(r, "partialFingerprints"), "assayCase/v1"))), span_text(id))) {
            return r;
        }
    }
    return NULL;
}

static json_t *sarif_of(struct report *r, struct arena *arena)
{
    json_error_t e;
    json_t *document = json_loads(write_form("sarif", r, arena), 0, &e);
    cr_assert_not_null(document, "%s", e.text);
    return document;
}

Test(reports_sarif, a_result_names_clause_place_and_case)
{
    struct arena *arena = arena_new();
    struct report r;
    struct registry registry;
    sample_report(&r, arena);
    read_registry(&registry, arena);
    r.registry = &registry;
    json_t *document = sarif_of(&r, arena);
    json_t *fail = result_of(document, " smtp/fail=1");
    cr_expect_str_eq(text_at(document, "version"), "2.1.0");
    cr_expect_str_eq(text_at(fail, "ruleId"), "RFC5321-4.1.1.4-lf");
    cr_expect_str_eq(text_at(fail, "level"), "error");
    cr_expect_str_eq(text_at(fail, "kind"), "fail");
    cr_expect_str_eq(text_at(fail, "locations.0.physicalLocation.artifactLocation.uri"),
                     "scenarios/smtp/ok.inc");
    cr_expect_eq(json_integer_value(at(fail, "locations.0.physicalLocation.region.startLine")), 9);
    cr_expect_str_eq(text_at(fail, "relatedLocations.0.physicalLocation.artifactLocation.uri"),
                     "scenarios/smtp/x.scn");
    size_t rule = (size_t)json_integer_value(at(fail, "ruleIndex"));
    json_t *described = json_array_get(at(document, "runs.0.tool.driver.rules"), rule);
    cr_expect_str_eq(text_at(described, "id"), "RFC5321-4.1.1.4-lf");
    cr_expect_str_eq(text_at(described, "shortDescription.text"), "a bare LF is <no> line end");
    cr_expect(strstr(text_at(described, "help.text"), "MUST NOT, for the server"));
    cr_expect_eq(json_integer_value(at(document, "runs.0.invocations.0.exitCode")), 4);
    cr_expect(json_is_false(at(document, "runs.0.invocations.0.executionSuccessful")));
    json_decref(document);
    arena_free(arena);
}

/* By the enumerations of the standard: what a state is worth to a reader of alerts. */
Test(reports_sarif, states_become_results_suppressions_and_notifications)
{
    static const struct {
        const char *id, *kind, *level;
        size_t suppressions;
    } rows[] = {
        {" smtp/warn", "fail", "warning", 0},   {" smtp/xfail", "fail", "error", 1},
        {" smtp/xpass", "fail", "warning", 0},  {" smtp/xdiff", "fail", "error", 0},
        {" smtp/flaky", "fail", "warning", 0},  {" smtp/inconclusive", "open", "none", 0},
        {" smtp/crash", "fail", "error", 0},    {" smtp/pass#a", NULL, NULL, 0},
        {" smtp/skip", NULL, NULL, 0},          {" smtp/error", NULL, NULL, 0},
    };
    struct arena *arena = arena_new();
    struct report r;
    sample_report(&r, arena);
    json_t *document = sarif_of(&r, arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *result = result_of(document, rows[i].id);
        cr_expect_eq(result != NULL, rows[i].kind != NULL, "%s", rows[i].id);
        if (result && rows[i].kind) {
            cr_expect_str_eq(text_at(result, "kind"), rows[i].kind, "%s", rows[i].id);
            cr_expect_str_eq(text_at(result, "level"), rows[i].level, "%s", rows[i].id);
            cr_expect_eq(json_array_size(at(result, "suppressions")), rows[i].suppressions);
        }
    }
    cr_expect_str_eq(text_at(result_of(document, " smtp/xfail"), "suppressions.0.justification"),
                     "see docs/findings.md 3");
    cr_expect(strstr(text_at(document, "runs.0.invocations.0.toolExecutionNotifications.0.message.text"),
                     "the target did not start"));
    json_decref(document);
    arena_free(arena);
}

/* ---- Markdown ---- */

Test(reports_markdown, a_cell_cannot_be_broken_by_what_a_server_said)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    *vec_push(arena, &r.targets) = (struct report_target){.name = "a|b", .version = "1"};
    struct report_case *c = sample_case(&r, arena, "smtp/a`|b", STATE_FAIL,
                                        "550 <b>no|such_user*`\n| pass | x |");
    c->target = "a|b";
    char *text = write_form("markdown", &r, arena);
    cr_expect(strstr(text, "## assay: something unexpected\n"), "%s", text);
    cr_expect(strstr(text, "| fail | `smtp/a'\\|b` | `a\\|b` | 550 &lt;b\\>no\\|such\\_user\\*\\`"
                           "\\\\n\\| pass \\| x \\| | `RFC5321-3.3-rcpt` |\n"), "%s", text);
    cr_expect(strstr(text, "| `RFC5321-3.3-rcpt` | **not met** |  |\n"), "%s", text);
    arena_free(arena);
}

/* ---- HTML ---- */

Test(reports_html, is_well_formed_whatever_was_said)
{
    struct arena *arena = arena_new();
    struct report r;
    struct registry registry;
    sample_report(&r, arena);
    read_registry(&registry, arena);
    r.registry = &registry;
    r.complete = false;
    char *page = write_form("html", &r, arena);
    cr_expect(well_formed_xml(page));
    cr_expect_null(strstr(page, "<b a="), "a server's markup is text");
    static const char *const wanted[] = {
        "cut short <small>(exit status 5)</small>",
        "<a href=\"#c1\"><span class=\"st fail\">fail</span></a>",
        "id=\"c1\"", "RFC5321-4.1.1.4-lf</code> <b>MUST NOT</b> a bare LF is &lt;no&gt; line end",
        "<a href=\"evidence/2/wire.pcapng\">pcap</a>", "<svg class=\"ladder\"", "<pre>250</pre>",
        "<mark>", "assay run smtp/fail.scn --target ref --seed 4711</pre>",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        cr_expect(strstr(page, wanted[i]), "missing: %s", wanted[i]);
    }
    cr_expect_null(strstr(page, "http://"), "nothing is fetched");
    cr_expect_null(strstr(page, "https://"), "nothing is fetched");
    arena_free(arena);
}

Test(reports_html, senders_and_receivers_have_a_table)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    sample_case(&r, arena, "interop/plain", STATE_PASS, NULL)->target = "exim->postfix";
    sample_case(&r, arena, "interop/bdat", STATE_FAIL, "no")->target = "exim->postfix";
    sample_case(&r, arena, "interop/plain", STATE_SKIP, "not-there")->target = "postfix->exim";
    char *page = write_form("html", &r, arena);
    cr_expect(well_formed_xml(page));
    cr_expect(strstr(page, "<tr><th scope=\"row\">exim</th><td class=\"notmet\"><a href=\"#c1\">1 of "
                           "2</a></td><td class=\"no\">–</td></tr>"), "%s", page);
    cr_expect(strstr(page, "<tr><th scope=\"row\">postfix</th><td class=\"no\">–</td><td class=\"no\">"
                           "0 of 0 <small>1 skipped</small></td></tr>"));
    arena_free(arena);
}

Test(reports_html, cases_that_go_the_same_way_stand_together)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    for (unsigned i = 0; i < 6; i++) {
        struct report_case *c = sample_case(&r, arena, arena_printf(arena, "t/%u", i / 2), STATE_PASS,
                                            NULL);
        c->target = i % 2 ? "exim" : "ref";
        vec_add(arena, &c->labels, i == 5 ? "closes" : "waits");
    }
    char *page = write_form("html", &r, arena);
    const char *differ = strstr(page, "1 case</summary><ul><li><code>t/2</code></li></ul></details>"
                                      "</th><td class=\"\">waits</td><td class=\"\">closes</td>");
    const char *same = strstr(page, "2 cases</summary><ul><li><code>t/0</code></li><li><code>t/1"
                                    "</code></li></ul></details></th><td class=\"\">waits</td>");
    cr_assert(differ && same, "%s", page);
    cr_expect(differ < same, "what differs comes first");
    arena_free(arena);
}

/* ---- the ladder ---- */

Test(reports_ladder, parties_stand_in_the_order_of_who_opens_to_whom)
{
    struct arena *arena = arena_new();
    struct report_case c = {.id = "a", .target = "exim"};
    struct buf out;
    sample_events(&c, arena);
    buf_init(&out, 1 << 16);
    report_ladder_file(&c, &out);
    char *svg = arena_text(arena, buf_span(&out));
    cr_expect(well_formed_xml(svg), "%s", svg);
    const char *client = strstr(svg, ">c</text>"), *sut = strstr(svg, ">exim</text>"),
               *server = strstr(svg, ">mx</text>");
    cr_assert(client && sut && server, "%s", svg);
    cr_expect(client < sut && sut < server);
    cr_expect(strstr(svg, "class=\"clock\">0.340</text>"));
    cr_expect(strstr(svg, ">250 ms of silence</text>"));
    cr_expect(strstr(svg, "class=\"kind\">spool</text>"));
    cr_expect(strstr(svg, "class=\"conn\">#2</text>"));
    buf_clear(&out);
    c.events.count = 0;
    report_ladder_put(&c, &out);
    cr_expect_eq(out.len, 0);
    buf_wipe(&out);
    arena_free(arena);
}
