/* report.json and the lines form. Both are made of the same objects, so a killed run's lines say
   neither more nor less of a case than the whole document would have (docs/adr/0070). */
#include "reports/writers.h"

#include "base/check.h"
#include "reports/clause.h"
#include "reports/spell.h"
#include "reports/when.h"

#include <jansson.h>
#include <string.h>

/* Larger integers lose digits in readers that hold numbers as doubles. */
#define EXACT_IN_A_DOUBLE (UINT64_C(1) << 53)

static json_t *text_value(const char *text)
{
    struct buf spelled;
    buf_init(&spelled, strlen(text) * 4 + 1);
    spell_utf8(span_text(text), &spelled);
    span s = buf_span(&spelled);
    json_t *value = json_stringn((const char *)s.at, s.len);
    buf_wipe(&spelled);
    CHECK(value != NULL);
    return value;
}

static void set(json_t *object, const char *key, json_t *value)
{
    CHECK(json_object_set_new(object, key, value) == 0);
}

/* A member that says nothing is left out. */
static void set_text(json_t *object, const char *key, const char *text)
{
    if (text) {
        set(object, key, text_value(text));
    }
}

static void set_texts(json_t *object, const char *key, const report_texts *texts)
{
    if (texts->count == 0) {
        return;
    }
    json_t *array = json_array();
    for (size_t i = 0; i < texts->count; i++) {
        CHECK(json_array_append_new(array, text_value(texts->at[i])) == 0);
    }
    set(object, key, array);
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
    set(run, "started", json_stringn((const char *)s.at, s.len));
    buf_wipe(&started);
    set(run, "seed", seed_value(r->seed));
    set_text(run, "tool", r->tool);
    set_text(run, "command", r->command);
    set_text(run, "isolation", r->isolation);
    if (with_end) {
        set(run, "complete", json_boolean(r->complete));
    }
    return run;
}

static json_t *targets_array(const struct report *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->targets.count; i++) {
        const struct report_target *t = &r->targets.at[i];
        json_t *target = json_object();
        set_text(target, "name", t->name);
        set_text(target, "version", t->version);
        set_texts(target, "caps", &t->caps);
        set_texts(target, "masks", &t->masks);
        CHECK(json_array_append_new(array, target) == 0);
    }
    return array;
}

static json_t *check_object(const struct report_check *c)
{
    json_t *check = json_object();
    set(check, "line", json_integer((json_int_t)c->line));
    set_text(check, "kind", c->kind);
    set_texts(check, "req", &c->reqs);
    set_text(check, "level", c->level);
    set(check, "ok", json_boolean(c->ok));
    set(check, "timed", json_boolean(c->timed));
    set_text(check, "skipped", c->skipped);
    set_text(check, "wanted", c->wanted);
    set_text(check, "got", c->got);
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
        set_text(evidence, key, p->path);
    }
    return evidence;
}

static json_t *case_object(const struct report_case *c)
{
    json_t *object = json_object();
    set_text(object, "id", c->id);
    set_text(object, "target", c->target);
    set_text(object, "state", state_name(c->state));
    set_text(object, "reason", c->reason);
    set_text(object, "because", c->because);
    set_text(object, "title", c->title);
    set_text(object, "file", c->file);
    set_texts(object, "req", &c->reqs);
    set_texts(object, "labels", &c->labels);
    set_text(object, "flights", c->flights);
    if (c->flights) {
        set(object, "rtt", json_real((double)strlen(c->flights) / 2));
    }
    set(object, "wall_ms", json_integer((json_int_t)c->wall));
    json_t *checks = json_array();
    for (size_t i = 0; i < c->checks.count; i++) {
        CHECK(json_array_append_new(checks, check_object(&c->checks.at[i])) == 0);
    }
    set(object, "checks", checks);
    if (c->evidence.count != 0) {
        set(object, "evidence", evidence_object(c));
    }
    set_text(object, "again", c->again);
    set_text(object, "detail", c->detail);
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
        set_text(clause, "id", clauses.at[i].id);
        set_text(clause, "verdict", clause_verdict_name(clauses.at[i].verdict));
        set_texts(clause, "cases", &clauses.at[i].cases);
        CHECK(json_array_append_new(array, clause) == 0);
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
            set(totals, state_name((enum state)i), json_integer((json_int_t)counts.of[i]));
        }
    }
    return totals;
}

static int put_piece(const char *bytes, size_t size, void *out)
{
    buf_put(out, span_of(bytes, size));
    return 0;
}

/* Writes and releases. */
static void put_object(json_t *object, size_t flags, struct buf *out)
{
    CHECK(json_dump_callback(object, put_piece, out, flags | JSON_REAL_PRECISION(6)) == 0);
    buf_put_byte(out, '\n');
    json_decref(object);
}

void report_json_end(const struct report *r, struct report_style style, struct buf *out)
{
    (void)style;
    json_t *cases = json_array();
    for (size_t i = 0; i < r->cases.count; i++) {
        CHECK(json_array_append_new(cases, case_object(&r->cases.at[i])) == 0);
    }
    json_t *document = json_object();
    set_text(document, "schema", "assay-report/1");
    set(document, "run", run_object(r, true));
    set(document, "targets", targets_array(r));
    set(document, "cases", cases);
    set(document, "clauses", clauses_array(r));
    set(document, "totals", totals_object(r));
    put_object(document, JSON_INDENT(1), out);
}

void report_jsonl_begin(const struct report *r, struct report_style style, struct buf *out)
{
    (void)style;
    json_t *first = json_object();
    set_text(first, "schema", "assay-report-lines/1");
    set(first, "run", run_object(r, false));
    set(first, "targets", targets_array(r));
    put_object(first, JSON_COMPACT, out);
}

void report_jsonl_one(const struct report *r, const struct report_case *c,
                      struct report_style style, struct buf *out)
{
    (void)r;
    (void)style;
    json_t *line = json_object();
    set(line, "case", case_object(c));
    put_object(line, JSON_COMPACT, out);
}

void report_jsonl_end(const struct report *r, struct report_style style, struct buf *out)
{
    (void)style;
    json_t *last = json_object();
    set(last, "complete", json_boolean(r->complete));
    set(last, "targets", targets_array(r));
    set(last, "clauses", clauses_array(r));
    set(last, "totals", totals_object(r));
    put_object(last, JSON_COMPACT, out);
}
