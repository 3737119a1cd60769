/* One reader for each type, in a table by type; the wording of refusals is Exim's where Exim has
   one, because scripts and people look for it. */
#include "ref/conf/option.h"

#include "base/check.h"
#include "base/cursor.h"
#include "base/rows.h"

struct reading {
    const struct conf_option *row;
    struct conf_where where;
    struct arena *arena;
    span value;
    void *field;
};

/* --- text ------------------------------------------------------------------------------- */

static bool escape_take(struct cursor *c, unsigned char *byte)
{
    unsigned char e = 0;
    if (!cursor_take_any(c, &e)) {
        return false;
    }
    unsigned value = 0, digits = 0;
    if (e >= '0' && e <= '7') {
        value = e - '0';
        for (digits = 1; digits < 3 && cursor_peek(c) >= '0' && cursor_peek(c) <= '7'; digits++) {
            value = value * 8 + (unsigned)(cursor_peek(c) - '0');
            c->pos++;
        }
        *byte = (unsigned char)value;
        return value > 0 && value <= 255;
    }
    static const struct {
        unsigned char letter, byte;
    } letters[] = {{'n', '\n'}, {'r', '\r'}, {'t', '\t'}};
    *byte = e;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (letters[i].letter == e) {
            *byte = letters[i].byte;
        }
    }
    return true;
}

/* The value of a string: the rest of the line, or what stands in double quotes. Lives in the
   arena. */
static err text_take(const struct reading *r, span *text)
{
    if (r->value.len == 0 || r->value.at[0] != '"') {
        *text = arena_copy(r->arena, r->value);
        return OK;
    }
    unsigned char *out = arena_take(r->arena, r->value.len);
    size_t len = 0;
    struct cursor c = cursor_of(r->value);
    c.pos = 1;
    unsigned char byte = 0;
    while (cursor_take_any(&c, &byte) && byte != '"') {
        if (byte == '\\' && !escape_take(&c, &byte)) {
            return conf_error(r->where, r->arena, "bad backslash sequence in the value of \"%s\"",
                              r->row->name);
        }
        out[len++] = byte;
    }
    if (byte != '"' || c.pos < 2) {
        return conf_error(r->where, r->arena, "missing quote at the end of the string value for %s",
                          r->row->name);
    }
    if (span_trim_space(cursor_rest(&c)).len > 0) {
        return conf_error(r->where, r->arena, "extra characters follow string value for %s",
                          r->row->name);
    }
    *text = span_of(out, len);
    return OK;
}

static err read_text(const struct reading *r)
{
    span text;
    TRY(text_take(r, &text));
    *(const char **)r->field = arena_text(r->arena, text);
    return OK;
}

static err read_list(const struct reading *r)
{
    span text;
    TRY(text_take(r, &text));
    *(struct conf_list *)r->field = conf_list_read(text, r->arena);
    return OK;
}

/* A refusal of a part gets the name of the option in front. */
static err refuse(const struct reading *r, err e)
{
    return failed(e) ? conf_error(r->where, r->arena, "%s: %s", r->row->name, e.what) : OK;
}

static err read_hosts(const struct reading *r)
{
    span text;
    TRY(text_take(r, &text));
    return refuse(r, host_list_read(text, r->arena, r->field));
}

static err read_addresses(const struct reading *r)
{
    span text;
    TRY(text_take(r, &text));
    return refuse(r, address_list_read(text, r->arena, r->field));
}

static err read_banner(const struct reading *r)
{
    span text;
    TRY(text_take(r, &text));
    return refuse(r, banner_read(text, r->arena, r->field));
}

/* --- numbers ---------------------------------------------------------------------------- */

static bool digits_take(struct cursor *c, unsigned base, uint64_t *value)
{
    size_t from = c->pos;
    uint64_t n = 0;
    for (int byte; (byte = cursor_peek(c)) >= 0; c->pos++) {
        unsigned digit = byte >= '0' && byte <= '9' ? (unsigned)(byte - '0')
                         : byte >= 'a' && byte <= 'f' ? (unsigned)(byte - 'a' + 10)
                         : byte >= 'A' && byte <= 'F' ? (unsigned)(byte - 'A' + 10)
                                                      : 16;
        if (digit >= base) {
            break;
        }
        if (n > (UINT64_MAX >> 1) / base - 1) {
            c->pos = from;
            return false;
        }
        n = n * base + digit;
    }
    *value = n;
    return c->pos > from;
}

static bool scale_take(struct cursor *c, uint64_t *value)
{
    unsigned char letter = (unsigned char)(cursor_peek(c) < 0 ? 0 : cursor_peek(c));
    unsigned shift = letter == 'k' || letter == 'K'   ? 10
                     : letter == 'm' || letter == 'M' ? 20
                     : letter == 'g' || letter == 'G' ? 30
                                                      : 0;
    if (shift == 0) {
        return true;
    }
    c->pos++;
    if (*value > UINT64_MAX >> (shift + 1)) {
        return false;
    }
    *value <<= shift;
    return true;
}

static err bounds_check(const struct reading *r, uint64_t value)
{
    if (value < r->row->least || (r->row->most > 0 && value > r->row->most)) {
        return conf_error(r->where, r->arena, "%s = %.*s is out of range (%llu to %llu)",
                          r->row->name, SPAN_FMT(r->value), (unsigned long long)r->row->least,
                          (unsigned long long)r->row->most);
    }
    return OK;
}

static err number_read(const struct reading *r, bool octal, uint64_t *value)
{
    struct cursor c = cursor_of(r->value);
    unsigned base = octal ? 8 : 10;
    if (!octal && cursor_take_caseless(&c, SPAN("0x"))) {
        base = 16;
    } else if (cursor_peek(&c) == '0') {
        base = 8;
    }
    if (!digits_take(&c, base, value)) {
        return conf_error(r->where, r->arena, "integer expected for %s", r->row->name);
    }
    if (!octal && !scale_take(&c, value)) {
        return conf_error(r->where, r->arena, "absolute value of integer \"%.*s\" is too large",
                          SPAN_FMT(r->value));
    }
    if (!cursor_at_end(&c)) {
        return conf_error(r->where, r->arena, "extra characters follow integer value for %s",
                          r->row->name);
    }
    return bounds_check(r, *value);
}

static err read_int(const struct reading *r)
{
    return number_read(r, false, r->field);
}

static err read_octal(const struct reading *r)
{
    uint64_t value;
    TRY(number_read(r, true, &value));
    *(unsigned *)r->field = (unsigned)value;
    return OK;
}

static const struct time_unit {
    unsigned char letter;
    uint64_t seconds;
} time_units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
enum { TIME_UNITS = sizeof time_units / sizeof *time_units };

err conf_time_read(span text, uint64_t *seconds)
{
    struct cursor c = cursor_of(text);
    uint64_t sum = 0, n;
    if (cursor_at_end(&c)) {
        return err_syntax(0, "empty time");
    }
    if (span_to_u64(text, &n)) {
        *seconds = n;
        return n > UINT32_MAX ? err_syntax(0, "time is too long") : OK;
    }
    for (size_t unit = 0; !cursor_at_end(&c); unit++) {
        if (!cursor_take_u64(&c, &n) || n > UINT32_MAX) {
            return err_syntax(c.pos, "number expected");
        }
        while (unit < TIME_UNITS && cursor_peek(&c) != time_units[unit].letter) {
            unit++;
        }
        if (unit >= TIME_UNITS) {
            return err_syntax(c.pos, "w, d, h, m or s expected, in this order");
        }
        c.pos++;
        sum += n * time_units[unit].seconds;
    }
    *seconds = sum;
    return sum > UINT32_MAX ? err_syntax(0, "time is too long") : OK;
}

void conf_time_write(uint64_t seconds, struct buf *out)
{
    if (seconds == 0) {
        buf_put_text(out, "0s");
    }
    for (size_t i = 0; i < TIME_UNITS && seconds > 0; i++) {
        if (seconds >= time_units[i].seconds) {
            buf_printf(out, "%llu%c", (unsigned long long)(seconds / time_units[i].seconds),
                       time_units[i].letter);
            seconds %= time_units[i].seconds;
        }
    }
}

static err read_time(const struct reading *r)
{
    uint64_t seconds;
    if (failed(conf_time_read(r->value, &seconds))) {
        return conf_error(r->where, r->arena, "invalid time value for %s", r->row->name);
    }
    TRY(bounds_check(r, seconds));
    *(millis *)r->field = (millis)(seconds * 1000);
    return OK;
}

/* --- booleans --------------------------------------------------------------------------- */

static err read_bool(const struct reading *r)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true}, {"yes", true}, {"false", false}, {"no", false}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (span_eq_caseless(r->value, span_text(words[i].word))) {
            *(bool *)r->field = words[i].value;
            return OK;
        }
    }
    return conf_error(r->where, r->arena, "\"%.*s\" is not a valid value for the \"%s\" option",
                      SPAN_FMT(r->value), r->row->name);
}

/* --- rows ------------------------------------------------------------------------------- */

static const struct conf_type_row {
    const char *name;
    err (*read)(const struct reading *r);
} types[CONF_TYPE_COUNT] = {
    [CONF_BOOL] = {"boolean", read_bool},
    [CONF_INT] = {"integer", read_int},
    [CONF_OCTAL] = {"octal", read_octal},
    [CONF_TIME] = {"time", read_time},
    [CONF_TEXT] = {"string", read_text},
    [CONF_LIST] = {"list", read_list},
    [CONF_HOSTS] = {"host list", read_hosts},
    [CONF_ADDRESSES] = {"address list", read_addresses},
    [CONF_BANNER] = {"string", read_banner},
};

const char *conf_type_name(enum conf_type type)
{
    return types[type].name;
}

static bool is_name(unsigned char c)
{
    return ascii_is_alnum(c) || c == '_';
}

err conf_statement_read(span line, const struct conf_option *rows, size_t count,
                        struct conf_where where, struct arena *arena, struct conf_statement *s)
{
    *s = (struct conf_statement){0};
    struct cursor c = cursor_of(line);
    if (cursor_take_literal(&c, SPAN("hide")) && cursor_skip_blanks(&c) > 0) {
        s->hidden = true;
    } else {
        c.pos = 0;
    }
    if (!cursor_take_while(&c, is_name, &s->name)) {
        return conf_error(where, arena, "option setting expected: %.*s",
                          SPAN_FMT(span_first(line, 64)));
    }
    static const char *const prefixes[] = {"no_", "not_"};
    for (size_t i = 0; i < 2 && rows_find(rows, count, sizeof *rows, s->name) == NULL; i++) {
        if (span_starts(s->name, span_text(prefixes[i]))) {
            s->negated = true;
            s->prefix = span_text(prefixes[i]);
            s->name = span_from(s->name, s->prefix.len);
            break;
        }
    }
    cursor_skip_blanks(&c);
    if (cursor_take_byte(&c, '=')) {
        s->has_value = true;
        s->value = span_trim_space(cursor_rest(&c));
    } else if (!cursor_at_end(&c)) {
        return conf_error(where, arena, "missing \"=\" after \"%.*s\"", SPAN_FMT(s->name));
    }
    return OK;
}

static bool is_empty(const struct conf_option *row, span value)
{
    if (row->type == CONF_BOOL) {
        return span_eq_caseless(value, SPAN("false")) || span_eq_caseless(value, SPAN("no"));
    }
    return value.len == 0 || span_eq(value, SPAN("\"\""));
}

err conf_option_set(const struct conf_option *row, const struct conf_statement *statement,
                    struct conf_where where, struct arena *arena, void *into)
{
    span value = statement->value;
    if (statement->negated && row->type != CONF_BOOL) {
        return conf_error(where, arena, "negation prefix applied to a non-boolean option \"%s\"",
                          row->name);
    }
    if (statement->negated && statement->has_value) {
        return conf_error(where, arena, "\"%.*s%s\" takes no value", SPAN_FMT(statement->prefix),
                          row->name);
    }
    if (!statement->has_value && row->type != CONF_BOOL) {
        return conf_error(where, arena, "missing \"=\" and value after \"%s\"", row->name);
    }
    if (!statement->has_value) {
        value = statement->negated ? SPAN("false") : SPAN("true");
    }
    if ((row->flags & CONF_EMPTY_ONLY) != 0 && !is_empty(row, value)) {
        return conf_error(where, arena,
            "option \"%s\" is supported by this server only when it is empty (write \"%s =%s\")",
            row->name, row->name, row->type == CONF_BOOL ? " false" : "");
    }
    const struct reading r = {row, where, arena, value, (char *)into + row->offset};
    return types[row->type].read(&r);
}

void conf_option_default(const struct conf_option *row, struct arena *arena, void *into)
{
    const struct reading r = {
        row, {NULL, 0}, arena, span_text(row->fallback), (char *)into + row->offset};
    CHECK(!failed(types[row->type].read(&r)));
}

void conf_option_print(const struct conf_option *row, const void *from, span value, struct buf *out)
{
    if (row->type == CONF_BOOL) {
        bool on;
        memcpy(&on, (const char *)from + row->offset, sizeof on);
        buf_printf(out, "%s%s\n", on ? "" : "no_", row->name);
    } else {
        buf_printf(out, "%s =%s%.*s\n", row->name, value.len > 0 ? " " : "", SPAN_FMT(value));
    }
}
