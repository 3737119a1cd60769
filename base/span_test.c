/* Comparing, searching and cutting at every edge: empty, absent, out of bounds, NUL inside. */
#include "base/span.h"

#include <criterion/criterion.h>

/* Text of a row as a span; rows hold no NULs unless a test says so. */
static span of(const char *text)
{
    return span_text(text);
}

Test(span, order_is_by_unsigned_octets_then_by_length)
{
    static const struct {
        const char *label, *a, *b;
        int sign, sign_caseless;
    } rows[] = {
        {"equal",                           "abc",  "abc", 0,  0 },
        {"case",                            "ABC",  "abc", -1, 0 },
        {"shorter first",                   "ab",   "abc", -1, -1},
        {"empty first",                     "",     "a",   -1, -1},
        {"both empty",                      "",     "",    0,  0 },
        {"high octets are large",           "\x80", "z",   1,  1 },
        {"brackets stay between the cases", "[",    "a",   -1, -1},
        {"case above brackets",             "A",    "[",   -1, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int order = span_order(of(rows[i].a), of(rows[i].b));
        int caseless = span_order_caseless(of(rows[i].a), of(rows[i].b));
        cr_expect_eq((order > 0) - (order < 0), rows[i].sign, "%s", rows[i].label);
        cr_expect_eq((caseless > 0) - (caseless < 0), rows[i].sign_caseless, "%s",
                     rows[i].label);
        cr_expect_eq(span_eq(of(rows[i].a), of(rows[i].b)), rows[i].sign == 0, "%s",
                     rows[i].label);
        cr_expect_eq(span_eq_caseless(of(rows[i].a), of(rows[i].b)),
                     rows[i].sign_caseless == 0, "%s", rows[i].label);
    }
}

Test(span, a_nul_is_an_octet_like_others)
{
    cr_expect_not(span_eq(SPAN("a\0b"), SPAN("a\0c")));
    cr_expect_eq(SPAN("a\0b").len, 3);
    cr_expect_eq(span_find_byte(SPAN("a\0b"), 'b'), 2);
    cr_expect_eq(span_find(SPAN("a\0bc"), SPAN("\0b")), 1);
}

Test(span, searches_say_where_or_none)
{
    static const struct {
        const char *label, *in, *needle;
        size_t at;
    } rows[] = {
        {"first of two",         "abcabc", "bc",  1        },
        {"at the end",           "abc",    "c",   2        },
        {"not there",            "abc",    "d",   SPAN_NONE},
        {"longer than the text", "ab",     "abc", SPAN_NONE},
        {"empty needle",         "abc",    "",    0        },
        {"both empty",           "",       "",    0        },
        {"in nothing",           "",       "a",   SPAN_NONE},
        {"overlapping starts",   "aab",    "ab",  1        },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(span_find(of(rows[i].in), of(rows[i].needle)), rows[i].at, "%s",
                     rows[i].label);
        cr_expect_eq(span_has(of(rows[i].in), of(rows[i].needle)), rows[i].at != SPAN_NONE,
                     "%s", rows[i].label);
    }
    cr_expect_eq(span_find_byte(SPAN("a.b.c"), '.'), 1);
    cr_expect_eq(span_find_last_byte(SPAN("a.b.c"), '.'), 3);
    cr_expect_eq(span_find_last_byte(SPAN_EMPTY, '.'), SPAN_NONE);
    cr_expect_eq(span_find_byte((span){NULL, 0}, '.'), SPAN_NONE);
}

Test(span, starts_and_ends_compare_whole_affixes)
{
    cr_expect(span_starts(SPAN("EHLO x"), SPAN("EHLO")));
    cr_expect_not(span_starts(SPAN("EHL"), SPAN("EHLO")));
    cr_expect_not(span_starts(SPAN("ehlo x"), SPAN("EHLO")));
    cr_expect(span_starts_caseless(SPAN("ehlo x"), SPAN("EHLO")));
    cr_expect(span_starts(SPAN("x"), SPAN_EMPTY));
    cr_expect(span_ends(SPAN("a.test"), SPAN(".test")));
    cr_expect_not(span_ends(SPAN("test"), SPAN(".test")));
    cr_expect(span_ends(SPAN("x"), SPAN_EMPTY));
}

Test(span, parts_are_cut_to_what_is_there)
{
    static const struct {
        const char *label;
        size_t offset, count;
        const char *part;
    } rows[] = {
        {"inside",             1,        2,        "bc"  },
        {"all",                0,        4,        "abcd"},
        {"count too large",    2,        100,      "cd"  },
        {"count without end",  2,        SIZE_MAX, "cd"  },
        {"at the end",         4,        1,        ""    },
        {"behind the end",     5,        1,        ""    },
        {"offset without end", SIZE_MAX, SIZE_MAX, ""    },
        {"nothing",            1,        0,        ""    },
    };
    span text = SPAN("abcd");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span part = span_part(text, rows[i].offset, rows[i].count);
        cr_expect(span_eq(part, of(rows[i].part)), "%s", rows[i].label);
        cr_expect(part.at >= text.at && part.at + part.len <= text.at + text.len,
                  "%s: outside", rows[i].label);
    }
    cr_expect_eq(span_from((span){NULL, 0}, 3).len, 0);
}

Test(span, trims_keep_what_is_inside)
{
    static const struct {
        const char *label, *in, *blanks, *space;
    } rows[] = {
        {"both ends",               " \ta b\t ", "a b",    "a b"},
        {"line ends are no blanks", " a \r\n",   "a \r\n", "a"  },
        {"vertical ones",           "\v\fa",     "\v\fa",  "a"  },
        {"only blanks",             " \t ",      "",       ""   },
        {"empty",                   "",          "",       ""   },
        {"nothing to do",           "a",         "a",      "a"  },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect(span_eq(span_trim(of(rows[i].in)), of(rows[i].blanks)), "%s",
                  rows[i].label);
        cr_expect(span_eq(span_trim_space(of(rows[i].in)), of(rows[i].space)), "%s",
                  rows[i].label);
    }
}

Test(span, white_space_in_front_is_skipped)
{
    cr_expect(span_eq(span_skip_space(of(" \t\r\n\v\fa b ")), of("a b ")));
    cr_expect_eq(span_skip_space(of(" \n")).len, 0);
    cr_expect_eq(span_skip_space(of("")).len, 0);
}

Test(span, hexadecimal_digits_have_values)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        cr_expect_eq(ascii_hex_value(digits[i]), i);
    }
    cr_expect_eq(ascii_hex_value('F'), 15);
    const int others[] = {'/', ':', '@', 'G', '`', 'g', '\0', 0xe1, -1};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        cr_expect_eq(ascii_hex_value(others[i]), -1, "%d", others[i]);
    }
}

Test(span, split_without_a_separator_gives_all_and_false)
{
    static const struct {
        const char *in, *head, *rest;
        bool found;
    } rows[] = {
        {"a:b:c", "a",   "b:c", true },
        {"a:",    "a",   "",    true },
        {":a",    "",    "a",   true },
        {"abc",   "abc", "",    false},
        {"",      "",    "",    false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span head, rest;
        cr_expect_eq(span_split(of(rows[i].in), ':', &head, &rest), rows[i].found, "%s",
                     rows[i].in);
        cr_expect(span_eq(head, of(rows[i].head)), "%s", rows[i].in);
        cr_expect(span_eq(rest, of(rows[i].rest)), "%s", rows[i].in);
    }
}

Test(span, lines_end_at_lf_and_lose_one_cr)
{
    span text = SPAN("a\r\nb\n\r\n\r\r\nlast\r");
    static const char *const lines[] = {"a", "b", "", "\r", "last\r"};
    span line;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        cr_assert(span_line(&text, &line), "line %zu", i);
        cr_expect(span_eq(line, of(lines[i])), "line %zu: \"%.*s\"", i, SPAN_FMT(line));
    }
    cr_expect_not(span_line(&text, &line));
}

Test(span, numbers_are_digits_that_fit)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
    } rows[] = {
        {"0",                    true,  0         },
        {"007",                  true,  7         },
        {"18446744073709551615", true,  UINT64_MAX},
        {"18446744073709551616", false, 0         },
        {"99999999999999999999", false, 0         },
        {"",                     false, 0         },
        {"-1",                   false, 0         },
        {"+1",                   false, 0         },
        {" 1",                   false, 0         },
        {"1 ",                   false, 0         },
        {"0x1",                  false, 0         },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t value = 42;
        cr_expect_eq(span_to_u64(of(rows[i].text), &value), rows[i].good, "\"%s\"",
                     rows[i].text);
        cr_expect_eq(value, rows[i].good ? rows[i].value : 42, "\"%s\"", rows[i].text);
    }
}

Test(span, a_run_ends_before_the_first_octet_of_another_class)
{
    cr_expect_eq(span_run(SPAN("12a3"), ascii_is_digit), 2);
    cr_expect_eq(span_run(SPAN("123"), ascii_is_digit), 3);
    cr_expect_eq(span_run(SPAN("a"), ascii_is_digit), 0);
    cr_expect_eq(span_run(SPAN_EMPTY, ascii_is_digit), 0);
}
