/* A map holds what a list would, for any keys: beginnings of each other, the empty one, with NUL. */
#include "base/map.h"

#include "base/rng.h"
#include "base/vec.h"

#include <criterion/criterion.h>

enum { TRIES = 20000 };

/* Few different octets, and short: most keys are beginnings of others, and come twice. */
static span any_key(struct rng *rng, struct arena *arena)
{
    static const unsigned char octets[] = {0, 1, 'a', 'b', 0x80, 0xff};
    size_t len = (size_t)rng_below(rng, 7);
    unsigned char *at = arena_take(arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        at[i] = octets[rng_below(rng, sizeof octets)];
    }
    return span_of(at, len);
}

static const span *listed(const span *list, size_t count, span key)
{
    for (size_t i = 0; i < count; i++) {
        if (span_eq(list[i], key)) {
            return &list[i];
        }
    }
    return NULL;
}

Test(map, holds_what_a_list_would)
{
    struct arena *arena = arena_new();
    struct rng rng;
    struct map m = {0};
    span *list = arena_take_array(arena, TRIES, sizeof *list);
    size_t count = 0;
    rng_seeded(&rng, 7);
    for (size_t i = 0; i < TRIES; i++) {
        span key = any_key(&rng, arena);
        const span *there = listed(list, count, key);
        cr_assert_eq(map_get(&m, key), there);
        if (rng_below(&rng, 8) == 0) {
            list[count] = key;
            const void *given = map_put(&m, arena, key, &list[count]);
            cr_assert_eq(given, there != NULL ? there : &list[count]);
            count += there == NULL;
        }
    }
    cr_expect_eq(m.count, count);
    cr_expect_gt(count, 1000);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(map_get(&m, list[i]), &list[i]);
    }
    arena_free(arena);
}

Test(map, what_is_there_stays)
{
    struct arena *arena = arena_new();
    struct map m = {0};
    int one = 1, two = 2;
    cr_expect_null(map_get(&m, SPAN_EMPTY));
    cr_expect_eq(map_put(&m, arena, SPAN("a"), &one), &one);
    cr_expect_eq(map_put(&m, arena, SPAN("a"), &two), &one);
    cr_expect_null(map_get(&m, SPAN_EMPTY), "the beginning of a key");
    cr_expect_null(map_get(&m, SPAN("ab")), "a key with more behind it");
    cr_expect_eq(m.count, 1);
    arena_free(arena);
}
