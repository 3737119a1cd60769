/* Texts as option values: strings in quotes or without, lists, templates, and the lists that are
   read in parts. */
#include "ref/conf/option_reading.h"

#include "base/cursor.h"

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
    if (e == 'x') {
        for (; digits < 2 && ascii_hex_value(cursor_peek(c)) >= 0; digits++) {
            value = value * 16 + (unsigned)ascii_hex_value(cursor_peek(c));
            c->pos++;
        }
        *byte = (unsigned char)value;
        return value > 0;
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

err reading_string(const struct reading *r, span *text)
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
    while (cursor_peek(&c) >= 0 && cursor_peek(&c) != '"') {
        (void)cursor_take_any(&c, &byte);
        if (byte == '\\' && !escape_take(&c, &byte)) {
            return conf_error(r->where, r->arena, "bad backslash sequence in the value of \"%s\"",
                              r->row->name);
        }
        out[len++] = byte;
    }
    if (!cursor_take_byte(&c, '"')) {
        return conf_error(r->where, r->arena, "missing quote at end of string value for %s",
                          r->row->name);
    }
    if (span_trim_space(cursor_rest(&c)).len > 0) {
        return conf_error(r->where, r->arena, "extra characters follow string value for %s",
                          r->row->name);
    }
    *text = span_of(out, len);
    return OK;
}

err reading_text(const struct reading *r)
{
    span text;
    TRY(reading_string(r, &text));
    *(const char **)r->field = arena_text(r->arena, text);
    return OK;
}

err reading_list(const struct reading *r)
{
    span text;
    TRY(reading_string(r, &text));
    *(struct conf_list *)r->field = conf_list_read(text, r->arena);
    return OK;
}

/* A refusal of a part gets the name of the option in front. */
static err refuse(const struct reading *r, err e)
{
    return failed(e) ? conf_error(r->where, r->arena, "%s: %s", r->row->name, e.what) : OK;
}

err reading_template_of(const struct reading *r, span text, const struct template **t)
{
    return refuse(r, template_read(text, r->arena, t));
}

err reading_template(const struct reading *r)
{
    if (r->value.len == 0 && r->at_default) {
        return OK;
    }
    span text;
    TRY(reading_string(r, &text));
    return reading_template_of(r, text, r->field);
}

err reading_templates(const struct reading *r)
{
    struct conf_templates *all = r->field;
    span text;
    if (r->at_default) {
        return OK;
    }
    TRY(reading_string(r, &text));
    const struct template **at = arena_take_array(r->arena, all->count + 1, sizeof *at);
    for (size_t i = 0; i < all->count; i++) {
        at[i] = all->at[i];
    }
    TRY(reading_template_of(r, text, &at[all->count]));
    *all = (struct conf_templates){at, all->count + 1};
    return OK;
}

err reading_hosts(const struct reading *r)
{
    span text;
    TRY(reading_string(r, &text));
    return refuse(r, host_list_read(text, r->arena, r->field));
}

err reading_routes(const struct reading *r)
{
    struct conf_route_rules *rules = r->field;
    span text;
    TRY(reading_string(r, &text));
    bool own = span_starts(span_trim_space(text), SPAN("<")); /* separator; ";" is usual here */
    struct conf_list items = conf_list_read(
        own ? text : span_text(arena_printf(r->arena, "<;%.*s", SPAN_FMT(text))), r->arena);
    rules->at = arena_take_array(r->arena, items.count, sizeof *rules->at);
    rules->count = 0;
    for (size_t i = 0; i < items.count; i++) {
        span rest = items.at[i], domains = conf_word_take(&rest, "\"'");
        span hosts = conf_word_take(&rest, "\"'");
        struct conf_route_rule *rule = &rules->at[rules->count];
        if (domains.len == 0) {
            continue;
        }
        TRY(reading_template_of(r, domains, &rule->domains));
        if (hosts.len > 0) {
            TRY(reading_template_of(r, hosts, &rule->hosts));
        }
        rule->options = span_trim(rest);
        rules->count++;
    }
    return OK;
}

err reading_rewrites(const struct reading *r)
{
    span text;
    TRY(reading_string(r, &text));
    struct conf_list items = conf_list_read(text, r->arena);
    for (size_t i = 0; i < items.count; i++) {
        TRY(conf_rewrite_read(items.at[i], true, r->where, r->arena, r->field));
    }
    return OK;
}
