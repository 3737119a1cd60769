/* RFC 3629: each border of the ABNF from both sides. */
#include "ref/mail/utf8.h"

#include <criterion/criterion.h>

Test(mail_utf8, only_the_shortest_form_of_a_scalar_value_is_utf8)
{
    static const struct {
        const char *label, *text;
        size_t bad;
    } rows[] = {
        {"ascii", "abc", SPAN_NONE},
        {"nothing", "", SPAN_NONE},
        {"lowest of two", "\xC2\x80", SPAN_NONE},
        {"highest of two", "\xDF\xBF", SPAN_NONE},
        {"overlong of two", "a\xC1\xBF", 1},
        {"lowest of three", "\xE0\xA0\x80", SPAN_NONE},
        {"overlong of three", "\xE0\x9F\xBF", 0},
        {"below the surrogates", "\xED\x9F\xBF", SPAN_NONE},
        {"a surrogate", "ab\xED\xA0\x80", 2},
        {"above the surrogates", "\xEE\x80\x80", SPAN_NONE},
        {"lowest of four", "\xF0\x90\x80\x80", SPAN_NONE},
        {"overlong of four", "\xF0\x8F\xBF\xBF", 0},
        {"U+10FFFF", "\xF4\x8F\xBF\xBF", SPAN_NONE},
        {"U+110000", "\xF4\x90\x80\x80", 0},
        {"five octets", "\xF8\x88\x80\x80\x80", 0},
        {"a tail alone", "x\x80", 1},
        {"cut short", "\xE2\x82", 0},
        {"Latin-1", "caf\xE9", 3},
        {"tail is ascii", "\xC3(", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(mail_utf8_bad(span_text(rows[i].text)), rows[i].bad, "%s", rows[i].label);
    }
}

Test(mail_utf8, high_octets_are_found)
{
    cr_expect_not(mail_has_high(SPAN("abc\x7F")));
    cr_expect(mail_has_high(SPAN("abc\x80")));
}
