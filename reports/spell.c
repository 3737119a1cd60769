/* A report is written about programs that misbehave, so what it quotes is hostile as a rule: escape
   sequences in a banner, half a UTF-8 character, octets that XML 1.0 cannot hold in any spelling.
   testssl's users lost reports to one bad byte (testssl.sh#1844); here each form asks for its own
   spelling and none trusts a text. */
#include "reports/spell.h"

#include "base/check.h"
#include "base/cursor.h"

static bool is_continuation(span s, size_t i)
{
    return i < s.len && (s.at[i] & 0xC0) == 0x80;
}

/* Octets of the well-formed character at the front, or 0. */
static size_t utf8_length(span s)
{
    unsigned char a = s.at[0];
    unsigned char b = s.len > 1 ? s.at[1] : 0;
    if (a < 0x80) {
        return 1;
    }
    if (a >= 0xC2 && a <= 0xDF) {
        return is_continuation(s, 1) ? 2 : 0;
    }
    if (a >= 0xE0 && a <= 0xEF) {
        bool bad = (a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F);
        return !bad && is_continuation(s, 1) && is_continuation(s, 2) ? 3 : 0;
    }
    if (a >= 0xF0 && a <= 0xF4) {
        bool bad = (a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F);
        return !bad && is_continuation(s, 1) && is_continuation(s, 2) && is_continuation(s, 3) ? 4
                                                                                               : 0;
    }
    return 0;
}

bool spell_take(span *text, span *character)
{
    size_t len = utf8_length(*text);
    *character = span_first(*text, len ? len : 1);
    *text = span_from(*text, character->len);
    return len != 0;
}

static void put_hex(span character, struct buf *out)
{
    for (size_t i = 0; i < character.len; i++) {
        buf_printf(out, "\\x%02x", character.at[i]);
    }
}

static bool is_c0_or_del(span character)
{
    return character.len == 1 && (character.at[0] < 0x20 || character.at[0] == 0x7F);
}

/* U+0080 to U+009F: some terminals obey these as well. */
static bool is_c1(span character)
{
    return character.len == 2 && character.at[0] == 0xC2 && character.at[1] < 0xA0;
}

static bool is_xml_character(span character)
{
    if (character.len == 1) {
        unsigned char c = character.at[0];
        return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
    }
    /* U+FFFE and U+FFFF */
    return !(character.len == 3 && character.at[0] == 0xEF && character.at[1] == 0xBF &&
             character.at[2] >= 0xBE);
}

static bool is_plain_in_json(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

void spell_json(span text, struct buf *out)
{
    static const char named[] = "\"\\\b\f\n\r\t";
    static const char names[] = "\"\\bfnrt";
    span character;
    while (text.len != 0) {
        size_t plain = span_run(text, is_plain_in_json);
        buf_put(out, span_first(text, plain));
        text = span_from(text, plain);
        if (text.len == 0) {
            break;
        }
        bool good = spell_take(&text, &character);
        unsigned char c = character.at[0];
        const char *name = c ? strchr(named, c) : NULL;
        if (!good) {
            buf_put_byte(out, '\\'); /* what is read back is \xHH, as in every form */
            put_hex(character, out);
        } else if (name) {
            buf_put_byte(out, '\\');
            buf_put_byte(out, (unsigned char)names[name - named]);
        } else if (c < 0x20) {
            buf_printf(out, "\\u%04X", c);
        } else {
            buf_put(out, character);
        }
    }
}

static void spell_printable(span text, bool one_line, struct buf *out)
{
    span character;
    while (text.len != 0) {
        bool good = spell_take(&text, &character);
        if (good && !one_line && (character.at[0] == '\n' || character.at[0] == '\t')) {
            buf_put(out, character);
        } else if (good && character.at[0] == '\n') {
            buf_put_text(out, "\\n");
        } else if (good && character.at[0] == '\r') {
            buf_put_text(out, "\\r");
        } else if (good && character.at[0] == '\t') {
            buf_put_text(out, "\\t");
        } else if (!good || is_c0_or_del(character) || is_c1(character)) {
            put_hex(character, out);
        } else {
            buf_put(out, character);
        }
    }
}

void spell_terminal(span text, struct buf *out)
{
    spell_printable(text, false, out);
}

void spell_line(span text, struct buf *out)
{
    spell_printable(text, true, out);
}

/* What an attribute value would normalise away or end with, and what would open markup. */
static const char *xml_entity(unsigned char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#13;";
    case '\n':
        return "&#10;";
    case '\t':
        return "&#9;";
    default:
        return NULL;
    }
}

void spell_xml(span text, struct buf *out)
{
    span character;
    while (text.len != 0) {
        bool good = spell_take(&text, &character);
        const char *entity = good ? xml_entity(character.at[0]) : NULL;
        if (!good || !is_xml_character(character) || is_c1(character)) {
            put_hex(character, out);
        } else if (entity) {
            buf_put_text(out, entity);
        } else {
            buf_put(out, character);
        }
    }
}

/* What stands for one conversion, which the cursor is at. */
static void put_argument(struct cursor *c, void (*spell)(span, struct buf *), va_list *args,
                         struct buf *out)
{
    if (cursor_take_literal(c, SPAN("%s"))) {
        spell(span_text(va_arg(*args, const char *)), out);
    } else if (cursor_take_literal(c, SPAN("%.*s"))) {
        int len = va_arg(*args, int);
        spell(span_of(va_arg(*args, const char *), (size_t)len), out);
    } else if (cursor_take_literal(c, SPAN("%d"))) {
        buf_printf(out, "%d", va_arg(*args, int));
    } else if (cursor_take_literal(c, SPAN("%u"))) {
        buf_printf(out, "%u", va_arg(*args, unsigned));
    } else if (cursor_take_literal(c, SPAN("%lu"))) {
        buf_printf(out, "%lu", va_arg(*args, unsigned long));
    } else if (cursor_take_literal(c, SPAN("%zu"))) {
        buf_printf(out, "%zu", va_arg(*args, size_t));
    } else {
        CHECK(cursor_take_literal(c, SPAN("%lld")));
        buf_printf(out, "%lld", va_arg(*args, long long));
    }
}

static void spell_vprintf(void (*spell)(span, struct buf *), const char *format, va_list *args,
                          struct buf *out)
{
    struct cursor c = cursor_of(span_text(format));
    span words;
    while (cursor_take_until(&c, '%', &words)) {
        buf_put(out, words);
        put_argument(&c, spell, args, out);
    }
    buf_put(out, cursor_rest(&c));
}

void spell_line_printf(struct buf *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    spell_vprintf(spell_line, format, &args, out);
    va_end(args);
}

void spell_xml_printf(struct buf *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    spell_vprintf(spell_xml, format, &args, out);
    va_end(args);
}

void spell_uri(span path, struct buf *out)
{
    buf_put_text(out, span_starts(path, SPAN("/")) ? "file://" : "");
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = path.at[i];
        if (ascii_is_alnum(c) || (c && strchr("-._~/", c))) {
            buf_put_byte(out, c);
        } else {
            buf_printf(out, "%%%02X", c);
        }
    }
}
