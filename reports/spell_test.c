/* Hostile text in each spelling. */
#include "reports/spell.h"

#include <criterion/criterion.h>

static void expect(void (*spell)(span, struct buf *), span in, const char *out, const char *label)
{
    struct buf b;
    buf_init(&b, 4096);
    spell(in, &b);
    cr_expect(span_eq(buf_span(&b), span_text(out)), "%s: got %.*s", label, SPAN_FMT(buf_span(&b)));
    buf_wipe(&b);
}

Test(reports_spell, json_is_well_formed_utf8_and_escapes_what_it_must)
{
    static const struct {
        const char *label;
        const char *in;
        const char *out;
    } rows[] = {
        {"ASCII", "250 OK", "250 OK"},
        {"two octets", "\xC3\xA9", "\xC3\xA9"},
        {"three octets", "\xE2\x82\xAC", "\xE2\x82\xAC"},
        {"four octets", "\xF0\x9F\x93\xA7", "\xF0\x9F\x93\xA7"},
        {"Latin-1", "caf\xE9 x", "caf\\\\xe9 x"},
        {"cut off", "\xE2\x82", "\\\\xe2\\\\x82"},
        {"overlong slash", "\xC0\xAF", "\\\\xc0\\\\xaf"},
        {"overlong in three", "\xE0\x80\xAF", "\\\\xe0\\\\x80\\\\xaf"},
        {"overlong in four", "\xF0\x80\x80\xAF", "\\\\xf0\\\\x80\\\\x80\\\\xaf"},
        {"surrogate", "\xED\xA0\x80", "\\\\xed\\\\xa0\\\\x80"},
        {"beyond U+10FFFF", "\xF4\x90\x80\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80"},
        {"stray continuation", "a\x80z", "a\\\\x80z"},
        {"FF", "\xFF", "\\\\xff"},
        {"quote and backslash", "\"\\\"", "\\\"\\\\\\\""},
        {"control characters with a name", "\b\f\n\r\t", "\\b\\f\\n\\r\\t"},
        {"and without", "a\x01z\x1F\x7F", "a\\u0001z\\u001F\x7F"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect(spell_json, span_text(rows[i].in), rows[i].out, rows[i].label);
    }
}

Test(reports_spell, a_banner_cannot_drive_the_terminal)
{
    expect(spell_terminal, SPAN("a\033[2Jb\x07\x7F\r\n\tc\0d"), "a\\x1b[2Jb\\x07\\x7f\\r\n\tc\\x00d", "C0");
    expect(spell_terminal, SPAN("\xC2\x9B"
                                "31m"),
           "\\xc2\\x9b31m", "C1");
    expect(spell_line, SPAN("a\nb\tc\r"), "a\\nb\\tc\\r", "one line");
}

Test(reports_spell, xml_has_neither_markup_nor_what_xml_cannot_hold)
{
    expect(spell_xml, SPAN("<a b=\"&\">"), "&lt;a b=&quot;&amp;&quot;&gt;", "markup");
    expect(spell_xml, SPAN("\r\n\t"), "&#13;&#10;&#9;", "survives as an attribute");
    expect(spell_xml, SPAN("\x01\x08\0"), "\\x01\\x08\\x00", "no XML character");
    expect(spell_xml, SPAN("\xEF\xBF\xBE\xEF\xBF\xBF"), "\\xef\\xbf\\xbe\\xef\\xbf\\xbf", "nor these");
    expect(spell_xml, SPAN("\xEF\xBF\xBD"), "\xEF\xBF\xBD", "but this is one");
}

Test(reports_spell, a_format_spells_texts_and_nothing_else)
{
    struct buf out;
    const char *volatile nothing = NULL;
    buf_init(&out, 1000);
    spell_line_printf(&out, "%s\n%u %zu %d", "a\nb", 7u, (size_t)8, -9);
    cr_expect(span_eq(buf_span(&out), SPAN("a\\nb\n7 8 -9")));
    buf_clear(&out);
    spell_xml_printf(&out, "<b>%s%.*s</b> %lu %lld", nothing, 2, "<&>", 1ul, -2ll);
    cr_expect(span_eq(buf_span(&out), SPAN("<b>&lt;&amp;</b> 1 -2")));
    buf_wipe(&out);
}
