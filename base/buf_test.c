/* A buf holds everything up to its ceiling; past it, a clean beginning and the memory of that. */
#include "base/arena.h"
#include "base/buf.h"

#include "base/arena.h"

#include <criterion/criterion.h>

Test(buf, puts_add_up_to_one_text)
{
    struct buf b;
    buf_init(&b, 1000);
    buf_put(&b, SPAN("a\0b"));
    buf_put_byte(&b, '-');
    buf_put_text(&b, "text");
    buf_put_text(&b, "");
    buf_printf(&b, " %d %s", 42, "x");
    span all;
    cr_assert_not(failed(buf_end(&b, &all)));
    cr_expect(span_eq(all, SPAN("a\0b-text 42 x")));
    buf_wipe(&b);
    cr_expect_eq(b.ceiling, 1000);
    cr_expect_eq(buf_span(&b).len, 0);
}

Test(buf, the_ceiling_itself_fits_and_one_more_does_not)
{
    struct buf b;
    buf_init(&b, 5);
    buf_put_text(&b, "12345");
    cr_expect_not(buf_full(&b));
    buf_put(&b, SPAN_EMPTY);
    cr_expect_not(buf_full(&b), "nothing more is no more");
    buf_put_byte(&b, '6');
    cr_expect(buf_full(&b));
    span all;
    cr_expect_eq(buf_end(&b, &all).kind, ERR_LIMIT);
    cr_expect(span_eq(all, SPAN("12345")));
    buf_wipe(&b);
}

Test(buf, after_a_met_ceiling_nothing_is_added_until_clear)
{
    struct buf b;
    buf_init(&b, 5);
    buf_put_text(&b, "123");
    buf_put_text(&b, "456");
    buf_put_text(&b, "7");
    buf_printf(&b, "%d", 8);
    cr_expect(span_eq(buf_span(&b), SPAN("123")), "no text with a hole");
    buf_clear(&b);
    cr_expect_not(buf_full(&b));
    buf_put_text(&b, "7");
    cr_expect(span_eq(buf_span(&b), SPAN("7")));
    buf_wipe(&b);
}

Test(buf, printf_needs_no_room_for_a_nul)
{
    static const int widths[] = {1, 254, 255, 256, 257, 5000};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct buf b;
        buf_init(&b, (size_t)widths[i]);
        buf_printf(&b, "%*d", widths[i], 7);
        cr_expect_not(buf_full(&b), "%d octets", widths[i]);
        cr_expect_eq(b.len, (size_t)widths[i]);
        cr_expect_eq(b.at[b.len - 1], '7');
        buf_printf(&b, "%*d", widths[i], 7);
        cr_expect(buf_full(&b), "%d octets twice", widths[i]);
        cr_expect_eq(b.len, (size_t)widths[i]);
        buf_wipe(&b);
    }
}

Test(buf, reserve_past_the_ceiling_is_null_and_not_remembered)
{
    struct buf b;
    buf_init(&b, 10);
    cr_expect_null(buf_reserve(&b, 11));
    cr_expect_null(buf_reserve(&b, SIZE_MAX));
    unsigned char *at = buf_reserve(&b, 10);
    cr_assert_not_null(at);
    memcpy(at, "abc", 3);
    buf_add(&b, 3);
    cr_expect(span_eq(buf_span(&b), SPAN("abc")));
    cr_expect_null(buf_reserve(&b, 8));
    cr_expect_not_null(buf_reserve(&b, 7));
    cr_expect_not(buf_full(&b));
    buf_wipe(&b);
}

Test(buf, what_is_special_has_a_backslash)
{
    struct buf b;
    buf_init(&b, 20);
    buf_put_escaped(&b, SPAN("a\"\\\0("), "\"\\");
    cr_expect(span_eq(buf_span(&b), SPAN("a\\\"\\\\\0(")));
    buf_wipe(&b);
}

Test(buf, what_settles_outlives_the_buf)
{
    struct arena *arena = arena_new();
    struct buf b;
    buf_init(&b, 10);
    buf_put_text(&b, "abc");
    span all = buf_settle(&b, arena);
    buf_put_text(&b, "xyz");
    cr_expect(span_eq(all, SPAN("abc")) && span_eq(buf_span(&b), SPAN("xyz")));
    buf_wipe(&b);
    cr_expect_eq(buf_settle(&b, arena).len, 0);
    buf_put_text(&b, "def");
    cr_expect_str_eq(buf_settle_text(&b, arena), "def");
    cr_expect_eq(b.len, 0);
    arena_free(arena);
}

Test(buf, drop_takes_from_the_front)
{
    struct buf b;
    buf_init(&b, 10);
    buf_put_text(&b, "abcdef");
    buf_drop(&b, 2);
    cr_expect(span_eq(buf_span(&b), SPAN("cdef")));
    buf_put_text(&b, "ghijkl");
    cr_expect(span_eq(buf_span(&b), SPAN("cdefghijkl")));
    buf_drop(&b, 100);
    cr_expect_eq(b.len, 0);
    buf_wipe(&b);
}

Test(buf, grows_through_many_sizes)
{
    struct buf b;
    buf_init(&b, 100001);
    for (int i = 0; i < 100001; i++) {
        buf_put_byte(&b, (unsigned char)i);
    }
    cr_expect_not(buf_full(&b));
    for (size_t i = 0; i < 100001; i++) {
        cr_assert_eq(b.at[i], (unsigned char)i);
    }
    buf_wipe(&b);
}
