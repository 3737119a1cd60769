/* report.json and the lines form. Both are made of the same objects, so a killed run's lines say
   neither more nor less of a case than the whole document would have (docs/adr/0070). */
#include "reports/writers.h"

#include "reports/clause.h"
#include "reports/object.h"
#include "reports/when.h"

#include <stdio.h>
#include <string.h>

/* Larger integers lose digits in readers that hold numbers as doubles. */
#define EXACT_IN_A_DOUBLE (UINT64_C(1) << 53)

static void put_texts(struct object *o, const char *key, const report_texts *texts)
{
    if (texts->count == 0) {
        return;
    }
    object_open(o, key, '[');
    for (size_t i = 0; i < texts->count; i++) {
        object_text(o, NULL, texts->at[i]);
    }
    object_close(o, ']');
}

static void put_true(struct object *o, const char *key, bool value)
{
    if (value) {
        object_bool(o, key, true);
    }
}

static void put_seed(struct object *o, uint64_t seed)
{
    char text[24];
    if (seed <= EXACT_IN_A_DOUBLE) {
        object_number(o, "seed", (int64_t)seed);
        return;
    }
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    object_text(o, "seed", text);
}

static void put_run(struct object *o, const struct report *r, bool with_end)
{
    struct buf started;
    buf_init(&started, 64);
    when_put(r->started, &started);
    buf_put_byte(&started, '\0');
    object_open(o, "run", '{');
    object_text(o, "started", (const char *)started.at);
    buf_wipe(&started);
    put_seed(o, r->seed);
    object_text(o, "tool", r->tool);
    object_text(o, "command", r->command);
    object_text(o, "isolation", r->isolation);
    object_text(o, "id", r->run_id);
    object_text(o, "selection", r->selection);
    object_text(o, "shard", r->shard);
    if (with_end) {
        object_bool(o, "complete", r->complete);
    }
    object_close(o, '}');
}

static void put_targets(struct object *o, const struct report *r)
{
    object_open(o, "targets", '[');
    for (size_t i = 0; i < r->targets.count; i++) {
        const struct report_target *t = &r->targets.at[i];
        object_open(o, NULL, '{');
        object_text(o, "name", t->name);
        object_text(o, "version", t->version);
        put_texts(o, "caps", &t->caps);
        put_texts(o, "masks", &t->masks);
        object_close(o, '}');
    }
    object_close(o, ']');
}

static void put_checks(struct object *o, const struct report_case *c)
{
    object_open(o, "checks", '[');
    for (size_t i = 0; i < c->checks.count; i++) {
        const struct report_check *check = &c->checks.at[i];
        object_open(o, NULL, '{');
        object_text(o, "file", check->file);
        object_number(o, "line", check->line);
        object_text(o, "kind", check->kind);
        put_texts(o, "req", &check->reqs);
        object_text(o, "level", check->level);
        object_bool(o, "ok", check->ok);
        object_bool(o, "timed", check->timed);
        object_text(o, "skipped", check->skipped);
        object_text(o, "wanted", check->wanted);
        object_text(o, "got", check->got);
        object_close(o, '}');
    }
    object_close(o, ']');
}

static void put_evidence(struct object *o, const struct report_case *c)
{
    object_open(o, "evidence", '{');
    for (size_t i = 0; i < c->evidence.count; i++) {
        object_text(o, c->evidence.at[i].kind, c->evidence.at[i].path);
    }
    object_close(o, '}');
}

static void put_events(struct object *o, const struct report_case *c)
{
    object_open(o, "events", '[');
    for (size_t i = 0; i < c->events.count; i++) {
        const struct report_event *e = &c->events.at[i];
        object_open(o, NULL, '{');
        object_number(o, "at_us", e->at);
        object_text(o, "kind", e->kind);
        object_text(o, "from", e->from);
        object_text(o, "to", e->to);
        if (e->conn != 0) {
            object_number(o, "conn", e->conn);
        }
        put_true(o, "flight", e->flight);
        object_text(o, "text", e->text);
        object_close(o, '}');
    }
    object_close(o, ']');
}

static void put_case(struct object *o, const char *key, const struct report_case *c)
{
    object_open(o, key, '{');
    object_text(o, "id", c->id);
    object_text(o, "target", c->target);
    object_text(o, "state", state_name(c->state));
    object_text(o, "reason", c->reason);
    object_text(o, "because", c->because);
    put_true(o, "known", c->known);
    object_text(o, "title", c->title);
    object_text(o, "file", c->file);
    put_texts(o, "req", &c->reqs);
    put_texts(o, "labels", &c->labels);
    object_text(o, "flights", c->flights);
    if (c->flights) {
        object_decimal(o, "rtt", (double)strlen(c->flights) / 2);
    }
    if (c->place != 0) {
        object_number(o, "place", (int64_t)c->place);
    }
    object_number(o, "wall_ms", c->wall);
    put_checks(o, c);
    if (c->events.count != 0) {
        put_events(o, c);
    }
    if (c->evidence.count != 0) {
        put_evidence(o, c);
    }
    object_text(o, "again", c->again);
    object_text(o, "detail", c->detail);
    object_close(o, '}');
}

static void put_clauses(struct object *o, const struct report *r)
{
    struct arena *arena = arena_new();
    report_clauses clauses;
    report_clauses_judge(r, NULL, arena, &clauses);
    object_open(o, "clauses", '[');
    for (size_t i = 0; i < clauses.count; i++) {
        object_open(o, NULL, '{');
        object_text(o, "id", clauses.at[i].id);
        object_text(o, "verdict", clause_verdict_name(clauses.at[i].verdict));
        put_texts(o, "cases", &clauses.at[i].cases);
        object_close(o, '}');
    }
    object_close(o, ']');
    arena_free(arena);
}

static void put_totals(struct object *o, const struct report *r)
{
    struct report_counts counts;
    report_count(r, &counts);
    object_open(o, "totals", '{');
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        if (counts.of[i] != 0) {
            object_number(o, state_name((enum state)i), (int64_t)counts.of[i]);
        }
    }
    object_close(o, '}');
}

void report_json_end(const struct report *r, struct report_style style, struct buf *out)
{
    struct object o;
    (void)style;
    object_begin(&o, out, true);
    object_text(&o, "schema", "assay-report/1");
    put_run(&o, r, true);
    put_targets(&o, r);
    object_open(&o, "cases", '[');
    for (size_t i = 0; i < r->cases.count; i++) {
        put_case(&o, NULL, &r->cases.at[i]);
    }
    object_close(&o, ']');
    put_clauses(&o, r);
    put_totals(&o, r);
    object_end(&o);
}

void report_jsonl_begin(const struct report *r, struct report_style style, struct buf *out)
{
    struct object o;
    (void)style;
    object_begin(&o, out, false);
    object_text(&o, "schema", "assay-report-lines/1");
    put_run(&o, r, false);
    put_targets(&o, r);
    object_end(&o);
}

void report_jsonl_one(const struct report *r, const struct report_case *c,
                      struct report_style style, struct buf *out)
{
    struct object o;
    (void)r;
    (void)style;
    object_begin(&o, out, false);
    put_case(&o, "case", c);
    object_end(&o);
}

void report_jsonl_end(const struct report *r, struct report_style style, struct buf *out)
{
    struct object o;
    (void)style;
    object_begin(&o, out, false);
    object_bool(&o, "complete", r->complete);
    put_targets(&o, r);
    put_clauses(&o, r);
    put_totals(&o, r);
    object_end(&o);
}
