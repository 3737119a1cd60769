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

/* FNV-1a. Whoever makes names collide has only his own 1 MB of header section to do it in. */
static size_t hash_of(span name)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.len; i++) {
        h = (h ^ ascii_lower(name.at[i])) * UINT64_C(1099511628211);
    }
    return (size_t)(h ^ h >> 32);
}

/* The lowest field of that name, or SPAN_NONE. */
static size_t lowest(const struct seal_fields *f, span name)
{
    size_t i = f->buckets[hash_of(name) & f->mask];
    while (i != SPAN_NONE && !span_eq_caseless(seal_field_name(f->at[i]), name)) {
        i = f->chain[i];
    }
    return i;
}

static size_t *indexes(struct arena *arena, size_t count)
{
    return arena_take_array(arena, count + 1, sizeof(size_t));
}

void seal_fields_read(const span *at, size_t count, struct arena *arena, struct seal_fields *f)
{
    size_t buckets = 16;
    while (buckets < count) {
        buckets *= 2;
    }
    *f = (struct seal_fields){.at = at, .count = count, .arena = arena, .mask = buckets - 1,
                              .above = indexes(arena, count),
                              .buckets = indexes(arena, buckets), .chain = indexes(arena, count),
                              .cursor = indexes(arena, count), .round = indexes(arena, count)};
    size_t *highest = indexes(arena, count); /* so far, for each lowest field */
    for (size_t i = 0; i < buckets; i++) {
        f->buckets[i] = SPAN_NONE;
    }
    for (size_t i = count; i-- > 0;) {
        span name = seal_field_name(at[i]);
        size_t low = lowest(f, name);
        f->above[i] = SPAN_NONE;
        if (low == SPAN_NONE) {
            size_t *bucket = &f->buckets[hash_of(name) & f->mask];
            f->chain[i] = *bucket;
            *bucket = i;
            highest[i] = i;
        } else {
            f->above[highest[low]] = i;
            highest[low] = i;
        }
    }
}

void seal_walk_begin(struct seal_fields *f)
{
    f->walk++;
}

bool seal_walk_take(struct seal_fields *f, span name, size_t *which)
{
    size_t low = lowest(f, name);
    if (low == SPAN_NONE) {
        return false;
    }
    if (f->round[low] != f->walk) {
        f->round[low] = f->walk;
        f->cursor[low] = low;
    }
    *which = f->cursor[low];
    if (*which == SPAN_NONE) {
        return false;
    }
    f->cursor[low] = f->above[*which];
    return true;
}
