/* Reports read back, for merging, converting and comparing. A report may come from another machine,
   another version or an editor's hand, so each member is asked for by name and kind, and what is
   wrong is named by its path ("cases[3].state: ..."). */
#include "reports/formats.h"

#include "reports/when.h"

#include <jansson.h>
#include <string.h>

/* An object of the document and how to call it in a message. */
struct node {
    json_t *json;
    const char *path;
    struct arena *arena;
};

enum { OPTIONAL, REQUIRED };

static err wrong(struct node n, const char *key, const char *what)
{
    const char *dot = *n.path ? "." : "";
    return err_syntax(0, arena_printf(n.arena, "%s%s%s: %s", n.path, dot, key, what));
}

static err want_object(json_t *json, const char *path, struct arena *arena, struct node *n)
{
    *n = (struct node){json, path, arena};
    if (!json_is_object(json)) {
        return err_syntax(0, arena_printf(arena, "%s: must be an object", path));
    }
    return OK;
}

static err get_text(struct node n, const char *key, int needed, const char **text)
{
    json_t *value = json_object_get(n.json, key);
    if (!value) {
        return needed ? wrong(n, key, "is missing") : OK;
    }
    if (!json_is_string(value)) {
        return wrong(n, key, "must be a text");
    }
    *text = arena_text(n.arena, span_of(json_string_value(value), json_string_length(value)));
    return OK;
}

static err get_bool(struct node n, const char *key, bool *to)
{
    json_t *value = json_object_get(n.json, key);
    if (value && !json_is_boolean(value)) {
        return wrong(n, key, "must be true or false");
    }
    *to = value && json_is_true(value);
    return OK;
}

static err get_number(struct node n, const char *key, int needed, int64_t most, int64_t *number)
{
    json_t *value = json_object_get(n.json, key);
    if (!value) {
        return needed ? wrong(n, key, "is missing") : OK;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > most) {
        return wrong(n, key, "must be a whole number, not negative and not that large");
    }
    *number = json_integer_value(value);
    return OK;
}

static err get_array(struct node n, const char *key, int needed, json_t **array)
{
    *array = json_object_get(n.json, key);
    if (!*array) {
        return needed ? wrong(n, key, "is missing") : OK;
    }
    return json_is_array(*array) ? OK : wrong(n, key, "must be a list");
}

static err get_texts(struct node n, const char *key, report_texts *texts)
{
    json_t *array;
    *texts = (report_texts){0};
    TRY(get_array(n, key, OPTIONAL, &array));
    for (size_t i = 0; i < json_array_size(array); i++) {
        json_t *value = json_array_get(array, i);
        if (!json_is_string(value)) {
            return wrong(n, key, "must be a list of texts");
        }
        span text = span_of(json_string_value(value), json_string_length(value));
        vec_add(n.arena, texts, arena_text(n.arena, text));
    }
    return OK;
}

/* One of the objects in a list, to what the list belongs to. */
typedef err read_item(struct node n, void *whole);

static err read_list(struct node n, const char *key, int needed, read_item *read, void *whole)
{
    json_t *array;
    TRY(get_array(n, key, needed, &array));
    for (size_t i = 0; i < json_array_size(array); i++) {
        struct node item;
        const char *path = arena_printf(n.arena, "%s%s%s[%zu]", n.path, *n.path ? "." : "", key, i);
        TRY(want_object(json_array_get(array, i), path, n.arena, &item));
        TRY(read(item, whole));
    }
    return OK;
}

static err read_check(struct node n, void *whole)
{
    struct report_case *of = whole;
    struct report_check *c = vec_push(n.arena, &of->checks);
    int64_t line;
    TRY(get_text(n, "file", OPTIONAL, &c->file));
    TRY(get_number(n, "line", REQUIRED, UINT32_MAX, &line));
    c->line = (unsigned)line;
    TRY(get_text(n, "kind", REQUIRED, &c->kind));
    TRY(get_texts(n, "req", &c->reqs));
    TRY(get_text(n, "level", OPTIONAL, &c->level));
    TRY(get_bool(n, "ok", &c->ok));
    TRY(get_bool(n, "timed", &c->timed));
    TRY(get_text(n, "skipped", OPTIONAL, &c->skipped));
    TRY(get_text(n, "wanted", OPTIONAL, &c->wanted));
    return get_text(n, "got", OPTIONAL, &c->got);
}

static bool is_evidence_kind(const char *key)
{
    size_t len = strlen(key);
    return len > 0 && len <= 40 &&
           strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}

static err read_evidence(struct node n, struct report_case *c)
{
    json_t *evidence = json_object_get(n.json, "evidence");
    const char *key;
    json_t *value;
    if (evidence && !json_is_object(evidence)) {
        return wrong(n, "evidence", "must be an object");
    }
    json_object_foreach(evidence, key, value) {
        if (!is_evidence_kind(key) || !json_is_string(value)) {
            return wrong(n, "evidence", "must map words of a-z, 0-9, '.', '-' to paths");
        }
        struct report_path *p = vec_push(n.arena, &c->evidence);
        p->kind = arena_text(n.arena, span_text(key));
        p->path = arena_text(n.arena, span_text(json_string_value(value)));
    }
    return OK;
}

static bool is_event_kind(const char *kind)
{
    for (size_t i = 0; report_event_kinds[i]; i++) {
        if (strcmp(report_event_kinds[i], kind) == 0) {
            return true;
        }
    }
    return false;
}

/* A kind that a later version added is passed over. */
static err read_event(struct node n, void *whole)
{
    struct report_case *c = whole;
    struct report_event e = {0};
    int64_t conn = 0;
    TRY(get_number(n, "at_us", REQUIRED, INT64_MAX, &e.at));
    TRY(get_text(n, "kind", REQUIRED, &e.kind));
    TRY(get_text(n, "from", REQUIRED, &e.from));
    TRY(get_text(n, "to", OPTIONAL, &e.to));
    TRY(get_number(n, "conn", OPTIONAL, UINT32_MAX, &conn));
    e.conn = (unsigned)conn;
    TRY(get_bool(n, "flight", &e.flight));
    TRY(get_text(n, "text", OPTIONAL, &e.text));
    if (is_event_kind(e.kind)) {
        vec_add(n.arena, &c->events, e);
    }
    return OK;
}

static err read_case(struct node n, void *whole)
{
    struct report *r = whole;
    struct report_case *c = vec_push(n.arena, &r->cases);
    const char *state = NULL;
    int64_t wall, place = 0;
    TRY(get_text(n, "id", REQUIRED, &c->id));
    TRY(get_number(n, "place", OPTIONAL, INT64_MAX, &place));
    c->place = (uint64_t)place;
    TRY(get_text(n, "target", REQUIRED, &c->target));
    TRY(get_text(n, "state", REQUIRED, &state));
    if (!state_parse(span_text(state), &c->state)) {
        return wrong(n, "state", "is none of the states of a case that this assay knows; use the assay "
                                 "that wrote it, or run again");
    }
    TRY(get_text(n, "reason", OPTIONAL, &c->reason));
    TRY(get_text(n, "because", OPTIONAL, &c->because));
    TRY(get_bool(n, "known", &c->known));
    TRY(get_text(n, "title", OPTIONAL, &c->title));
    TRY(get_text(n, "file", OPTIONAL, &c->file));
    TRY(get_texts(n, "req", &c->reqs));
    TRY(get_texts(n, "labels", &c->labels));
    TRY(get_text(n, "flights", OPTIONAL, &c->flights));
    TRY(get_number(n, "wall_ms", REQUIRED, INT64_MAX / NANOS_PER_MILLI, &wall));
    c->wall = wall;
    TRY(read_list(n, "checks", OPTIONAL, read_check, c));
    TRY(read_list(n, "events", OPTIONAL, read_event, c));
    TRY(read_evidence(n, c));
    TRY(get_text(n, "again", OPTIONAL, &c->again));
    return get_text(n, "detail", OPTIONAL, &c->detail);
}

static err read_seed(struct node n, uint64_t *seed)
{
    json_t *value = json_object_get(n.json, "seed");
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *seed = (uint64_t)json_integer_value(value);
        return OK;
    }
    if (json_is_string(value) && span_to_u64(span_text(json_string_value(value)), seed)) {
        return OK;
    }
    return wrong(n, "seed", "must be a whole number (as a text, if it is large)");
}

static err read_run(struct node top, struct report *r)
{
    struct node n;
    const char *started = NULL;
    TRY(want_object(json_object_get(top.json, "run"), "run", top.arena, &n));
    TRY(get_text(n, "started", REQUIRED, &started));
    if (!when_parse(span_text(started), &r->started)) {
        return wrong(n, "started", "must be a time such as 2026-05-01T12:00:00.250Z");
    }
    TRY(read_seed(n, &r->seed));
    TRY(get_text(n, "tool", OPTIONAL, &r->tool));
    TRY(get_text(n, "command", OPTIONAL, &r->command));
    TRY(get_text(n, "isolation", OPTIONAL, &r->isolation));
    TRY(get_text(n, "id", OPTIONAL, &r->run_id));
    TRY(get_text(n, "selection", OPTIONAL, &r->selection));
    TRY(get_text(n, "shard", OPTIONAL, &r->shard));
    return get_bool(n, "complete", &r->complete);
}

static err read_target(struct node n, void *whole)
{
    struct report *r = whole;
    struct report_target *t = vec_push(n.arena, &r->targets);
    *t = (struct report_target){0};
    TRY(get_text(n, "name", REQUIRED, &t->name));
    TRY(get_text(n, "version", OPTIONAL, &t->version));
    TRY(get_texts(n, "caps", &t->caps));
    return get_texts(n, "masks", &t->masks);
}

static err read_targets(struct node top, struct report *r)
{
    r->targets.count = 0;
    return read_list(top, "targets", REQUIRED, read_target, r);
}

static err want_schema(struct node top, const char *schema)
{
    const char *got = NULL;
    TRY(get_text(top, "schema", REQUIRED, &got));
    if (strcmp(got, schema) != 0) {
        return wrong(top, "schema",
                     arena_printf(top.arena, "is \"%.40s\", and this assay reads \"%s\"; use the "
                                             "assay that wrote it, or run again", got, schema));
    }
    return OK;
}

/* Parses one JSON text; the caller releases *json whatever happens. line: number of its first
   line in the file. */
static err parse(span text, unsigned line, struct arena *arena, json_t **json)
{
    json_error_t e;
    *json = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &e);
    if (!*json) {
        size_t at = e.position > 0 ? (size_t)e.position : 0;
        return err_syntax(at, arena_printf(arena, "line %d, column %d: %s",
                                           e.line + (int)line - 1, e.column, e.text));
    }
    return OK;
}

/* The lines of a run may tell a case again, once for each of its rounds; a report does not. */
static err cases_are_told_once(const struct report *r, struct arena *arena)
{
    report_case_index all;
    report_case_index_make(r, arena, &all);
    for (size_t i = 1; i < all.count; i++) {
        if (report_case_order(&all.at[i - 1], &all.at[i]) == 0) {
            return err_syntax(0, arena_printf(arena, "cases: %s on %s stands twice", all.at[i]->id, all.at[i]->target));
        }
    }
    return OK;
}

static err read_document(json_t *json, struct arena *arena, struct report *r)
{
    struct node top;
    TRY(want_object(json, "report", arena, &top));
    top.path = "";
    TRY(want_schema(top, "assay-report/1"));
    TRY(read_run(top, r));
    TRY(read_targets(top, r));
    TRY(read_list(top, "cases", REQUIRED, read_case, r));
    return cases_are_told_once(r, arena);
}

err report_read(span text, struct arena *arena, struct report *r)
{
    json_t *json;
    *r = (struct report){0};
    err e = parse(text, 1, arena, &json);
    if (!failed(e)) {
        e = read_document(json, arena, r);
    }
    json_decref(json);
    return e;
}

/* One line of the lines form: the first says what run it is, the last that it ended. */
static err read_line(json_t *json, unsigned number, struct arena *arena, struct report *r)
{
    struct node top;
    const char *name = arena_printf(arena, "line %u", number);
    TRY(want_object(json, name, arena, &top));
    top.path = name;
    if (number == 1) {
        TRY(want_schema(top, "assay-report-lines/1"));
        TRY(read_run(top, r));
        return read_targets(top, r);
    }
    if (json_object_get(json, "case")) {
        struct node n;
        TRY(want_object(json_object_get(json, "case"), arena_printf(arena, "%s.case", name), arena,
                        &n));
        return read_case(n, r);
    }
    TRY(read_targets(top, r));
    return get_bool(top, "complete", &r->complete);
}

err report_read_lines(span text, struct arena *arena, struct report *r)
{
    span line;
    unsigned number = 0;
    *r = (struct report){0};
    while (text.len != 0) {
        bool whole = span_find_byte(text, '\n') != SPAN_NONE;
        json_t *json;
        (void)span_line(&text, &line);
        number++;
        if (!whole && number > 1) {
            break; /* killed in the middle of a write: what came before it stands */
        }
        err e = parse(line, number, arena, &json);
        if (!failed(e)) {
            e = read_line(json, number, arena, r);
        }
        json_decref(json);
        TRY(e);
    }
    return number ? OK : err_syntax(0, "the report is empty");
}
