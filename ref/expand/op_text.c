/* Operators that spell a text otherwise: case, escapes, quotes, UTF-8, encoded words. */
#include "ref/expand/operators.h"

#include "ref/expand/encoded_word.h"
#include "ref/lookup/lookup.h"
#include "ref/mail/chars.h"

static unsigned char ascii_upper(unsigned char c)
{
    return c >= 'a' && c <= 'z' ? (unsigned char)(c - 32) : c;
}

bool op_case(struct expansion *x, const struct operation *op, struct value *value)
{
    span from = value->text;
    unsigned char *at = arena_take(x->arena, from.len + 1);
    for (size_t i = 0; i < from.len; i++) {
        at[i] = op->row->variant == CASE_UPPER ? ascii_upper(from.at[i]) : ascii_lower(from.at[i]);
    }
    value->text = span_of(at, from.len);
    return eval_spend(x, from.len);
}

bool op_strlen(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    *value = value_of(eval_number(x, value->text.len), false);
    return true;
}

/* The names of octets behind a backslash, in C; 0: none. Tabs are left alone. */
static char escape_name(unsigned char c)
{
    static const char names[] = "bfnrv", octets[] = "\b\f\n\r\v";
    const char *octet = c ? strchr(octets, c) : NULL;
    return octet ? names[octet - octets] : '\0';
}

bool op_escape(struct expansion *x, const struct operation *op, struct value *value)
{
    bool eight_bit = op->row->variant == ESCAPE_EIGHT_BIT;
    struct buf text;
    buf_init(&text, x->budget.octets);
    for (size_t i = 0; i < value->text.len; i++) {
        unsigned char c = value->text.at[i];
        if (eight_bit ? c < 128 && c != '\\' : (c >= ' ' && c < 127) || c == '\t') {
            buf_put_byte(&text, c);
        } else if (!eight_bit && escape_name(c)) {
            buf_printf(&text, "\\%c", escape_name(c));
        } else {
            buf_printf(&text, "\\%03o", c);
        }
    }
    return eval_take(x, &text, &value->text);
}

static void put_quoted(span s, struct buf *out)
{
    buf_put_byte(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = s.at[i];
        if (c == '\n' || c == '\r') {
            buf_put_text(out, c == '\n' ? "\\n" : "\\r");
            continue;
        }
        if (c == '"' || c == '\\') {
            buf_put_byte(out, '\\');
        }
        buf_put_byte(out, c);
    }
    buf_put_byte(out, '"');
}

static bool quoted(struct expansion *x, bool needed, struct value *value)
{
    struct buf text;
    if (!needed) {
        return true;
    }
    buf_init(&text, x->budget.octets);
    put_quoted(value->text, &text);
    return eval_take(x, &text, &value->text);
}

/* quote_lsearch and its like are for the lookup to know. */
bool op_quote(struct expansion *x, const struct operation *op, struct value *value)
{
    if (span_find_byte(op->name, '_') != SPAN_NONE) {
        return lookup_quote(op->suffix, value->text, x->arena, &value->text) ||
               eval_fail(x, "unknown lookup type \"%.*s\"", SPAN_FMT(op->suffix));
    }
    bool needed = value->text.len == 0;
    for (size_t i = 0; i < value->text.len && !needed; i++) {
        unsigned char c = value->text.at[i];
        needed = !ascii_is_alnum(c) && c != '_' && c != '-' && c != '.';
    }
    return quoted(x, needed, value);
}

bool op_quote_local_part(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    span s = value->text;
    bool needed = s.len == 0 || s.at[0] == '.' || s.at[s.len - 1] == '.';
    for (size_t i = 0; i < s.len && !needed; i++) {
        needed = !mail_is_atext(s.at[i]) && s.at[i] != '.';
    }
    return quoted(x, needed, value);
}

bool op_rxquote(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    struct buf text;
    buf_init(&text, x->budget.octets);
    for (size_t i = 0; i < value->text.len; i++) {
        if (!ascii_is_alnum(value->text.at[i])) {
            buf_put_byte(&text, '\\');
        }
        buf_put_byte(&text, value->text.at[i]);
    }
    return eval_take(x, &text, &value->text);
}

/* How many octets a character of UTF-8 has that begins so; 0: none begins so. */
static size_t utf8_length(unsigned char c)
{
    return c < 0x80                ? 1
           : c >= 0xc2 && c < 0xe0 ? 2
           : c >= 0xe0 && c < 0xf0 ? 3
           : c >= 0xf0 && c < 0xf8 ? 4
                                   : 0;
}

/* Takes one character off *s, or what stands in the place of one; false: it is bad. */
static bool utf8_take(span *s, span *taken, unsigned long *point)
{
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = utf8_length(s->at[0]), i = 1;
    *point = len == 1 ? s->at[0] : s->at[0] & (0x7fu >> len);
    for (; i < len && i < s->len && (s->at[i] & 0xc0) == 0x80; i++) {
        *point = *point << 6 | (s->at[i] & 0x3f);
    }
    *taken = span_first(*s, i);
    *s = span_from(*s, i);
    return len != 0 && i == len && *point >= least[len] && *point < 0x110000 &&
           (*point < 0xd800 || *point > 0xdfff);
}

bool op_utf8clean(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    struct buf text;
    buf_init(&text, x->budget.octets);
    for (span rest = value->text, one; rest.len;) {
        unsigned long point;
        buf_put(&text, utf8_take(&rest, &one, &point) ? one : SPAN("?"));
    }
    return eval_take(x, &text, &value->text);
}

bool op_from_utf8(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    struct buf text;
    buf_init(&text, x->budget.octets);
    for (span rest = value->text, one; rest.len;) {
        unsigned long point;
        bool good = utf8_take(&rest, &one, &point) && point < 256;
        buf_put_byte(&text, good ? (unsigned char)point : '_');
    }
    return eval_take(x, &text, &value->text);
}

/* RFC 2047 2: a word has 75 characters at most. 5 (3): a character is not divided. */
#define WORD_LIMIT 75

static bool is_plain(unsigned char c)
{
    return c > ' ' && c < 127 && !strchr("?=()<>@,;:\\\".[]_", c);
}

static bool needs_words(span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_plain(s.at[i]) && s.at[i] != ' ') {
            return true;
        }
    }
    return false;
}

bool op_rfc2047(struct expansion *x, const struct operation *op, struct value *value)
{
    static const char begin[] = "=?UTF-8?Q?", end[] = "?=";
    (void)op;
    if (!needs_words(value->text)) {
        return true;
    }
    struct buf text;
    buf_init(&text, x->budget.octets);
    buf_put_text(&text, begin);
    size_t used = strlen(begin) + strlen(end);
    for (span rest = value->text, one; rest.len;) {
        unsigned long point;
        (void)utf8_take(&rest, &one, &point);
        size_t width = is_plain(one.at[0]) || one.at[0] == ' ' ? 1 : 3 * one.len;
        if (used + width > WORD_LIMIT) {
            buf_printf(&text, "%s %s", end, begin);
            used = strlen(begin) + strlen(end);
        }
        used += width;
        for (size_t i = 0; i < one.len; i++) {
            unsigned char c = one.at[i];
            if (c == ' ' || is_plain(c)) {
                buf_put_byte(&text, c == ' ' ? '_' : c);
            } else {
                buf_printf(&text, "=%02X", c);
            }
        }
    }
    buf_put_text(&text, end);
    return eval_take(x, &text, &value->text);
}

bool op_rfc2047d(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    struct buf text;
    buf_init(&text, x->budget.octets);
    encoded_words_put(value->text, true, &text);
    return eval_take(x, &text, &value->text);
}
