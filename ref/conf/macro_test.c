/* Substitution against the sentence of the manual, done slowly: each macro in turn, in the order of
   definition, all its places. */
#include "ref/conf/macro.h"

#include "base/rng.h"

#include <criterion/criterion.h>

enum { CEILING = 1 << 16 };

static bool slowly(const struct conf_macros *m, size_t from, struct buf *text, struct arena *arena)
{
    bool found = false;
    for (size_t i = 0; i < m->rows.count; i++) {
        span all = arena_copy(arena, buf_span(text)), name = m->rows.at[i]->name;
        size_t done = 0, hit;
        buf_clear(text);
        buf_put(text, span_first(all, from));
        for (done = from; (hit = span_find(span_from(all, done), name)) != SPAN_NONE; found = true) {
            buf_put(text, span_part(all, done, hit));
            buf_put(text, m->rows.at[i]->text);
            done += hit + name.len;
        }
        buf_put(text, span_from(all, done));
    }
    return found;
}

static char letter(struct rng *rng)
{
    return "AABBC_1 .x"[rng_below(rng, 10)];
}

static span word(struct rng *rng, struct arena *arena, size_t most)
{
    size_t len = (size_t)rng_below(rng, most) + 1;
    char *at = arena_take(arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        at[i] = letter(rng);
    }
    return span_of(at, len);
}

Test(conf_macro, many_macros_are_replaced_as_if_one_by_one)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct rng rng;
        struct arena *arena = arena_new();
        struct conf_macros m = {0};
        struct buf text, model, scratch;
        rng_seeded(&rng, seed);
        macro_builtins_done(&m);
        for (size_t i = 0; i < 60; i++) {
            span name = word(&rng, arena, 4), value = word(&rng, arena, 3);
            const char *line = arena_printf(arena, "%.*s = %.*s", SPAN_FMT(name), SPAN_FMT(value));
            struct conf_where where = {"/c", 1};
            if (macro_definition_head(span_text(line)) > 0) {
                (void)!failed(macro_define_line(&m, span_text(line), where, arena));
            }
        }
        cr_assert(m.rows.count > 0);
        buf_init(&text, CEILING);
        buf_init(&model, CEILING);
        buf_init(&scratch, CEILING);
        span line = word(&rng, arena, 60);
        size_t from = (size_t)rng_below(&rng, line.len);
        buf_put(&text, line);
        buf_put(&model, line);
        bool found = slowly(&m, from, &model, arena);
        cr_expect_eq(macro_replace(&m, from, &text, &scratch), found, "seed %llu",
                     (unsigned long long)seed);
        cr_expect(span_eq(buf_span(&text), buf_span(&model)), "seed %llu: %.*s is not %.*s",
                  (unsigned long long)seed, SPAN_FMT(buf_span(&text)), SPAN_FMT(buf_span(&model)));
        buf_wipe(&text);
        buf_wipe(&model);
        buf_wipe(&scratch);
        arena_free(arena);
    }
}

Test(conf_macro, a_name_has_at_most_63_characters)
{
    struct arena *arena = arena_new();
    struct conf_macros m = {0};
    char line[80];
    struct conf_where where = {"/c", 7};
    for (size_t len = 63; len <= 64; len++) {
        memset(line, len == 63 ? 'A' : 'B', len);
        memcpy(line + len, " = x", 5);
        err e = macro_define_line(&m, span_text(line), where, arena);
        cr_expect_eq(failed(e), len == 64, "%zu", len);
    }
    cr_expect(macro_find(&m, span_of(line, 63)) == NULL);
    arena_free(arena);
}
