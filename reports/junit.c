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

static void put_time(millis t, struct buf *out)
{
    buf_printf(out, " time=\"%lld.%03lld\"", (long long)(t / 1000), (long long)(t % 1000));
}

static void property(const char *prefix, const char *name, const char *value, struct buf *out)
{
    spell_xml_printf(out, "   <property name=\"%s%s\" value=\"%s\"/>\n", prefix, name, value);
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
        if (report_case_is_on(c, target)) {
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
    put_time(s.wall, out);
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
        spell_xml_printf(out, "%s:%u: ", report_case_file(c, check), check->line);
        for (size_t k = 0; k < ids->count; k++) {
            spell_xml_printf(out, "%s%s", k == 0 ? "not met: " : " ", ids->at[k]);
        }
        buf_put_byte(out, '\n');
    }
}

static void put_outcome(const struct report_case *c, const char *element, struct buf *out)
{
    buf_printf(out, "   <%s", element);
    if (strcmp(element, "skipped") != 0) {
        buf_printf(out, " type=\"%s\"", state_name(c->state));
    }
    spell_xml_printf(out, " message=\"%s%s%s", state_name(c->state),
                     c->reason || c->because ? ": " : "", c->reason);
    if (c->because) {
        spell_xml_printf(out, " (because %s)", c->because);
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
        spell_xml_printf(out, "%s\n", c->reason);
    }
    if (c->again) {
        spell_xml_printf(out, "again: %s\n", c->again);
    }
    for (size_t i = 0; i < c->evidence.count; i++) {
        spell_xml_printf(out, "%s: %s\n", c->evidence.at[i].kind, c->evidence.at[i].path);
    }
    buf_put_text(out, "</system-out>\n");
}

static void put_case(const struct report_case *c, bool strict, struct buf *out)
{
    static const char *const elements[OUTCOME_COUNT] = {
        [OUTCOME_FAILURE] = "failure", [OUTCOME_ERROR] = "error", [OUTCOME_SKIPPED] = "skipped"};
    span topic = report_case_topic(c);
    /* the class is target and topic: "ref.smtp" */
    spell_xml_printf(out, "  <testcase classname=\"%s%s%.*s\" name=\"%s\"", c->target,
                     topic.len ? "." : "", SPAN_FMT(topic), c->id);
    if (c->file) {
        spell_xml_printf(out, " file=\"%s\"", c->file);
    }
    const struct report_check *check = report_case_refuted(c);
    if (check) {
        buf_printf(out, " line=\"%u\"", check->line);
    }
    put_time(c->wall, out);
    buf_put_text(out, ">\n");
    const char *element = elements[outcome_of(c, strict)];
    if (element) {
        put_outcome(c, element, out);
    }
    put_system_out(c, out);
    buf_put_text(out, "  </testcase>\n");
}

static void put_properties(const struct report *r, const char *target, struct buf *out)
{
    const struct report_target *listed = report_target_find(r, target);
    struct arena *arena = arena_new();
    report_clauses clauses;
    report_clauses_judge(r, target, arena, &clauses);
    buf_put_text(out, "  <properties>\n");
    property("", "tool", r->tool, out);
    property("", "version", listed ? listed->version : NULL, out);
    property("", "isolation", r->isolation, out);
    property("", "complete", r->complete ? "true" : "false", out);
    for (size_t i = 0; i < clauses.count; i++) {
        property("clause:", clauses.at[i].id, clause_verdict_name(clauses.at[i].verdict), out);
    }
    buf_put_text(out, "  </properties>\n");
    arena_free(arena);
}

static void put_suite(const struct report *r, const char *target, bool strict, struct buf *out)
{
    spell_xml_printf(out, " <testsuite name=\"%s\"", target);
    put_sums(r, target, strict, out);
    buf_put_text(out, " timestamp=\"");
    when_put(r->started, out);
    buf_put_text(out, "\">\n");
    put_properties(r, target, out);
    for (size_t i = 0; i < r->cases.count; i++) {
        if (report_case_is_on(&r->cases.at[i], target)) {
            put_case(&r->cases.at[i], strict, out);
        }
    }
    buf_put_text(out, " </testsuite>\n");
}

void report_junit_end(const struct report *r, struct report_style style, struct buf *out)
{
    struct arena *arena = arena_new();
    report_texts targets = {0};
    report_target_names(r, arena, &targets);
    buf_put_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\"");
    put_sums(r, NULL, style.strict, out);
    buf_put_text(out, ">\n");
    for (size_t i = 0; i < targets.count; i++) {
        put_suite(r, targets.at[i], style.strict, out);
    }
    buf_put_text(out, "</testsuites>\n");
    arena_free(arena);
}
