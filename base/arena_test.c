/* Takes are zeroed, aligned and apart, whatever their sizes and through resets; impossible ones
   abort. */
#include "base/arena.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdalign.h>

Test(arena, what_is_taken_is_zeroed_aligned_and_apart)
{
    static const size_t sizes[] = {0, 1, 7, 16, 100, 4000, 5000, 20000, 70000, 1000000, 3};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    struct arena *arena = arena_new();
    for (int round = 0; round < 3; round++) {
        unsigned char *taken[COUNT];
        size_t sum = 0;
        for (size_t i = 0; i < COUNT; i++) {
            taken[i] = arena_take(arena, sizes[i]);
            cr_assert_not_null(taken[i]);
            cr_expect_eq((uintptr_t)taken[i] % alignof(max_align_t), 0, "%zu octets",
                         sizes[i]);
            for (size_t j = 0; j < sizes[i]; j++) {
                cr_assert_eq(taken[i][j], 0, "%zu octets, round %d", sizes[i], round);
            }
            memset(taken[i], (int)i + 1, sizes[i]);
            sum += sizes[i];
        }
        for (size_t i = 0; i < COUNT; i++) {
            for (size_t j = 0; j < sizes[i]; j++) {
                cr_assert_eq(taken[i][j], i + 1, "%zu octets were written over", sizes[i]);
            }
        }
        cr_expect_eq(arena_used(arena), sum);
        arena_reset(arena);
        cr_expect_eq(arena_used(arena), 0);
    }
    arena_free(arena);
}

Test(arena, octets_are_apart_from_what_is_taken)
{
    struct arena *arena = arena_new();
    for (size_t size = 0; size < 100000; size = size * 3 + 1) {
        unsigned char *octets = arena_octets(arena, size);
        unsigned char *after = arena_take(arena, 8);
        memset(octets, 'x', size);
        cr_expect_eq((uintptr_t)octets % alignof(max_align_t), 0, "%zu octets", size);
        for (size_t j = 0; j < 8; j++) {
            cr_expect_eq(after[j], 0, "%zu octets", size);
        }
        memset(arena_octets(arena, size), 'y', size);
        for (size_t j = 0; j < size; j++) {
            cr_assert_eq(octets[j], 'x', "%zu octets were written over", size);
        }
    }
    arena_free(arena);
}

Test(arena, many_small_takes_grow_and_stay)
{
    struct arena *arena = arena_new();
    unsigned **taken = arena_take_array(arena, 20000, sizeof *taken);
    for (unsigned i = 0; i < 20000; i++) {
        taken[i] = ARENA_NEW(arena, unsigned);
        *taken[i] = i;
    }
    for (unsigned i = 0; i < 20000; i++) {
        cr_assert_eq(*taken[i], i);
    }
    arena_free(arena);
}

Test(arena, an_array_whose_size_overflows_aborts, .signal = SIGABRT)
{
    struct arena *arena = arena_new();
    arena_take_array(arena, SIZE_MAX / 2, 3);
}

Test(arena, more_than_there_is_aborts, .signal = SIGABRT)
{
    struct arena *arena = arena_new();
    arena_take(arena, SIZE_MAX - 8);
}

Test(arena, copies_do_not_follow_the_original)
{
    struct arena *arena = arena_new();
    char original[] = "a\0b";
    span copy = arena_copy(arena, span_of(original, 3));
    char *text = arena_text(arena, span_of(original, 3));
    original[0] = 'x';
    cr_expect(span_eq(copy, SPAN("a\0b")));
    cr_expect(memcmp(text, "a\0b\0", 4) == 0, "the text has a NUL behind its octets");
    cr_expect_str_eq(arena_text(arena, (span){NULL, 0}), "");
    cr_expect_eq(arena_copy(arena, SPAN_EMPTY).len, 0);
    cr_expect(span_eq(arena_lower(arena, SPAN("A\0Z[\xc4z")), SPAN("a\0z[\xc4z")));
    cr_expect_eq(arena_lower(arena, SPAN_EMPTY).len, 0);
    arena_free(arena);
}

Test(arena, lower_case_is_that_of_ascii)
{
    struct arena *arena = arena_new();
    cr_expect(span_eq(arena_lower(arena, SPAN("A-z\0[\xc4")), SPAN("a-z\0[\xc4")));
    cr_expect_eq(arena_lower(arena, SPAN_EMPTY).len, 0);
    arena_free(arena);
}

Test(arena, printf_gives_all_of_a_long_text)
{
    struct arena *arena = arena_new();
    char *text = arena_printf(arena, "%*d|%s", 10000, 7, "end");
    cr_expect_eq(strlen(text), 10004);
    cr_expect_str_eq(text + 9999, "7|end");
    arena_free(arena);
}

Test(arena, nothing_can_be_freed)
{
    arena_free(NULL);
}
