/* The command line, read by the rows that also print its help. An option that is not in the table
   does not exist, and one that is cannot be missing from the help. */
#include "base/args.h"

#include "base/check.h"
#include "base/rows.h"

/* The words of one command line, taken from the front. */
struct words {
    char **at;
    size_t count;
    size_t next;
};

static const struct args_option *find_option(const struct args_option *options,
                                             size_t count, span name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_eq(name, span_text(options[i].name)) ||
            (options[i].short_name && span_eq(name, span_text(options[i].short_name)))) {
            return &options[i];
        }
    }
    return NULL;
}

static err unknown_option(const struct args_option *options, size_t count, size_t at,
                          span name, struct arena *arena)
{
    const char *near = rows_suggest(options, count, sizeof *options, name);
    const char *what =
        near ? arena_printf(arena, "unknown option %.*s: did you mean %s?", SPAN_FMT(name),
                            near)
             : arena_printf(arena, "unknown option %.*s: --help lists those there are",
                            SPAN_FMT(name));
    return err_syntax(at, what);
}

static err put_number(const struct args_option *o, size_t at, const char *value,
                      void *field, struct arena *arena)
{
    uint64_t number;
    if (!span_to_u64(span_text(value), &number)) {
        return err_syntax(
            at, arena_printf(arena, "%s wants a whole number, not \"%s\"", o->name, value));
    }
    memcpy(field, &number, sizeof number);
    return OK;
}

static err put_value(const struct args_option *o, size_t at, const char *value, void *into,
                     struct arena *arena)
{
    void *field = (unsigned char *)into + o->offset;
    if (o->kind == ARGS_NUMBER) {
        return put_number(o, at, value, field, arena);
    }
    if (o->kind == ARGS_LIST) {
        vec_add(arena, (struct args_texts *)field, value);
        return OK;
    }
    CHECK(o->kind == ARGS_TEXT);
    memcpy(field, &value, sizeof value);
    return OK;
}

/* One option, its name already off the words; inline_value is what stood behind "=", or NULL. */
static err take_option(const struct args_option *o, struct words *words,
                       const char *inline_value, void *into, struct arena *arena)
{
    size_t at = words->next - 1;
    if (o->kind == ARGS_FLAG) {
        if (inline_value) {
            return err_syntax(at, arena_printf(arena, "%s takes no value", o->name));
        }
        memcpy((unsigned char *)into + o->offset, &(bool){true}, sizeof(bool));
        return OK;
    }
    const char *value = inline_value;
    if (!value && words->next < words->count) {
        value = words->at[words->next++];
    }
    if (!value) {
        return err_syntax(at, arena_printf(arena, "%s wants a value: %s %s", o->name,
                                           o->name, o->value ? o->value : "VALUE"));
    }
    return put_value(o, at, value, into, arena);
}

err args_read(const struct args_option *options, size_t count, int argc, char **argv,
              void *into, struct args_texts *rest, struct arena *arena)
{
    struct words words = {argv, argc > 0 ? (size_t)argc : 0, 1};
    bool options_end = false;
    while (words.next < words.count) {
        const char *word = words.at[words.next++];
        span name = span_text(word);
        if (options_end || name.len < 2 || name.at[0] != '-') {
            vec_add(arena, rest, word);
            continue;
        }
        if (span_eq(name, SPAN("--"))) {
            options_end = true;
            continue;
        }
        const char *value = NULL;
        size_t equals = span_find_byte(name, '=');
        if (name.at[1] == '-' && equals != SPAN_NONE) {
            value = word + equals + 1;
            name = span_first(name, equals);
        }
        const struct args_option *o = find_option(options, count, name);
        if (!o) {
            return unknown_option(options, count, words.next - 1, name, arena);
        }
        TRY(take_option(o, &words, value, into, arena));
    }
    return OK;
}

/* "-j, --jobs N" */
static void put_left(const struct args_option *o, struct buf *out)
{
    if (o->short_name) {
        buf_printf(out, "%s, ", o->short_name);
    }
    buf_put_text(out, o->name);
    if (o->kind != ARGS_FLAG) {
        buf_printf(out, " %s", o->value ? o->value : "VALUE");
    }
}

static size_t left_width(const struct args_option *o)
{
    size_t width = strlen(o->name) + (o->short_name ? strlen(o->short_name) + 2 : 0);
    return o->kind == ARGS_FLAG ? width : width + 1 + strlen(o->value ? o->value : "VALUE");
}

void args_help(const struct args_option *options, size_t count, struct buf *out)
{
    size_t widest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t width = left_width(&options[i]);
        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < count; i++) {
        buf_put_text(out, "  ");
        put_left(&options[i], out);
        for (size_t gap = left_width(&options[i]); gap < widest + 2; gap++) {
            buf_put_byte(out, ' ');
        }
        buf_printf(out, "%s\n", options[i].doc);
    }
}

const char *args_quoted(const char *word, struct arena *arena)
{
    span rest = span_text(word), piece;
    const char *text = "";
    bool plain = *word != '\0';
    for (const char *c = word; *c; c++) {
        plain = plain && (ascii_is_alnum((unsigned char)*c) || strchr("_@%+=:,./-", *c));
    }
    while (!plain && rest.len > 0) {
        bool quote = span_split(rest, '\'', &piece, &rest);
        text = arena_printf(arena, "%s%.*s%s", text, SPAN_FMT(piece), quote ? "'\\''" : "");
    }
    return plain ? word : arena_printf(arena, "'%s'", text);
}
