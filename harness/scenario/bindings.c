/* Names that were bound while a case was played: what `@{id}` stands for, on every surface. */
#include "harness/scenario/pattern_nodes.h"

#include <string.h>

/* A queue id when the target says nothing about its own: what the known servers use. */
#define ID_SHAPE "[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"

/* The end of the group that begins at `at`; SPAN_NONE if it never ends. */
static size_t group_end(span shape, size_t at)
{
    size_t depth = 0;
    bool in_class = false;
    for (size_t i = at; i < shape.len; i++) {
        unsigned char c = shape.at[i];
        if (c == '\\') {
            i++;
        } else if (in_class) {
            in_class = c != ']';
        } else if (c == '[') {
            in_class = true;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 0) {
            return i;
        }
    }
    return SPAN_NONE;
}

/* Where the first capturing group opens. */
static size_t group_start(span shape)
{
    bool in_class = false;
    for (size_t i = 0; i < shape.len; i++) {
        unsigned char c = shape.at[i];
        if (c == '\\') {
            i++;
        } else if (in_class) {
            in_class = c != ']';
        } else if (c == '[') {
            in_class = true;
        } else if (c == '(' && !(i + 1 < shape.len && shape.at[i + 1] == '?')) {
            return i;
        }
    }
    return SPAN_NONE;
}

/* What stands round the id's group becomes what must lie before and behind it, so that a pattern
   may or may not write that text itself: "as @{id:id}" and "@{id:id}" both find `queued as X`. */
static void set_shape(struct bindings *b, span shape)
{
    size_t open = group_start(shape);
    size_t end = open == SPAN_NONE ? SPAN_NONE : group_end(shape, open);
    if (end == SPAN_NONE) {
        b->id = arena_text(b->arena, shape);
        return;
    }
    span behind = span_from(shape, end + 1);
    b->id = arena_text(b->arena, span_part(shape, open + 1, end - open - 1));
    if (open > 0) {
        b->id_before = arena_printf(b->arena, "(?<=%.*s)", (int)open, (const char *)shape.at);
    }
    if (behind.len > 0) {
        b->id_behind = arena_printf(b->arena, "(?=%.*s)", SPAN_FMT(behind));
    }
}

struct bindings *bindings_new(struct arena *arena, const char *id_shape)
{
    struct bindings *b = ARENA_NEW(arena, struct bindings);
    b->arena = arena;
    b->id_before = "";
    b->id_behind = "";
    b->id = ID_SHAPE;
    span shape = span_text(id_shape);
    if (shape.len >= 2 && shape.at[0] == '/' && shape.at[shape.len - 1] == '/') {
        shape = span_part(shape, 1, shape.len - 2);
    }
    size_t at;
    const char *what;
    if (shape.len > 0 && pattern_regex_ok(shape, arena, &at, &what)) {
        set_shape(b, shape);
        /* A context of no fixed length cannot be looked back at. */
        if (!pattern_regex_ok(span_text(b->id_before), arena, &at, &what)) {
            b->id_before = "";
        }
    }
    return b;
}

static struct bound *find(const struct bindings *b, const char *name)
{
    for (size_t i = 0; i < b->all.count; i++) {
        if (strcmp(b->all.at[i].name, name) == 0) {
            return &b->all.at[i];
        }
    }
    return NULL;
}

bool bindings_get(const struct bindings *b, const char *name, span *value)
{
    const struct bound *known = find(b, name);
    if (known != NULL) {
        *value = known->value;
    }
    return known != NULL;
}

void bindings_set(struct bindings *b, const char *name, span value)
{
    struct bound *known = find(b, name);
    if (known == NULL) {
        known = vec_push(b->arena, &b->all);
        known->name = arena_text(b->arena, span_text(name));
    }
    known->value = arena_copy(b->arena, value);
}

bool bindings_gave_up(const struct bindings *b)
{
    return b->gave_up;
}

bool bindings_fill(const struct bindings *b, span text, struct arena *arena, span *filled,
                   const char **unbound)
{
    struct buf out;
    buf_init(&out, text.len + ((size_t)1 << 24));
    while (text.len > 0) {
        size_t open = span_find(text, SPAN("@{"));
        buf_put(&out, span_first(text, open == SPAN_NONE ? text.len : open));
        if (open == SPAN_NONE) {
            break;
        }
        text = span_from(text, open);
        size_t name_len = pattern_name_length(span_from(text, 2));
        if (name_len == 0 || 2 + name_len >= text.len || text.at[2 + name_len] != '}') {
            buf_put(&out, span_first(text, 2));
            text = span_from(text, 2);
            continue;
        }
        const char *name = arena_text(arena, span_part(text, 2, name_len));
        span value;
        if (!bindings_get(b, name, &value)) {
            *unbound = name;
            buf_wipe(&out);
            return false;
        }
        buf_put(&out, value);
        text = span_from(text, name_len + 3);
    }
    *filled = buf_settle(&out, arena);
    return true;
}
