/* A type as the configuration writes it, taken apart once at load. What stands round the name is
   the same for all types, so drivers hear nothing of it. */
#include "base/cursor.h"
#include "base/rows.h"
#include "ref/lookup/driver.h"

#define LABELS_WHEN_NOT_SAID 2u
#define MOST_LABELS 127u /* that a domain name can have */

static const struct option_row {
    const char *name;
    unsigned bits;
} option_rows[] = {
    {"cache=no", LOOKUP_NO_READ | LOOKUP_NO_WRITE},
    {"cache=no_rd", LOOKUP_NO_READ},
    {"cache=no_wr", LOOKUP_NO_WRITE},
    {"filter=dir", LOOKUP_FILTER_DIR},
    {"filter=file", LOOKUP_FILTER_FILE},
    {"filter=subdir", LOOKUP_FILTER_SUBDIR},
    {"ret=full", LOOKUP_RET_FULL},
    {"ret=key", LOOKUP_RET_KEY},
};

static err format_error(span text, struct arena *arena)
{
    return err_syntax(0, arena_printf(arena, "format error in lookup type \"%.*s\"",
                                      SPAN_FMT(text)));
}

/* "partial", a number, and "-" or an affix in parentheses. */
static err partial_take(struct cursor *c, struct lookup_type *type, struct arena *arena)
{
    if (!cursor_take_literal(c, SPAN("partial"))) {
        return OK;
    }
    type->partial = true;
    type->least = LABELS_WHEN_NOT_SAID;
    type->affix = SPAN("*.");
    uint64_t number;
    if (cursor_take_u64(c, &number)) {
        if (number > MOST_LABELS) {
            return format_error(c->in, arena);
        }
        type->least = (unsigned)number;
    }
    if (cursor_take_byte(c, '-')) {
        return OK;
    }
    span affix;
    if (cursor_take_byte(c, '(') && cursor_take_until(c, ')', &affix)) {
        type->affix = arena_copy(arena, affix);
        (void)cursor_take_byte(c, ')');
        return OK;
    }
    return format_error(c->in, arena);
}

static err options_take(span options, struct lookup_type *type, struct arena *arena)
{
    while (options.len > 0) {
        span option;
        span_split(options, ',', &option, &options);
        const struct option_row *row = ROWS_FIND(option_rows, option);
        if (row == NULL || (row->bits & ~type->driver->options) != 0) {
            return err_syntax(0, arena_printf(arena,
                                              "unknown option \"%.*s\" for lookup type \"%s\"",
                                              SPAN_FMT(option), type->driver->name));
        }
        type->options |= row->bits;
    }
    return OK;
}

static err name_take(span name, struct lookup_type *type, struct arena *arena)
{
    span star = SPAN_EMPTY;
    size_t at = span_find_byte(name, '*');
    if (at != SPAN_NONE) {
        star = span_from(name, at);
        name = span_first(name, at);
    }
    type->driver = lookup_driver_find(name);
    if (type->driver == NULL) {
        return err_syntax(0, arena_printf(arena, lookup_driver_is_exims(name)
                                                     ? "lookup type \"%.*s\" is not supported by "
                                                       "this server"
                                                     : "unknown lookup type \"%.*s\"",
                                          SPAN_FMT(name)));
    }
    if (type->driver->query && type->partial) {
        return err_syntax(0, arena_printf(arena, "\"partial\" is not permitted for lookup type "
                                          "\"%.*s\"", SPAN_FMT(name)));
    }
    if (type->driver->query && star.len > 0) {
        return err_syntax(0, arena_printf(arena, "defaults using \"*\" or \"*@\" are not permitted "
                                          "for lookup type \"%.*s%.*s\"", SPAN_FMT(name),
                                          SPAN_FMT(star)));
    }
    if (star.len > 0) {
        type->fallback = span_eq(star, SPAN("*@")) ? LOOKUP_STAR_AT : LOOKUP_STAR;
        return star.len == 1 || type->fallback == LOOKUP_STAR_AT ? OK
                                                                 : format_error(type->text, arena);
    }
    return OK;
}

err lookup_type_read(span text, struct arena *arena, const struct lookup_type **out)
{
    text = span_trim_space(text);
    struct lookup_type *type = ARENA_NEW(arena, struct lookup_type);
    type->text = arena_copy(arena, text);
    span name, options;
    span_split(type->text, ',', &name, &options);
    struct cursor c = cursor_of(name);
    TRY(partial_take(&c, type, arena));
    TRY(name_take(cursor_rest(&c), type, arena));
    TRY(options_take(options, type, arena));
    *out = type;
    return OK;
}

bool lookup_type_is_query(const struct lookup_type *type)
{
    return type->driver->query;
}

const char *lookup_type_name(const struct lookup_type *type)
{
    return type->driver->name;
}
