/* report.json and the lines form. Both are made of the same objects, so a killed run's lines say
   neither more nor less of a case than the whole document would have (docs/adr/0070). */
#include "reports/writers.h"

#include "reports/clause.h"
#include "reports/object.h"
#include "reports/when.h"

#include <string.h>

/* Larger integers lose digits in readers that hold numbers as doubles. */
#define EXACT_IN_A_DOUBLE (UINT64_C(1) << 53)

static void set_texts(json_t *object, const char *key, const report_texts *texts)
{
    if (texts->count == 0) {
        return;
    }
    json_t *array = json_array();
    for (size_t i = 0; i < texts->count; i++) {
        object_add(array, object_value(texts->at[i]));
    }
    object_set(object, key, array);
}

static void set_true(json_t *object, const char *key, bool value)
{
    if (value) {
        object_set(object, key, json_true());
    }
}

static json_t *seed_value(uint64_t seed)
{
    if (seed <= EXACT_IN_A_DOUBLE) {
        return json_integer((json_int_t)seed);
    }
    return json_sprintf("%llu", (unsigned long long)seed);
}

static json_t *run_object(const struct report *r, bool with_end)
{
    struct buf started;
    buf_init(&started, 64);
    when_put(r->started, &started);
    span s = buf_span(&started);
    json_t *run = json_object();
    object_set(run, "started", json_stringn((const char *)s.at, s.len));
    buf_wipe(&started);
    object_set(run, "seed", seed_value(r->seed));
    object_text(run, "tool", r->tool);
    object_text(run, "command", r->command);
    object_text(run, "isolation", r->isolation);
    object_text(run, "id", r->run_id);
    object_text(run, "selection", r->selection);
    object_text(run, "shard", r->shard);
    if (with_end) {
        object_set(run, "complete", json_boolean(r->complete));
    }
    return run;
}

static json_t *targets_array(const struct report *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->targets.count; i++) {
        const struct report_target *t = &r->targets.at[i];
        json_t *target = json_object();
        object_text(target, "name", t->name);
        object_text(target, "version", t->version);
        set_texts(target, "caps", &t->caps);
        set_texts(target, "masks", &t->masks);
        object_add(array, target);
    }
    return array;
}

static json_t *check_object(const struct report_check *c)
{
    json_t *check = json_object();
    object_text(check, "file", c->file);
    object_set(check, "line", json_integer((json_int_t)c->line));
    object_text(check, "kind", c->kind);
    set_texts(check, "req", &c->reqs);
    object_text(check, "level", c->level);
    object_set(check, "ok", json_boolean(c->ok));
    object_set(check, "timed", json_boolean(c->timed));
    object_text(check, "skipped", c->skipped);
    object_text(check, "wanted", c->wanted);
    object_text(check, "got", c->got);
    return check;
}

static json_t *evidence_object(const struct report_case *c)
{
    json_t *evidence = json_object();
    for (size_t i = 0; i < c->evidence.count; i++) {
        const struct report_path *p = &c->evidence.at[i];
        char key[96];
        snprintf(key, sizeof key, "%s", p->kind);
        for (unsigned n = 2; json_object_get(evidence, key) && n < 1000; n++) {
            snprintf(key, sizeof key, "%.80s.%u", p->kind, n);
        }
        object_text(evidence, key, p->path);
    }
    return evidence;
}

static json_t *events_array(const struct report_case *c)
{
    json_t *array = json_array();
    for (size_t i = 0; i < c->events.count; i++) {
        const struct report_event *e = &c->events.at[i];
        json_t *event = json_object();
        object_set(event, "at_us", json_integer((json_int_t)e->at));
        object_text(event, "kind", e->kind);
        object_text(event, "from", e->from);
        object_text(event, "to", e->to);
        if (e->conn != 0) {
            object_set(event, "conn", json_integer((json_int_t)e->conn));
        }
        set_true(event, "flight", e->flight);
        object_text(event, "text", e->text);
        object_add(array, event);
    }
    return array;
}

static json_t *case_object(const struct report_case *c)
{
    json_t *object = json_object();
    object_text(object, "id", c->id);
    object_text(object, "target", c->target);
    object_text(object, "state", state_name(c->state));
    object_text(object, "reason", c->reason);
    object_text(object, "because", c->because);
    set_true(object, "known", c->known);
    object_text(object, "title", c->title);
    object_text(object, "file", c->file);
    set_texts(object, "req", &c->reqs);
    set_texts(object, "labels", &c->labels);
    object_text(object, "flights", c->flights);
    if (c->flights) {
        object_set(object, "rtt", json_real((double)strlen(c->flights) / 2));
    }
    if (c->place != 0) {
        object_set(object, "place", json_integer((json_int_t)c->place));
    }
    object_set(object, "wall_ms", json_integer((json_int_t)c->wall));
    json_t *checks = json_array();
    for (size_t i = 0; i < c->checks.count; i++) {
        object_add(checks, check_object(&c->checks.at[i]));
    }
    object_set(object, "checks", checks);
    if (c->events.count != 0) {
        object_set(object, "events", events_array(c));
    }
    if (c->evidence.count != 0) {
        object_set(object, "evidence", evidence_object(c));
    }
    object_text(object, "again", c->again);
    object_text(object, "detail", c->detail);
    return object;
}

static json_t *clauses_array(const struct report *r)
{
    struct arena *arena = arena_new();
    report_clauses clauses;
    report_clauses_judge(r, NULL, arena, &clauses);
    json_t *array = json_array();
    for (size_t i = 0; i < clauses.count; i++) {
        json_t *clause = json_object();
        object_text(clause, "id", clauses.at[i].id);
        object_text(clause, "verdict", clause_verdict_name(clauses.at[i].verdict));
        set_texts(clause, "cases", &clauses.at[i].cases);
        object_add(array, clause);
    }
    arena_free(arena);
    return array;
}

static json_t *totals_object(const struct report *r)
{
    struct report_counts counts;
    report_count(r, &counts);
    json_t *totals = json_object();
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        if (counts.of[i] != 0) {
            object_set(totals, state_name((enum state)i), json_integer((json_int_t)counts.of[i]));
        }
    }
    return totals;
}

void report_json_end(const struct report *r, struct report_style style, struct buf *out)
{
    (void)style;
    json_t *cases = json_array();
    for (size_t i = 0; i < r->cases.count; i++) {
        object_add(cases, case_object(&r->cases.at[i]));
    }
    json_t *document = json_object();
    object_text(document, "schema", "assay-report/1");
    object_set(document, "run", run_object(r, true));
    object_set(document, "targets", targets_array(r));
    object_set(document, "cases", cases);
    object_set(document, "clauses", clauses_array(r));
    object_set(document, "totals", totals_object(r));
    object_write(document, JSON_INDENT(1), out);
}

void report_jsonl_begin(const struct report *r, struct report_style style, struct buf *out)
{
    (void)style;
    json_t *first = json_object();
    object_text(first, "schema", "assay-report-lines/1");
    object_set(first, "run", run_object(r, false));
    object_set(first, "targets", targets_array(r));
    object_write(first, JSON_COMPACT, out);
}

void report_jsonl_one(const struct report *r, const struct report_case *c,
                      struct report_style style, struct buf *out)
{
    (void)r;
    (void)style;
    json_t *line = json_object();
    object_set(line, "case", case_object(c));
    object_write(line, JSON_COMPACT, out);
}

void report_jsonl_end(const struct report *r, struct report_style style, struct buf *out)
{
    (void)style;
    json_t *last = json_object();
    object_set(last, "complete", json_boolean(r->complete));
    object_set(last, "targets", targets_array(r));
    object_set(last, "clauses", clauses_array(r));
    object_set(last, "totals", totals_object(r));
    object_write(last, JSON_COMPACT, out);
}
