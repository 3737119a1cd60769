/* One reader for each type, in a table by type. */
#include "ref/conf/option_reading.h"

#include "base/check.h"
#include "base/cursor.h"
#include "base/rows.h"

static const struct {
    const char *word;
    bool value;
} truths[] = {{"true", true}, {"yes", true}, {"false", false}, {"no", false}};

static bool truth_read(span text, bool *value)
{
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        if (span_eq_caseless(text, span_text(truths[i].word))) {
            *value = truths[i].value;
            return true;
        }
    }
    return false;
}

err reading_bool(const struct reading *r)
{
    if (!truth_read(r->value, r->field)) {
        return conf_error(r->where, r->arena,
                          "\"%.*s\" is not a valid value for the \"%s\" option",
                          SPAN_FMT(r->value), r->row->name);
    }
    return OK;
}

err reading_both(const struct reading *r)
{
    TRY(reading_bool(r));
    bool *both = r->field;
    both[1] = both[0];
    return OK;
}

err reading_switch(const struct reading *r)
{
    struct conf_switch *s = r->field;
    *s = (struct conf_switch){0};
    if (r->value.len == 0 && r->at_default) {
        return OK;
    }
    if (span_find_byte(r->value, '$') == SPAN_NONE) {
        struct reading plain = *r;
        plain.field = &s->value;
        return reading_bool(&plain);
    }
    struct reading text = *r;
    text.field = &s->when;
    return reading_template(&text);
}

static const struct conf_type_row {
    const char *name;
    err (*read)(const struct reading *r);
} types[CONF_TYPE_COUNT] = {
    [CONF_BOOL] = {"boolean", reading_bool},
    [CONF_BOTH] = {"boolean", reading_both},
    [CONF_SWITCH] = {"boolean, expanded", reading_switch},
    [CONF_INT] = {"integer", reading_int},
    [CONF_SIGNED] = {"integer", reading_signed},
    [CONF_OCTAL] = {"octal", reading_octal},
    [CONF_FIXED] = {"fixed-point", reading_fixed},
    [CONF_TIME] = {"time", reading_time},
    [CONF_TEXT] = {"string", reading_text},
    [CONF_LIST] = {"list", reading_list},
    [CONF_TEMPLATE] = {"string, expanded", reading_template},
    [CONF_TEMPLATES] = {"string, expanded", reading_templates},
    [CONF_DOMAINS] = {"domain list", reading_template},
    [CONF_LOCALS] = {"local part list", reading_template},
    [CONF_SENDERS] = {"address list", reading_template},
    [CONF_HOSTS] = {"host list", reading_hosts},
    [CONF_USER] = {"user", reading_user},
    [CONF_GROUP] = {"group", reading_group},
    [CONF_USERS] = {"user list", reading_users},
    [CONF_GROUPS] = {"group list", reading_groups},
    [CONF_ROUTES] = {"route list", reading_routes},
    [CONF_REWRITES] = {"rewrite list", reading_rewrites},
};

const char *conf_type_name(enum conf_type type)
{
    return types[type].name;
}

err conf_statement_read(span line, struct conf_where where, struct arena *arena,
                        struct conf_statement *s)
{
    *s = (struct conf_statement){0};
    struct cursor c = cursor_of(line);
    if (cursor_take_literal(&c, SPAN("hide")) && cursor_skip_blanks(&c) > 0) {
        s->hidden = true;
    } else {
        c.pos = 0;
    }
    if (!cursor_take_while(&c, ascii_is_word, &s->name)) {
        return conf_error(where, arena, "option setting expected: %.*s",
                          SPAN_FMT(span_first(line, 64)));
    }
    cursor_skip_blanks(&c);
    if (cursor_take_byte(&c, '=')) {
        s->has_value = true;
        s->value = span_trim_space(cursor_rest(&c));
    } else {
        s->rest = cursor_rest(&c);
    }
    return OK;
}

const struct conf_option *conf_rows_find(const struct conf_rows *rows, span name)
{
    return rows_find(rows->at, rows->count, sizeof *rows->at, name);
}

const struct conf_option *conf_statement_find(struct conf_statement *s,
                                              const struct conf_rows *rows)
{
    static const char *const prefixes[] = {"no_", "not_"};
    const struct conf_option *row = conf_rows_find(rows, s->name);
    for (size_t i = 0; i < 2 && row == NULL; i++) {
        span prefix = span_text(prefixes[i]);
        if (span_starts(s->name, prefix)) {
            row = conf_rows_find(rows, span_from(s->name, prefix.len));
            s->negated = row != NULL;
            s->prefix = row != NULL ? prefix : SPAN_EMPTY;
            s->name = span_from(s->name, s->prefix.len);
        }
    }
    return row;
}

static bool is_boolean(const struct conf_option *row)
{
    return row->type == CONF_BOOL || row->type == CONF_BOTH || row->type == CONF_SWITCH;
}

static bool is_empty(const struct conf_option *row, span value)
{
    if (is_boolean(row)) {
        return span_eq_caseless(value, SPAN("false")) || span_eq_caseless(value, SPAN("no"));
    }
    return value.len == 0 || span_eq(value, SPAN("\"\""));
}

/* What is wrong with the shape of a statement, whatever its value. */
static err shape_check(const struct conf_option *row, const struct conf_statement *s,
                       struct conf_where where, struct arena *arena)
{
    if (s->negated && !is_boolean(row)) {
        return conf_error(where, arena, "negation prefix applied to a non-boolean option");
    }
    if (is_boolean(row) && (s->rest.len > 0 || (s->negated && s->has_value))) {
        return conf_error(where, arena, "extra characters follow boolean option %.*s%s",
                          SPAN_FMT(s->prefix), row->name);
    }
    if (s->rest.len > 0) {
        return conf_error(where, arena, "missing \"=\" after %s", row->name);
    }
    if (!s->has_value && !is_boolean(row)) {
        return conf_error(where, arena, "unexpected end of line (data missing) after %s",
                          row->name);
    }
    return OK;
}

static err option_set(const struct conf_option *row, const struct conf_statement *statement,
                      struct conf_where where, struct arena *arena, void *into)
{
    TRY(shape_check(row, statement, where, arena));
    span value = statement->value;
    if (!statement->has_value) {
        value = statement->negated ? SPAN("false") : SPAN("true");
    }
    if ((row->flags & CONF_EMPTY_ONLY) != 0 && !is_empty(row, value)) {
        return conf_error(where, arena,
            "option \"%s\" is supported by this server only when it is empty (write \"%s =%s\")",
            row->name, row->name, is_boolean(row) ? " false" : "");
    }
    struct reading r = {row, where, arena, value, (char *)into + row->offset, false};
    if ((row->flags & CONF_PLAIN) != 0) {
        TRY(reading_string(&r, &r.value));
        if (span_has(r.value, SPAN("$"))) {
            return conf_error(where, arena,
                              "\"%s\" is expanded in Exim, and not here: a plain value is wanted",
                              row->name);
        }
    }
    return types[row->type].read(&r);
}

err conf_option_take(const struct conf_option *row, const struct conf_statement *s,
                     struct conf_where where, struct arena *arena, const struct conf_into *into)
{
    struct conf_given *given = &into->given[row - into->rows.at];
    bool again = given->set;
    if (again && row->type != CONF_TEMPLATES) {
        return conf_error(where, arena, "\"%s\" option set for the second time", row->name);
    }
    TRY(option_set(row, s, where, arena, into->fields));
    span text = arena_copy(arena, s->value);
    if (again) {
        text = span_text(arena_printf(arena, "%.*s\n%.*s", SPAN_FMT(given->text), SPAN_FMT(text)));
    }
    *given = (struct conf_given){true, s->hidden || (again && given->hidden), text, where};
    return OK;
}

/* A default that its own row refuses is our bug. */
static void default_set(const struct conf_option *row, struct arena *arena, void *into)
{
    const struct reading r = {
        row, {NULL, 0}, arena, span_text(row->fallback), (char *)into + row->offset, true};
    CHECK(!failed(types[row->type].read(&r)));
}

struct conf_into conf_into_make(const struct conf_rows *rows, void *fields, struct arena *arena)
{
    struct conf_into into = {*rows, fields, arena_take_array(arena, rows->count, sizeof *into.given)};
    if (fields == NULL) {
        into.fields = arena_take(arena, rows->size);
    }
    for (size_t i = 0; i < rows->count; i++) {
        default_set(&rows->at[i], arena, into.fields);
        into.given[i].text = span_text(rows->at[i].fallback);
    }
    return into;
}

struct conf_given *conf_into_given(const struct conf_into *into, span option)
{
    const struct conf_option *row = conf_rows_find(&into->rows, option);
    return row != NULL ? &into->given[row - into->rows.at] : NULL;
}

void conf_option_print(const struct conf_option *row, const struct conf_given *given,
                       const void *from, struct buf *out)
{
    span text = given->text, line;
    if (row->type == CONF_BOTH) {
        return;
    }
    if (given->hidden) {
        buf_printf(out, "%s = <value not displayable>\n", row->name);
        return;
    }
    if (row->type == CONF_BOOL || (row->type == CONF_SWITCH && !span_has(text, SPAN("$")))) {
        bool on; /* a switch begins with it */
        memcpy(&on, (const char *)from + row->offset, sizeof on);
        buf_printf(out, "%s%s\n", on ? "" : "no_", row->name);
        return;
    }
    do {
        line = SPAN_EMPTY;
        (void)span_line(&text, &line);
        buf_printf(out, "%s =%s%.*s\n", row->name, line.len > 0 ? " " : "", SPAN_FMT(line));
    } while (text.len > 0);
}
