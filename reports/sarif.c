/* SARIF 2.1.0, for code scanning: a rule is a clause, a result is a case that refutes it, the place is
   the line of the scenario, and the fingerprint is the case, so that an alert stays the same alert
   when lines move. What passed is no result; an environment that broke is a notification of the
   run. Section numbers are those of the OASIS standard. */
#include "reports/writers.h"

#include "reports/clause.h"
#include "reports/object.h"
#include "reports/registry.h"
#include "reports/spell.h"
#include "reports/when.h"

#include <stdlib.h>

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

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

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
    report_texts all = {0};
    for (size_t i = 0; i < s->report->cases.count; i++) {
        report_texts ids;
        rules_of(&s->report->cases.at[i], s->arena, &ids);
        for (size_t k = 0; k < ids.count; k++) {
            vec_add(s->arena, &all, ids.at[k]);
        }
    }
    if (all.count > 1) {
        qsort(all.at, all.count, sizeof *all.at, by_text);
    }
    for (size_t i = 0; i < all.count; i++) {
        if (i == 0 || strcmp(all.at[i - 1], all.at[i]) != 0) {
            vec_add(s->arena, &s->rules, all.at[i]);
        }
    }
}

static size_t rule_index(const struct sarif *s, const char *id)
{
    const char *const *found =
        bsearch(&id, s->rules.at, s->rules.count, sizeof *s->rules.at, by_text);
    return (size_t)(found - (const char *const *)s->rules.at);
}

static json_t *message(const char *text)
{
    json_t *object = json_object();
    object_text(object, "text", text);
    return object;
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

static json_t *rule(const struct sarif *s, const char *id)
{
    const struct registry_row *row = s->report->registry ? registry_find(s->report->registry, id)
                                                         : NULL;
    const char *words = row ? row->words : words_of(id);
    json_t *object = json_object();
    json_t *level = json_object();
    object_text(object, "id", id);
    object_set(object, "shortDescription", message(words ? words : id));
    object_text(level, "level", row ? level_of(row->level) : "error");
    object_set(object, "defaultConfiguration", level);
    if (row) {
        const char *help = arena_printf(s->arena, "%s %s, %s, for the %s: %s. `assay explain %s` "
                                                  "names the scenarios that show it.",
                                        row->source, row->section, registry_level_name(row->level),
                                        row->party, row->words, id);
        object_set(object, "help", message(help));
        json_t *properties = json_object();
        json_t *tags = json_array();
        object_add(tags, object_value(row->source));
        object_add(tags, object_value(registry_level_name(row->level)));
        object_set(properties, "tags", tags);
        object_set(object, "properties", properties);
    }
    return object;
}

/* ---- results ---- */

static const char *uri_of(const char *path, struct arena *arena)
{
    struct buf out;
    buf_init(&out, strlen(path) * 3 + 16);
    spell_uri(span_text(path), &out);
    const char *uri = arena_text(arena, buf_span(&out));
    buf_wipe(&out);
    return uri;
}

static json_t *location(const struct sarif *s, const char *file, unsigned line)
{
    json_t *location = json_object();
    json_t *physical = json_object();
    json_t *artifact = json_object();
    object_text(artifact, "uri", uri_of(file, s->arena));
    object_set(physical, "artifactLocation", artifact);
    json_t *region = json_object();
    object_set(region, "startLine", json_integer(line ? line : 1));
    object_set(physical, "region", region);
    object_set(location, "physicalLocation", physical);
    return location;
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
static void put_level(json_t *result, const struct report_case *c, const struct report_check *check)
{
    bool open = c->state == STATE_INCONCLUSIVE;
    bool mild = c->state == STATE_WARN || c->state == STATE_FLAKY || c->state == STATE_XPASS ||
                (check && check->level && strcmp(check->level, "SHOULD") == 0);
    object_text(result, "kind", open ? "open" : "fail");
    object_text(result, "level", open ? "none" : mild ? "warning" : "error");
}

static void put_suppression(json_t *result, const struct report_case *c)
{
    json_t *all = json_array();
    if (c->state == STATE_XFAIL || c->known) {
        json_t *one = json_object();
        object_text(one, "kind", "external");
        object_text(one, "status", "accepted");
        object_text(one, "justification", c->because ? c->because : "not worse than before");
        object_add(all, one);
    }
    object_set(result, "suppressions", all);
}

static void put_places(const struct sarif *s, json_t *result, const struct report_case *c,
                       const struct report_check *check)
{
    const char *own = c->file ? c->file : c->id;
    json_t *places = json_array();
    object_add(places, location(s, check && check->file ? check->file : own,
                                check ? check->line : 1));
    object_set(result, "locations", places);
    if (check && check->file) {
        json_t *related = json_array();
        object_add(related, location(s, own, 1));
        object_set(result, "relatedLocations", related);
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

static json_t *result(const struct sarif *s, const struct report_case *c, const char *id)
{
    const struct report_check *check = check_of(c, id);
    json_t *object = json_object();
    object_text(object, "ruleId", id);
    object_set(object, "ruleIndex", json_integer((json_int_t)rule_index(s, id)));
    put_level(object, c, check);
    object_set(object, "message", message(text_of(c, check, s->arena)));
    put_places(s, object, c, check);
    json_t *prints = json_object();
    object_text(prints, "assayCase/v1", arena_printf(s->arena, "%s %s", c->target, c->id));
    object_set(object, "partialFingerprints", prints);
    put_suppression(object, c);
    json_t *properties = json_object();
    object_text(properties, "target", c->target);
    object_text(properties, "state", state_name(c->state));
    object_set(object, "properties", properties);
    return object;
}

static json_t *results(const struct sarif *s)
{
    json_t *all = json_array();
    for (size_t i = 0; i < s->report->cases.count; i++) {
        report_texts ids;
        rules_of(&s->report->cases.at[i], s->arena, &ids);
        for (size_t k = 0; k < ids.count; k++) {
            object_add(all, result(s, &s->report->cases.at[i], ids.at[k]));
        }
    }
    return all;
}

/* ---- the run ---- */

static void add_note(json_t *notes, const char *text)
{
    json_t *note = json_object();
    object_text(note, "level", "error");
    object_set(note, "message", message(text));
    object_add(notes, note);
}

static json_t *invocation(const struct sarif *s)
{
    const struct report *r = s->report;
    json_t *object = json_object();
    json_t *notes = json_array();
    struct buf started;
    int status = report_exit(r, s->style.strict);
    bool broken = !r->complete;
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        if (c->state == STATE_ERROR) {
            broken = true;
            add_note(notes, text_of(c, NULL, s->arena));
        }
    }
    if (!r->complete) {
        add_note(notes, "the run was cut short: results are those of the cases that had run");
    }
    object_text(object, "commandLine", r->command);
    buf_init(&started, 64);
    when_put(r->started, &started);
    object_text(object, "startTimeUtc", arena_text(s->arena, buf_span(&started)));
    buf_wipe(&started);
    object_set(object, "exitCode", json_integer(status));
    object_set(object, "executionSuccessful", json_boolean(!broken));
    object_set(object, "toolExecutionNotifications", notes);
    return object;
}

static json_t *tool(const struct sarif *s)
{
    json_t *object = json_object();
    json_t *driver = json_object();
    json_t *rules = json_array();
    object_text(driver, "name", "assay");
    object_text(driver, "version", s->report->tool);
    for (size_t i = 0; i < s->rules.count; i++) {
        object_add(rules, rule(s, s->rules.at[i]));
    }
    object_set(driver, "rules", rules);
    object_set(object, "driver", driver);
    return object;
}

void report_sarif_end(const struct report *r, struct report_style style, struct buf *out)
{
    struct sarif s = {.report = r, .style = style, .arena = arena_new()};
    collect_rules(&s);
    json_t *run = json_object();
    object_set(run, "tool", tool(&s));
    json_t *invocations = json_array();
    object_add(invocations, invocation(&s));
    object_set(run, "invocations", invocations);
    object_text(run, "columnKind", "unicodeCodePoints");
    object_set(run, "results", results(&s));
    json_t *runs = json_array();
    object_add(runs, run);
    json_t *document = json_object();
    object_text(document, "$schema", SCHEMA);
    object_text(document, "version", "2.1.0");
    object_set(document, "runs", runs);
    object_write(document, JSON_INDENT(1), out);
    arena_free(s.arena);
}
