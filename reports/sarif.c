/* SARIF 2.1.0, for code scanning: a rule is a clause, a result is a case that refutes it, the place is
   the line of the scenario, and the fingerprint is the case, so that an alert stays the same alert
   when lines move. What passed is no result; an environment that broke is a notification of the
   run. Section numbers are those of the OASIS standard. */
#include "reports/writers.h"

#include "base/rows.h"
#include "reports/clause.h"
#include "reports/object.h"
#include "reports/registry.h"
#include "reports/spell.h"
#include "reports/when.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
/* What no clause is named for. */
#define RULE_CASE "assay-case"
#define RULE_BASELINE "assay-baseline"
#define RULE_FLAKY "assay-flaky"

struct sarif {
    const struct report *report;
    struct report_style style;
    struct arena *arena;
    report_texts rules; /* sorted ids; ruleIndex points here */
};

/* ---- rules ---- */

/* The rules that a case is a result of; none: it is no result. */
static void rules_of(const struct report_case *c, struct arena *arena, report_texts *ids)
{
    *ids = (report_texts){0};
    switch (c->state) {
    case STATE_PASS:
    case STATE_SKIP:
    case STATE_ERROR:
        return;
    case STATE_XPASS:
        vec_add(arena, ids, RULE_BASELINE);
        return;
    case STATE_FLAKY:
        vec_add(arena, ids, RULE_FLAKY);
        return;
    case STATE_WARN:
    case STATE_FAIL:
    case STATE_XFAIL:
    case STATE_XDIFF:
    case STATE_INCONCLUSIVE:
    case STATE_CRASH:
    case STATE_COUNT:
        break;
    }
    report_case_clauses(c, arena, ids);
    if (ids->count == 0) {
        vec_add(arena, ids, RULE_CASE);
    }
}

static void collect_rules(struct sarif *s)
{
    for (size_t i = 0; i < s->report->cases.count; i++) {
        report_texts ids;
        rules_of(&s->report->cases.at[i], s->arena, &ids);
        for (size_t k = 0; k < ids.count; k++) {
            vec_add(s->arena, &s->rules, ids.at[k]);
        }
    }
    report_texts_sort(&s->rules);
}

static size_t rule_index(const struct sarif *s, const char *id)
{
    return (size_t)((const char *const *)rows_find(s->rules.at, s->rules.count, sizeof *s->rules.at, span_text(id)) -
                    s->rules.at);
}

static void put_message(struct object *o, const char *key, const char *text)
{
    object_open(o, key, '{');
    object_text(o, "text", text);
    object_close(o, '}');
}

static const char *words_of(const char *id)
{
    return strcmp(id, RULE_BASELINE) == 0 ? "the baseline lists a case as failing, and it passes"
           : strcmp(id, RULE_FLAKY) == 0  ? "a case ends differently each time"
           : strcmp(id, RULE_CASE) == 0   ? "a case that names no clause does not hold"
                                          : NULL;
}

static const char *level_of(enum registry_level level)
{
    static const char *const levels[LEVEL_COUNT] = {
        [LEVEL_MUST] = "error",        [LEVEL_MUST_NOT] = "error",
        [LEVEL_SHOULD] = "warning",    [LEVEL_SHOULD_NOT] = "warning",
        [LEVEL_MAY] = "note",          [LEVEL_PROSE] = "error",
    };
    return levels[level];
}

static void put_rule(struct object *o, const struct sarif *s, const char *id)
{
    const struct registry_row *row = registry_find(s->report->registry, id);
    const char *words = row ? row->words : words_of(id);
    object_open(o, NULL, '{');
    object_text(o, "id", id);
    put_message(o, "shortDescription", words ? words : id);
    object_open(o, "defaultConfiguration", '{');
    object_text(o, "level", row ? level_of(row->level) : "error");
    object_close(o, '}');
    if (row) {
        put_message(o, "help",
                    arena_printf(s->arena, "%s %s, %s, for the %s: %s. `assay explain %s` names the "
                                           "scenarios that show it.",
                                 row->source, row->section, registry_level_name(row->level),
                                 row->party, row->words, id));
        object_open(o, "properties", '{');
        object_open(o, "tags", '[');
        object_text(o, NULL, row->source);
        object_text(o, NULL, registry_level_name(row->level));
        object_close(o, ']');
        object_close(o, '}');
    }
    object_close(o, '}');
}

/* ---- results ---- */

static const char *uri_of(const char *path, struct arena *arena)
{
    struct buf out;
    buf_init(&out, strlen(path) * 3 + 16);
    spell_uri(span_text(path), &out);
    return buf_settle_text(&out, arena);
}

/* A list of one. */
static void put_location(struct object *o, const struct sarif *s, const char *key, const char *file,
                         unsigned line)
{
    object_open(o, key, '[');
    object_open(o, NULL, '{');
    object_open(o, "physicalLocation", '{');
    object_open(o, "artifactLocation", '{');
    object_text(o, "uri", uri_of(file, s->arena));
    object_close(o, '}');
    object_open(o, "region", '{');
    object_number(o, "startLine", line ? line : 1);
    object_close(o, '}');
    object_close(o, '}');
    object_close(o, '}');
    object_close(o, ']');
}

/* The first refuted check that this clause belongs to. */
static const struct report_check *check_of(const struct report_case *c, const char *id)
{
    for (size_t i = 0; i < c->checks.count; i++) {
        const struct report_check *check = &c->checks.at[i];
        for (size_t k = 0; k < check->reqs.count && !check->ok && !check->skipped; k++) {
            if (strcmp(check->reqs.at[k], id) == 0) {
                return check;
            }
        }
    }
    return report_case_refuted(c);
}

/* 3.27.10: level is none unless the kind is fail. */
static void put_level(struct object *o, const struct report_case *c, const struct report_check *check)
{
    bool open = c->state == STATE_INCONCLUSIVE;
    bool mild = c->state == STATE_WARN || c->state == STATE_FLAKY || c->state == STATE_XPASS ||
                (check && check->level && strcmp(check->level, "SHOULD") == 0);
    object_text(o, "kind", open ? "open" : "fail");
    object_text(o, "level", open ? "none" : mild ? "warning" : "error");
}

static void put_suppression(struct object *o, const struct report_case *c)
{
    object_open(o, "suppressions", '[');
    if (c->state == STATE_XFAIL || c->known) {
        object_open(o, NULL, '{');
        object_text(o, "kind", "external");
        object_text(o, "status", "accepted");
        object_text(o, "justification", c->because ? c->because : "not worse than before");
        object_close(o, '}');
    }
    object_close(o, ']');
}

static void put_places(struct object *o, const struct sarif *s, const struct report_case *c,
                       const struct report_check *check)
{
    const char *own = c->file ? c->file : c->id;
    bool elsewhere = check && check->file;
    put_location(o, s, "locations", elsewhere ? check->file : own, check ? check->line : 1);
    if (elsewhere) {
        put_location(o, s, "relatedLocations", own, 1);
    }
}

static const char *text_of(const struct report_case *c, const struct report_check *check,
                           struct arena *arena)
{
    const char *text = arena_printf(arena, "%s on %s: %s%s%s", c->id, c->target,
                                    state_name(c->state), c->reason ? ": " : "",
                                    c->reason ? c->reason : "");
    if (check && check->wanted) {
        text = arena_printf(arena, "%s\nwanted: %s\ngot: %s", text, check->wanted,
                            check->got ? check->got : "nothing");
    }
    return c->again ? arena_printf(arena, "%s\nagain: %s", text, c->again) : text;
}

static void put_result(struct object *o, const struct sarif *s, const struct report_case *c,
                       const char *id)
{
    const struct report_check *check = check_of(c, id);
    object_open(o, NULL, '{');
    object_text(o, "ruleId", id);
    object_number(o, "ruleIndex", (int64_t)rule_index(s, id));
    put_level(o, c, check);
    put_message(o, "message", text_of(c, check, s->arena));
    put_places(o, s, c, check);
    object_open(o, "partialFingerprints", '{');
    object_text(o, "assayCase/v1", arena_printf(s->arena, "%s %s", c->target, c->id));
    object_close(o, '}');
    put_suppression(o, c);
    object_open(o, "properties", '{');
    object_text(o, "target", c->target);
    object_text(o, "state", state_name(c->state));
    object_close(o, '}');
    object_close(o, '}');
}

static void put_results(struct object *o, const struct sarif *s)
{
    object_open(o, "results", '[');
    for (size_t i = 0; i < s->report->cases.count; i++) {
        report_texts ids;
        rules_of(&s->report->cases.at[i], s->arena, &ids);
        for (size_t k = 0; k < ids.count; k++) {
            put_result(o, s, &s->report->cases.at[i], ids.at[k]);
        }
    }
    object_close(o, ']');
}

/* ---- the run ---- */

static void put_note(struct object *o, const char *text)
{
    object_open(o, NULL, '{');
    object_text(o, "level", "error");
    put_message(o, "message", text);
    object_close(o, '}');
}

static void put_invocation(struct object *o, const struct sarif *s)
{
    const struct report *r = s->report;
    struct report_counts counts;
    struct buf started;
    report_count(r, &counts);
    buf_init(&started, 64);
    when_put(r->started, &started);
    object_open(o, NULL, '{');
    object_text(o, "commandLine", r->command);
    object_text(o, "startTimeUtc", arena_text(s->arena, buf_span(&started)));
    buf_wipe(&started);
    object_number(o, "exitCode", report_exit(r, s->style.strict));
    object_bool(o, "executionSuccessful", r->complete && counts.of[STATE_ERROR] == 0);
    object_open(o, "toolExecutionNotifications", '[');
    for (size_t i = 0; i < r->cases.count; i++) {
        if (r->cases.at[i].state == STATE_ERROR) {
            put_note(o, text_of(&r->cases.at[i], NULL, s->arena));
        }
    }
    if (!r->complete) {
        put_note(o, "the run was cut short: results are those of the cases that had run");
    }
    object_close(o, ']');
    object_close(o, '}');
}

static void put_tool(struct object *o, const struct sarif *s)
{
    object_open(o, "tool", '{');
    object_open(o, "driver", '{');
    object_text(o, "name", "assay");
    object_text(o, "version", s->report->tool);
    object_open(o, "rules", '[');
    for (size_t i = 0; i < s->rules.count; i++) {
        put_rule(o, s, s->rules.at[i]);
    }
    object_close(o, ']');
    object_close(o, '}');
    object_close(o, '}');
}

void report_sarif_end(const struct report *r, struct report_style style, struct buf *out)
{
    struct sarif s = {.report = r, .style = style, .arena = arena_new()};
    struct object o;
    collect_rules(&s);
    object_begin(&o, out, true);
    object_text(&o, "$schema", SCHEMA);
    object_text(&o, "version", "2.1.0");
    object_open(&o, "runs", '[');
    object_open(&o, NULL, '{');
    put_tool(&o, &s);
    object_open(&o, "invocations", '[');
    put_invocation(&o, &s);
    object_close(&o, ']');
    object_text(&o, "columnKind", "unicodeCodePoints");
    put_results(&o, &s);
    object_close(&o, '}');
    object_close(&o, ']');
    object_end(&o);
    arena_free(s.arena);
}
