/* Takes move past what they took or not at all. */
#include "base/cursor.h"

#include <criterion/criterion.h>

Test(cursor, a_take_that_fails_moves_nothing)
{
    struct cursor c = cursor_of(SPAN("ab 99999999999999999999 x"));
    span taken = SPAN("untouched");
    uint64_t number = 42;
    cr_expect_not(cursor_take_byte(&c, 'b'));
    cr_expect_not(cursor_take_literal(&c, SPAN("AB")));
    cr_expect_not(cursor_take_caseless(&c, SPAN("abc")));
    cr_expect_not(cursor_take_count(&c, 26, &taken));
    cr_expect_not(cursor_take_while(&c, ascii_is_digit, &taken));
    cr_expect_not(cursor_take_until(&c, ';', &taken));
    cr_expect_not(cursor_take_u64(&c, &number));
    cr_expect_eq(cursor_skip_blanks(&c), 0);
    cr_expect_eq(c.pos, 0);
    c.pos = 3;
    cr_expect_not(cursor_take_u64(&c, &number), "a number that does not fit");
    cr_expect_eq(c.pos, 3);
    cr_expect_eq(number, 42);
    cr_expect(span_eq(taken, SPAN("untouched")));
}

Test(cursor, takes_in_a_row_read_a_line)
{
    struct cursor c = cursor_of(SPAN("SIZE=\t 1024;rest"));
    span word;
    uint64_t size;
    cr_assert(cursor_take_while(&c, ascii_is_alpha, &word));
    cr_expect(span_eq(word, SPAN("SIZE")));
    cr_expect(cursor_take_byte(&c, '='));
    cr_expect_eq(cursor_skip_blanks(&c), 2);
    cr_assert(cursor_take_u64(&c, &size));
    cr_expect_eq(size, 1024);
    cr_expect_eq(cursor_peek(&c), ';');
    cr_expect(cursor_take_literal(&c, SPAN(";")));
    cr_expect(span_eq(cursor_rest(&c), SPAN("rest")));
    cr_expect(cursor_take_caseless(&c, SPAN("REST")));
    cr_expect(cursor_at_end(&c));
    cr_expect_eq(cursor_left(&c), 0);
}

Test(cursor, the_end_is_seen_and_never_passed)
{
    struct cursor c = cursor_of(SPAN("\xff"));
    unsigned char byte;
    span none;
    cr_expect_eq(cursor_peek(&c), 0xff, "an octet of 255 is not the end");
    cr_expect(cursor_take_any(&c, &byte));
    cr_expect_eq(byte, 0xff);
    cr_expect_eq(cursor_peek(&c), -1);
    cr_expect_not(cursor_take_any(&c, &byte));
    cr_expect_not(cursor_take_byte(&c, 0xff));
    cr_expect(cursor_take_count(&c, 0, &none));
    cr_expect_not(cursor_take_count(&c, SIZE_MAX, &none));
    cr_expect_eq(cursor_rest(&c).len, 0);
}

Test(cursor, until_leaves_the_stop_byte)
{
    struct cursor c = cursor_of(SPAN("a@b@c"));
    span taken;
    cr_assert(cursor_take_until(&c, '@', &taken));
    cr_expect(span_eq(taken, SPAN("a")));
    cr_expect_eq(cursor_peek(&c), '@');
    cr_assert(cursor_take_until(&c, '@', &taken));
    cr_expect_eq(taken.len, 0);
}

Test(cursor, integers_are_big_endian)
{
    struct cursor c = cursor_of(SPAN("\x01\x02\xff\xfe\xfd\xfc\x09\x08\x07"));
    uint16_t two;
    uint32_t four;
    cr_assert(cursor_take_be16(&c, &two));
    cr_expect_eq(two, 0x0102);
    cr_assert(cursor_take_be32(&c, &four));
    cr_expect_eq(four, 0xfffefdfc);
    cr_expect_not(cursor_take_be32(&c, &four), "three octets are left");
    cr_expect_eq(cursor_left(&c), 3);
}

Test(cursor, a_vector_is_taken_whole_or_not_at_all)
{
    struct cursor c = cursor_of(SPAN("\2ab\0\1c\3de"));
    span taken;
    cr_expect(cursor_take_vector8(&c, &taken) && span_eq(taken, SPAN("ab")));
    cr_expect(cursor_take_vector16(&c, &taken) && span_eq(taken, SPAN("c")));
    cr_expect_not(cursor_take_vector8(&c, &taken));
    cr_expect_not(cursor_take_vector16(&c, &taken));
    cr_expect_eq(c.pos, 6);
}
