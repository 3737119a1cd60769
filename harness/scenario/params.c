/* `@{name}` before a line is read. Parameters are replaced by their text, so that a value may hold
   anything a line may; names that only the run knows stay, and are checked when the file is done. */
#include "harness/scenario/pattern_nodes.h"
#include "base/rows.h"
#include "harness/scenario/reading.h"

struct place line_place(const struct line *line, size_t pos)
{
    size_t column = pos;
    if (line->columns != NULL) {
        size_t last = line->text.len;
        column = line->columns[pos < last ? pos : last];
    }
    return (struct place){line->file, line->number, (unsigned)column + 1};
}

void complain(struct reading *r, struct place place, const char *remedy, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(r->arena, format, args);
    va_end(args);
    for (size_t i = 0; i < r->wrong->count; i++) {
        const struct mistake *m = &r->wrong->at[i];
        if (m->place.line == place.line && strcmp(m->place.file, place.file) == 0 &&
            (m->place.column == place.column || strcmp(m->what, what) == 0)) {
            return;
        }
    }
    if (r->wrong->count >= READING_MISTAKE_CEILING) {
        return;
    }
    struct mistake *m = vec_push(r->arena, r->wrong);
    m->place = place;
    m->what = what;
    m->remedy = remedy;
}

const char *scope_find(const struct scope *scope, span name)
{
    for (; scope != NULL; scope = scope->outer) {
        const struct option_text *value = ROWS_IN(&scope->values, name);
        if (value != NULL) {
            return value->value;
        }
    }
    return NULL;
}

const struct scope *scope_rooted(const struct reading *r, const struct scope *scope)
{
    if (scope == NULL || scope == r->root) {
        return r->root;
    }
    const struct scope *outer = scope_rooted(r, scope->outer);
    if (outer == scope->outer) {
        return scope;
    }
    struct scope *copy = ARENA_NEW(r->arena, struct scope);
    *copy = *scope;
    copy->outer = outer;
    return copy;
}

size_t params_brace_end(span text, size_t pos)
{
    if (!span_starts(span_from(text, pos), SPAN("@{"))) {
        return SPAN_NONE;
    }
    size_t i = pos + 2;
    i += i < text.len && text.at[i] == '#' ? 1 : 0;
    size_t len = pattern_name_length(span_from(text, i));
    i += len;
    if (len == 0) {
        return SPAN_NONE;
    }
    if (i + 1 < text.len && text.at[i] == ':' && text.at[i + 1] == '/') {
        for (i += 2; i < text.len && text.at[i] != '/'; i++) {
            i += text.at[i] == '\\' ? 1 : 0;
        }
        i++;
    } else if (i < text.len && text.at[i] == ':') {
        while (i < text.len && text.at[i] != '}' && !ascii_is_blank(text.at[i])) {
            i++;
        }
    }
    return i < text.len && text.at[i] == '}' ? i + 1 : SPAN_NONE;
}

bool params_left(span text)
{
    return span_has(text, SPAN("@{"));
}

static struct known *find_known(const knowns *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->at[i].name, name) == 0) {
            return &all->at[i];
        }
    }
    return NULL;
}

static void note(struct reading *r, knowns *all, const char *name, struct place place)
{
    struct known *k = find_known(all, name);
    if (k == NULL) {
        k = vec_push(r->arena, all);
        k->name = name;
        k->place = place;
        k->in_snippet = r->depth > 0;
    }
    k->uses++;
}

/* One line being replaced: out with the column that each octet of it came from. */
struct replacing {
    struct reading *r;
    const struct raw_line *raw;
    struct buf out;
    VEC(unsigned) columns;
};

static void put(struct replacing *p, span bytes, size_t column, bool moves)
{
    for (size_t i = 0; !p->raw->again && i < bytes.len; i++) {
        vec_add(p->r->arena, &p->columns, (unsigned)(moves ? column + i : column));
    }
    buf_put(&p->out, bytes);
}

static struct place raw_place(const struct raw_line *raw, size_t pos)
{
    return (struct place){raw->file, raw->number, (unsigned)pos + 1};
}

/* @{#name}: octets of a message, which may itself be named by a parameter. */
static bool put_size(struct replacing *p, span name, size_t pos)
{
    const char *given = scope_find(p->raw->scope, name);
    const char *message = given != NULL ? given : arena_text(p->r->arena, name);
    span octets;
    if (!scenario_message(p->r->s, message, &octets)) {
        complain(p->r, raw_place(p->raw, pos), "=== message NAME, or the built-in `plain`",
                 "there is no message `%s`", message);
        return false;
    }
    const struct section *section = scenario_section(p->r->s, SECTION_MESSAGE, message);
    if (section != NULL && section->has_names) {
        complain(p->r, raw_place(p->raw, pos), "take a message without such names",
                 "the octets of `%s` are not known before the run: it holds a name bound then", message);
        return false;
    }
    note(p->r, &p->r->messages_used, message, raw_place(p->raw, pos));
    put(p, span_text(arena_printf(p->r->arena, "%zu", octets.len)), pos, false);
    return true;
}

/* The name as it is known outside: with the prefix of each `as` round it. */
static const char *outside_name(struct replacing *p, span name, bool captured)
{
    const char *prefix = p->raw->scope != NULL ? p->raw->scope->prefix : "";
    const char *full = arena_printf(p->r->arena, "%s%.*s", prefix, SPAN_FMT(name));
    if (captured || prefix[0] == '\0' || find_known(&p->r->captures, full) != NULL) {
        return full;
    }
    return arena_text(p->r->arena, name);
}

/* text[pos..end) is a whole @{...}. */
static bool put_brace(struct replacing *p, size_t pos, size_t end)
{
    span text = p->raw->text;
    bool size = text.at[pos + 2] == '#';
    size_t start = pos + 2 + (size ? 1 : 0);
    span name = span_part(text, start, pattern_name_length(span_from(text, start)));
    size_t behind = start + name.len;
    if (size) {
        return put_size(p, name, pos);
    }
    const char *value = text.at[behind] == '}' ? scope_find(p->raw->scope, name) : NULL;
    if (value != NULL) {
        put(p, span_text(value), pos, false);
        return true;
    }
    bool captured = text.at[behind] == ':';
    const char *full = outside_name(p, name, captured);
    note(p->r, captured ? &p->r->captures : &p->r->references, full, raw_place(p->raw, pos));
    put(p, SPAN("@{"), pos, true);
    put(p, span_text(full), pos + 2, false);
    put(p, span_part(text, behind, end - behind), behind, true);
    return true;
}

bool params_replace(struct reading *r, const struct raw_line *raw, struct line *line)
{
    *line = (struct line){.text = raw->text, .file = raw->file, .number = raw->number};
    if (!params_left(raw->text)) {
        return true;
    }
    struct replacing p = {.r = r, .raw = raw};
    buf_init(&p.out, READING_FILE_CEILING);
    bool good = true;
    for (size_t pos = 0; good && pos < raw->text.len;) {
        size_t end = params_brace_end(raw->text, pos);
        if (end != SPAN_NONE) {
            good = put_brace(&p, pos, end);
            pos = end;
        } else if (span_starts(span_from(raw->text, pos), SPAN("@{"))) {
            complain(r, raw_place(raw, pos), "write @{name}, @{name:type} or @{#message}",
                     "`@{` opens no name here");
            good = false;
        } else {
            put(&p, span_part(raw->text, pos, 1), pos, true);
            pos++;
        }
    }
    if (!raw->again) {
        vec_add(r->arena, &p.columns, (unsigned)raw->text.len);
    }
    if (good && buf_full(&p.out)) {
        complain(r, raw_place(raw, 0), NULL, "the line is too long once its names are replaced");
        good = false;
    }
    line->text = arena_copy(r->arena, buf_span(&p.out));
    line->columns = p.columns.at;
    buf_wipe(&p.out);
    return good;
}

/* @{NAME.ip} of a server actor. */
static bool is_actor_address(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->actors.count; i++) {
        const struct actor *a = &s->actors.at[i];
        size_t len = strlen(a->name);
        if (a->role == ACTOR_SERVER && strncmp(a->name, name, len) == 0 &&
            strcmp(name + len, ".ip") == 0) {
            return true;
        }
    }
    return false;
}

static const char *nearest(struct reading *r, const char *name)
{
    struct row {
        const char *name;
    };
    VEC(struct row) rows = {0};
    vec_push(r->arena, &rows)->name = "dir";
    for (size_t i = 0; i < r->captures.count; i++) {
        vec_push(r->arena, &rows)->name = r->captures.at[i].name;
    }
    for (const struct scope *s = r->scope; s != NULL; s = s->outer) {
        for (size_t i = 0; i < s->values.count; i++) {
            vec_push(r->arena, &rows)->name = s->values.at[i].name;
        }
    }
    return rows_suggest(rows.at, rows.count, sizeof *rows.at, span_text(name));
}

void params_check(struct reading *r)
{
    for (size_t i = 0; i < r->references.count; i++) {
        struct known *ref = &r->references.at[i];
        struct known *capture = find_known(&r->captures, ref->name);
        if (capture != NULL) {
            capture->uses += ref->uses;
        } else if (strcmp(ref->name, "dir") != 0 && !is_actor_address(r->s, ref->name)) {
            const char *near = nearest(r, ref->name);
            const char *remedy =
                near != NULL ? arena_printf(r->arena, "did you mean `%s`?", near)
                             : "a name comes from vary, table, use, or a capture @{name:type}";
            complain(r, ref->place, remedy, "nothing gives `%s` a value", ref->name);
        }
    }
}
