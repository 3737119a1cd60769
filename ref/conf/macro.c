/* Substitution happens on physical lines, before anything else looks at them: that is why a macro
   can stand for half an option, and why the name in a definition line is spared. */
#include "ref/conf/macro.h"

#include "base/check.h"
#include "base/cursor.h"

#include <stdlib.h>

static bool is_name(unsigned char c)
{
    return ascii_is_alnum(c) || c == '_';
}

static struct conf_macro *find(const struct conf_macros *m, span name)
{
    for (size_t i = 0; i < m->rows.count; i++) {
        if (span_eq(m->rows.at[i].name, name)) {
            return &m->rows.at[i];
        }
    }
    return NULL;
}

/* An earlier macro whose name stands inside this one would be replaced first. */
static const struct conf_macro *find_inside(const struct conf_macros *m, span name)
{
    for (size_t i = 0; i < m->rows.count; i++) {
        if (span_has(name, m->rows.at[i].name)) {
            return &m->rows.at[i];
        }
    }
    return NULL;
}

static void add(struct conf_macros *m, span name, span text, struct arena *arena, bool command_line)
{
    vec_add(arena, &m->rows, ((struct conf_macro){
        .name = arena_copy(arena, name), .text = arena_copy(arena, text),
        .from_command_line = command_line}));
}

err macro_define_argument(struct conf_macros *m, span argument, struct arena *arena)
{
    struct cursor c = cursor_of(argument);
    span name;
    if (cursor_peek(&c) < 'A' || cursor_peek(&c) > 'Z' || !cursor_take_while(&c, is_name, &name)) {
        return err_syntax(0, "-D needs a macro name that begins with an upper-case letter");
    }
    cursor_skip_blanks(&c);
    if (!cursor_at_end(&c) && !cursor_take_byte(&c, '=')) {
        return err_syntax(c.pos, "-D needs \"NAME\" or \"NAME=text\"");
    }
    if (find(m, name) != NULL) {
        return err_syntax(0, arena_printf(arena, "macro \"%.*s\" is given twice", SPAN_FMT(name)));
    }
    add(m, name, span_trim(cursor_rest(&c)), arena, true);
    return OK;
}

void macro_define_builtin(struct conf_macros *m, const char *name, const char *text,
                          struct arena *arena)
{
    CHECK(name[0] == '_');
    vec_add(arena, &m->builtins, ((struct conf_macro){
        .name = span_text(name), .text = span_text(text)}));
}

static int by_name(const void *a, const void *b)
{
    return span_order(((const struct conf_macro *)a)->name, ((const struct conf_macro *)b)->name);
}

void macro_builtins_done(struct conf_macros *m)
{
    if (m->builtins.count > 0) {
        qsort(m->builtins.at, m->builtins.count, sizeof *m->builtins.at, by_name);
    }
}

static const struct conf_macro *find_builtin(const struct conf_macros *m, span name)
{
    struct conf_macro key = {.name = name};
    return m->builtins.count == 0 ? NULL
                                  : bsearch(&key, m->builtins.at, m->builtins.count,
                                            sizeof *m->builtins.at, by_name);
}

const struct conf_macro *macro_find(const struct conf_macros *m, span name)
{
    const struct conf_macro *own = find(m, name);
    return own != NULL ? own : find_builtin(m, name);
}

size_t macro_definition_head(span line)
{
    struct cursor c = cursor_of(line);
    span name;
    if (cursor_peek(&c) < 'A' || cursor_peek(&c) > 'Z' || !cursor_take_while(&c, is_name, &name)) {
        return 0;
    }
    cursor_skip_blanks(&c);
    return cursor_peek(&c) == '=' ? c.pos : 0;
}

err macro_define_line(struct conf_macros *m, span line, struct conf_where where,
                      struct arena *arena)
{
    struct cursor c = cursor_of(line);
    span name = SPAN_EMPTY;
    (void)cursor_take_while(&c, is_name, &name);
    cursor_skip_blanks(&c);
    bool again = cursor_take_literal(&c, SPAN("=="));
    (void)(again || cursor_take_byte(&c, '='));
    span text = span_trim(cursor_rest(&c));

    struct conf_macro *old = find(m, name);
    if (old != NULL && old->from_command_line) {
        return OK;
    }
    if (old != NULL && !again) {
        return conf_error(where, arena,
            "macro \"%.*s\" is already defined (use \"==\" if you want to redefine it)",
            SPAN_FMT(name));
    }
    if (old != NULL) {
        old->text = arena_copy(arena, text);
        return OK;
    }
    if (again) {
        return conf_error(where, arena, "can't redefine an undefined macro \"%.*s\"",
                          SPAN_FMT(name));
    }
    const struct conf_macro *inside = find_inside(m, name);
    if (inside != NULL) {
        return conf_error(where, arena,
            "\"%.*s\" cannot be defined as a macro because previously defined macro \"%.*s\" is a "
            "substring", SPAN_FMT(name), SPAN_FMT(inside->name));
    }
    add(m, name, text, arena, false);
    return OK;
}

/* What was copied so far, and the rest behind it, become the text. */
static void put_back(size_t done, struct buf *text, struct buf *scratch)
{
    buf_put(scratch, span_from(buf_span(text), done));
    struct buf swap = *text;
    *text = *scratch;
    *scratch = swap;
}

/* The server's own, of which there are hundreds: whole words that begin with an underscore. */
static bool replace_builtins(const struct conf_macros *m, size_t from, struct buf *text,
                             struct buf *scratch)
{
    span all = buf_span(text);
    size_t done = 0, hit;
    buf_clear(scratch);
    for (size_t at = from; (hit = span_find_byte(span_from(all, at), '_')) != SPAN_NONE;) {
        size_t begin = at + hit;
        for (at = begin; at < all.len && is_name(all.at[at]);) {
            at++;
        }
        const struct conf_macro *macro = begin > 0 && is_name(all.at[begin - 1])
                                             ? NULL
                                             : find_builtin(m, span_part(all, begin, at - begin));
        if (macro != NULL) {
            buf_put(scratch, span_part(all, done, begin - done));
            buf_put(scratch, macro->text);
            done = at;
        }
    }
    if (done > 0) {
        put_back(done, text, scratch);
    }
    return done > 0;
}

/* One macro, all its places, inside words too. */
static bool replace_one(const struct conf_macro *macro, size_t from, struct buf *text,
                        struct buf *scratch)
{
    span all = buf_span(text);
    size_t done = 0, hit;
    buf_clear(scratch);
    for (size_t at = from; (hit = span_find(span_from(all, at), macro->name)) != SPAN_NONE;) {
        buf_put(scratch, span_part(all, done, at + hit - done));
        buf_put(scratch, macro->text);
        done = at = at + hit + macro->name.len;
    }
    if (done > 0) {
        put_back(done, text, scratch);
    }
    return done > 0;
}

bool macro_replace(const struct conf_macros *m, size_t from, struct buf *text, struct buf *scratch)
{
    bool found = replace_builtins(m, from, text, scratch);
    for (size_t i = 0; i < m->rows.count && !buf_full(text); i++) {
        found |= replace_one(&m->rows.at[i], from, text, scratch);
    }
    return found;
}
