/* Dumps and diffs octet by octet as people see them. */
#include "base/hex.h"

#include "base/unescape_test.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* The text of a buf, which is then wiped; lives until the next call. */
static const char *text_of(struct buf *b)
{
    static char text[4096];
    span all = buf_span(b);
    cr_assert_lt(all.len, sizeof text);
    memcpy(text, all.at, all.len);
    text[all.len] = '\0';
    buf_wipe(b);
    return text;
}

Test(hex, two_digits_an_octet)
{
    struct buf out;
    buf_init(&out, 4096);
    hex_put(SPAN("\x00\xff\x1a"), &out);
    cr_expect_str_eq(text_of(&out), "00ff1a");
}

Test(hex, escapes_read_back_to_the_same_octets)
{
    unsigned char every[256];
    for (int i = 0; i < 256; i++) {
        every[i] = (unsigned char)i;
    }
    struct buf text, back;
    buf_init(&text, 4096);
    buf_init(&back, 4096);
    hex_escape(span_of(every, 256), &text);
    cr_assert(hex_unescape(buf_span(&text), &back));
    cr_expect(span_eq(buf_span(&back), span_of(every, 256)));
    buf_wipe(&back);
    buf_clear(&text);
    hex_escape(SPAN("a\r\n\t\0001\\\"\x7f\xff"), &text);
    cr_expect_str_eq(text_of(&text), "a\\r\\n\\t\\01\\\\\\\"\\x7f\\xff");
}

Test(hex, bad_escapes_are_refused)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"plain \xc3\xa4", true },
        {"\\x0D\\x0a",     true },
        {"\\",             false},
        {"a\\",            false},
        {"\\q",            false},
        {"\\x",            false},
        {"\\x1",           false},
        {"\\xg0",          false},
        {"\\x0g",          false},
        {"\\R",            false},
        {"\\1",            false},
        {"\\\\",           true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 100);
        cr_expect_eq(hex_unescape(span_text(rows[i].text), &out), rows[i].good, "%s",
                     rows[i].text);
        buf_wipe(&out);
    }
}

Test(hex, first_difference_is_an_offset)
{
    cr_expect_eq(hex_first_difference(SPAN("abc"), SPAN("abc")), SPAN_NONE);
    cr_expect_eq(hex_first_difference(SPAN("abc"), SPAN("abd")), 2);
    cr_expect_eq(hex_first_difference(SPAN("abc"), SPAN("ab")), 2);
    cr_expect_eq(hex_first_difference(SPAN_EMPTY, SPAN("a")), 0);
    cr_expect_eq(hex_first_difference(SPAN_EMPTY, SPAN_EMPTY), SPAN_NONE);
}

Test(hex, side_by_side_marks_the_first_line_that_differs)
{
    struct buf out;
    buf_init(&out, 4096);
    hex_side_by_side("demanded", SPAN("1\r\n2\r\n3\r\n4\r\n"), "seen",
                     SPAN("1\r\n2\r\n3\n4\r\n5"), 12, 1, &out);
    cr_expect_str_eq(text_of(&out), "first difference at octet 8: line 3, octet 2 of it\n"
                                    "       demanded     | seen\n"
                                    "     2 2\\r\\n        | 2\\r\\n\n"
                                    ">    3 3\\r\\n        | 3\\n\n"
                                    "     4 4\\r\\n        | 4\\r\\n\n");
}

Test(hex, side_by_side_shows_a_missing_line)
{
    struct buf out;
    buf_init(&out, 4096);
    hex_side_by_side("a", SPAN("1\n2\n"), "b", SPAN("1\n"), 6, 5, &out);
    cr_expect_str_eq(text_of(&out), "first difference at octet 3: line 2, octet 1 of it\n"
                                    "       a      | b\n"
                                    "     1 1\\n    | 1\\n\n"
                                    ">    2 2\\n    | ~\n");
}

Test(hex, side_by_side_moves_along_a_long_line)
{
    struct buf out;
    buf_init(&out, 4096);
    hex_side_by_side("a", SPAN("0123456789012345678901234567890123456789X"), "b",
                     SPAN("0123456789012345678901234567890123456789Y and much more"), 16, 0,
                     &out);
    cr_expect_str_eq(text_of(&out), "first difference at octet 41: line 1, octet 41 of it\n"
                                    "       a                | b\n"
                                    ">    1 ...56789X        | ...56789Y and...\n");
}

Test(hex, side_by_side_is_silent_when_equal)
{
    struct buf out;
    buf_init(&out, 4096);
    hex_side_by_side("a", SPAN("same"), "b", SPAN("same"), 10, SIZE_MAX, &out);
    cr_expect_eq(out.len, 0);
    hex_side_by_side("a", SPAN("1\n2\n"), "b", SPAN("1\n3\n"), 10, SIZE_MAX, &out);
    cr_expect_gt(out.len, 0, "a context without end shows all");
    cr_expect(span_has(buf_span(&out), SPAN("     1 1\\n")));
    buf_wipe(&out);
}
