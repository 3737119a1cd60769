/* Elements are zeroed when pushed and keep their values when the array moves. */
#include "base/vec.h"

#include <criterion/criterion.h>

struct point {
    int x, y;
};

Test(vec, pushes_are_zeroed_and_survive_growing)
{
    struct arena *arena = arena_new();
    VEC(struct point) points = {0};
    for (int i = 0; i < 1000; i++) {
        struct point *p = vec_push(arena, &points);
        cr_assert_eq(p->x, 0);
        cr_assert_eq(p->y, 0);
        *p = (struct point){i, -i};
        memset(arena_take(arena, 24), 0xff, 24);
    }
    cr_expect_eq(points.count, 1000);
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(points.at[i].x, i);
        cr_assert_eq(points.at[i].y, -i);
    }
    arena_free(arena);
}

Test(vec, values_are_added_in_order)
{
    struct arena *arena = arena_new();
    VEC(const char *) words = {0};
    vec_add(arena, &words, "one");
    vec_add(arena, &words, "two");
    cr_expect_eq(words.count, 2);
    cr_expect_str_eq(words.at[0], "one");
    cr_expect_str_eq(words.at[1], "two");
    words.count = 0;
    cr_expect_null(*vec_push(arena, &words), "a place that was used before");
    arena_free(arena);
}
