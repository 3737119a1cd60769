/* A message may have 10,000 fields and a signature 100,000 names; the two together must not be
   multiplied. Hence an index: built once, and walks that cost a step for each name. */
#include "ref/seal/fields.h"

span seal_field_name(span field)
{
    size_t colon = span_find_byte(field, ':');
    return colon == SPAN_NONE ? SPAN_EMPTY : span_trim(span_first(field, colon));
}

span seal_field_body(span field)
{
    size_t colon = span_find_byte(field, ':');
    span body = colon == SPAN_NONE ? SPAN_EMPTY : span_from(field, colon + 1);
    if (body.len > 0 && body.at[body.len - 1] == '\n') {
        body.len--;
        body.len -= body.len > 0 && body.at[body.len - 1] == '\r' ? 1 : 0;
    }
    return body;
}

bool seal_field_is(span field, const char *name)
{
    return span_eq_caseless(seal_field_name(field), span_text(name));
}

struct name {
    size_t lowest, highest; /* its fields */
    size_t next;            /* that `walk` takes */
    size_t walk;
};

void seal_fields_read(const span *at, size_t count, struct arena *arena, struct seal_fields *f)
{
    *f = (struct seal_fields){.at = at, .count = count, .arena = arena,
                              .above = arena_take_array(arena, count, sizeof *f->above)};
    for (size_t i = count; i-- > 0;) {
        span key = arena_lower(arena, seal_field_name(at[i]));
        struct name *name = map_get(&f->names, key);
        f->above[i] = SPAN_NONE;
        if (name == NULL) {
            name = ARENA_NEW(arena, struct name);
            name->lowest = i;
            (void)map_put(&f->names, arena, key, name);
        } else {
            f->above[name->highest] = i;
        }
        name->highest = i;
    }
}

void seal_walk_begin(struct seal_fields *f)
{
    f->walk++;
}

bool seal_walk_take(struct seal_fields *f, span name, size_t *which)
{
    struct name *n = map_get(&f->names, arena_lower(f->arena, name));
    if (n == NULL) {
        return false;
    }
    if (n->walk != f->walk) {
        n->walk = f->walk;
        n->next = n->lowest;
    }
    *which = n->next;
    if (*which == SPAN_NONE) {
        return false;
    }
    n->next = f->above[*which];
    return true;
}
