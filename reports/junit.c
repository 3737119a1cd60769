/* JUnit XML. There is no standard, only what CI systems read: a suite for each target, cases
   grouped by classname, failure, error or skipped inside a case, properties for what else is to be said.
   The rule that a person looks at: red is exactly what stops the gate. */
#include "reports/writers.h"

#include "reports/clause.h"
#include "reports/spell.h"
#include "reports/when.h"

#include <string.h>

enum outcome { OUTCOME_PASSED, OUTCOME_FAILURE, OUTCOME_ERROR, OUTCOME_SKIPPED, OUTCOME_COUNT };

static enum outcome outcome_of(const struct report_case *c, bool strict)
{
    static const enum outcome outcomes[STATE_COUNT] = {
        [STATE_PASS] = OUTCOME_PASSED,
        [STATE_WARN] = OUTCOME_PASSED,
        [STATE_FAIL] = OUTCOME_FAILURE,
        [STATE_XFAIL] = OUTCOME_SKIPPED,
        [STATE_XPASS] = OUTCOME_FAILURE,
        [STATE_XDIFF] = OUTCOME_FAILURE,
        [STATE_SKIP] = OUTCOME_SKIPPED,
        [STATE_INCONCLUSIVE] = OUTCOME_SKIPPED,
        [STATE_FLAKY] = OUTCOME_FAILURE,
        [STATE_ERROR] = OUTCOME_ERROR,
        [STATE_CRASH] = OUTCOME_ERROR,
    };
    enum state s = c->state;
    enum outcome o = s == STATE_WARN && strict ? OUTCOME_FAILURE : outcomes[s];
    return o == OUTCOME_FAILURE && !report_case_stops(c, strict) ? OUTCOME_SKIPPED : o;
}

static void attribute(const char *name, const char *value, struct buf *out)
{
    buf_printf(out, " %s=\"", name);
    spell_xml(span_text(value), out);
    buf_put_byte(out, '"');
}

static void seconds(const char *name, millis t, struct buf *out)
{
    buf_printf(out, " %s=\"%lld.%03lld\"", name, (long long)(t / 1000), (long long)(t % 1000));
}

static void property(const char *prefix, const char *name, const char *value, struct buf *out)
{
    buf_put_text(out, "   <property name=\"");
    spell_xml(span_text(prefix), out);
    spell_xml(span_text(name), out);
    buf_put_byte(out, '"');
    attribute("value", value ? value : "", out);
    buf_put_text(out, "/>\n");
}

static bool on_target(const struct report_case *c, const char *target)
{
    return strcmp(c->target ? c->target : "", target) == 0;
}

struct sums {
    unsigned long of[OUTCOME_COUNT];
    unsigned long all;
    millis wall;
};

/* target NULL: all of them. */
static struct sums sum(const struct report *r, const char *target, bool strict)
{
    struct sums s = {0};
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        if (!target || on_target(c, target)) {
            s.of[outcome_of(c, strict)]++;
            s.all++;
            s.wall += c->wall;
        }
    }
    return s;
}

static void put_sums(const struct report *r, const char *target, bool strict, struct buf *out)
{
    struct sums s = sum(r, target, strict);
    buf_printf(out, " tests=\"%lu\" failures=\"%lu\" errors=\"%lu\" skipped=\"%lu\"", s.all,
               s.of[OUTCOME_FAILURE], s.of[OUTCOME_ERROR], s.of[OUTCOME_SKIPPED]);
    seconds("time", s.wall, out);
}

/* "scenarios/smtp/order.scn:9: not met: RFC5321-4.1.4-order" for each check that does not hold. */
static void put_places(const struct report_case *c, struct buf *out)
{
    for (size_t i = 0; i < c->checks.count; i++) {
        const struct report_check *check = &c->checks.at[i];
        const report_texts *ids = check->reqs.count ? &check->reqs : &c->reqs;
        if (!report_check_refuted(check)) {
            continue;
        }
        spell_xml(span_text(report_case_file(c, check)), out);
        buf_printf(out, ":%u: ", check->line);
        for (size_t k = 0; k < ids->count; k++) {
            buf_put_text(out, k == 0 ? "not met: " : " ");
            spell_xml(span_text(ids->at[k]), out);
        }
        buf_put_byte(out, '\n');
    }
}

static void put_outcome(const struct report_case *c, const char *element, struct buf *out)
{
    buf_printf(out, "   <%s", element);
    if (strcmp(element, "skipped") != 0) {
        attribute("type", state_name(c->state), out);
    }
    buf_put_text(out, " message=\"");
    spell_xml(span_text(state_name(c->state)), out);
    buf_put_text(out, c->reason || c->because ? ": " : "");
    spell_xml(span_text(c->reason), out);
    if (c->because) {
        buf_put_text(out, " (because ");
        spell_xml(span_text(c->because), out);
        buf_put_byte(out, ')');
    }
    buf_put_text(out, "\">");
    put_places(c, out);
    spell_xml(span_text(c->detail), out);
    buf_printf(out, "</%s>\n", element);
}

/* What a passed case still has to say: a warning, and where its files are. */
static void put_system_out(const struct report_case *c, struct buf *out)
{
    bool warned = c->state == STATE_WARN && c->reason;
    if (!warned && !c->again && c->evidence.count == 0) {
        return;
    }
    buf_put_text(out, "   <system-out>");
    if (warned) {
        spell_xml(span_text(c->reason), out);
        buf_put_byte(out, '\n');
    }
    if (c->again) {
        buf_put_text(out, "again: ");
        spell_xml(span_text(c->again), out);
        buf_put_byte(out, '\n');
    }
    for (size_t i = 0; i < c->evidence.count; i++) {
        spell_xml(span_text(c->evidence.at[i].kind), out);
        buf_put_text(out, ": ");
        spell_xml(span_text(c->evidence.at[i].path), out);
        buf_put_byte(out, '\n');
    }
    buf_put_text(out, "</system-out>\n");
}

/* classname: target and topic, "ref.smtp", as far as the last slash before any '#'. */
static void put_classname(const struct report_case *c, struct buf *out)
{
    span id = span_text(c->id);
    size_t hash = span_find_byte(id, '#');
    span path = span_first(id, hash == SPAN_NONE ? id.len : hash);
    size_t slash = span_find_last_byte(path, '/');
    buf_put_text(out, " classname=\"");
    spell_xml(span_text(c->target), out);
    if (slash != SPAN_NONE) {
        buf_put_byte(out, '.');
        spell_xml(span_first(path, slash), out);
    }
    buf_put_byte(out, '"');
}

static void put_case(const struct report_case *c, bool strict, struct buf *out)
{
    static const char *const elements[OUTCOME_COUNT] = {
        [OUTCOME_FAILURE] = "failure", [OUTCOME_ERROR] = "error", [OUTCOME_SKIPPED] = "skipped"};
    buf_put_text(out, "  <testcase");
    put_classname(c, out);
    attribute("name", c->id, out);
    if (c->file) {
        attribute("file", c->file, out);
    }
    const struct report_check *check = report_case_refuted(c);
    if (check) {
        buf_printf(out, " line=\"%u\"", check->line);
    }
    seconds("time", c->wall, out);
    buf_put_text(out, ">\n");
    const char *element = elements[outcome_of(c, strict)];
    if (element) {
        put_outcome(c, element, out);
    }
    put_system_out(c, out);
    buf_put_text(out, "  </testcase>\n");
}

static void put_properties(const struct report *r, const char *target, const char *version,
                           struct buf *out)
{
    struct arena *arena = arena_new();
    report_clauses clauses;
    report_clauses_judge(r, target, arena, &clauses);
    buf_put_text(out, "  <properties>\n");
    property("", "tool", r->tool, out);
    property("", "version", version, out);
    property("", "isolation", r->isolation, out);
    property("", "complete", r->complete ? "true" : "false", out);
    for (size_t i = 0; i < clauses.count; i++) {
        property("clause:", clauses.at[i].id, clause_verdict_name(clauses.at[i].verdict), out);
    }
    buf_put_text(out, "  </properties>\n");
    arena_free(arena);
}

static void put_suite(const struct report *r, const char *target, const char *version, bool strict,
                      struct buf *out)
{
    buf_put_text(out, " <testsuite");
    attribute("name", target, out);
    put_sums(r, target, strict, out);
    buf_put_text(out, " timestamp=\"");
    when_put(r->started, out);
    buf_put_text(out, "\">\n");
    put_properties(r, target, version, out);
    for (size_t i = 0; i < r->cases.count; i++) {
        if (on_target(&r->cases.at[i], target)) {
            put_case(&r->cases.at[i], strict, out);
        }
    }
    buf_put_text(out, " </testsuite>\n");
}

/* Cases of a target that never came up far enough to be described still have a suite. */
static bool is_first_of_unlisted(const struct report *r, size_t at, const char *target)
{
    for (size_t i = 0; i < at; i++) {
        if (on_target(&r->cases.at[i], target)) {
            return false;
        }
    }
    return !report_target_find(r, target);
}

void report_junit_end(const struct report *r, struct report_style style, struct buf *out)
{
    buf_put_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\"");
    put_sums(r, NULL, style.strict, out);
    buf_put_text(out, ">\n");
    for (size_t i = 0; i < r->targets.count; i++) {
        put_suite(r, r->targets.at[i].name, r->targets.at[i].version, style.strict, out);
    }
    for (size_t i = 0; i < r->cases.count; i++) {
        const char *target = r->cases.at[i].target ? r->cases.at[i].target : "";
        if (is_first_of_unlisted(r, i, target)) {
            put_suite(r, target, NULL, style.strict, out);
        }
    }
    buf_put_text(out, "</testsuites>\n");
}
