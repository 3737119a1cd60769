/* Substitution happens on physical lines, before anything else looks at them: that is why a macro
   can stand for half an option, and why the name in a definition line is spared. */
#include "ref/conf/macro.h"

#include "base/check.h"
#include "base/cursor.h"

#include <stdlib.h>

/* --- the table of them --------------------------------------------------------------------------- */

/* Names are looked for at each capital of a line, in each length that one has: what it costs depends on
   the line and not on how many macros there are. */
enum { NAME_MOST = 63 };
#define NONE UINT32_MAX

static struct conf_macro *find(const struct conf_macros *m, span name)
{
    return map_get(&m->by_name, name);
}

/* The first defined, from row `least` on, of those whose names begin at text[0]. */
static uint32_t first_at(const struct conf_macros *m, span text, uint32_t least)
{
    uint64_t lengths = m->lengths[text.at[0] - 'A'];
    uint32_t best = NONE;
    for (size_t len = 1; len <= NAME_MOST && len <= text.len && lengths >> len != 0; len++) {
        if (!ascii_is_word(text.at[len - 1])) {
            break;
        }
        const struct conf_macro *found =
            (lengths >> len & 1) != 0 ? find(m, span_first(text, len)) : NULL;
        best = found != NULL && found->order >= least && found->order < best ? found->order : best;
    }
    return best;
}

/* The same anywhere in the text, inside words too. NONE: there is none. */
static uint32_t first_in(const struct conf_macros *m, span text, uint32_t least)
{
    uint32_t best = NONE;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] >= 'A' && text.at[i] <= 'Z' && m->lengths[text.at[i] - 'A'] != 0) {
            uint32_t row = first_at(m, span_from(text, i), least);
            best = row < best ? row : best;
        }
    }
    return best;
}

static void add(struct conf_macros *m, span name, span text, struct arena *arena, bool command_line)
{
    struct conf_macro *macro = ARENA_NEW(arena, struct conf_macro);
    *macro = (struct conf_macro){.name = arena_copy(arena, name), .text = arena_copy(arena, text),
                                 .from_command_line = command_line,
                                 .order = (uint32_t)m->rows.count};
    vec_add(arena, &m->rows, macro);
    (void)map_put(&m->by_name, arena, macro->name, macro);
    m->lengths[name.at[0] - 'A'] |= (uint64_t)1 << name.len;
}

/* --- definitions --------------------------------------------------------------------------------- */

err macro_define_argument(struct conf_macros *m, span argument, struct arena *arena)
{
    struct cursor c = cursor_of(argument);
    span name;
    if (cursor_peek(&c) < 'A' || cursor_peek(&c) > 'Z' || !cursor_take_while(&c, ascii_is_word, &name)) {
        return err_syntax(0, "-D needs a macro name that begins with an upper-case letter");
    }
    cursor_skip_blanks(&c);
    if (!cursor_at_end(&c) && !cursor_take_byte(&c, '=')) {
        return err_syntax(c.pos, "-D needs \"NAME\" or \"NAME=text\"");
    }
    if (name.len > NAME_MOST) {
        return err_syntax(0, "macro name too long (maximum is 63 characters)");
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
    if (cursor_peek(&c) < 'A' || cursor_peek(&c) > 'Z' || !cursor_take_while(&c, ascii_is_word, &name)) {
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
    (void)cursor_take_while(&c, ascii_is_word, &name);
    cursor_skip_blanks(&c);
    bool again = cursor_take_literal(&c, SPAN("=="));
    (void)(again || cursor_take_byte(&c, '='));
    span text = span_trim(cursor_rest(&c));

    if (name.len > NAME_MOST) {
        return conf_error(where, arena, "macro name too long (maximum is %d characters)", NAME_MOST);
    }
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
    /* An earlier macro whose name stands inside this one would be replaced first. */
    uint32_t inside = first_in(m, name, 0);
    if (inside != NONE) {
        return conf_error(where, arena,
            "\"%.*s\" cannot be defined as a macro because previously defined macro \"%.*s\" is a "
            "substring", SPAN_FMT(name), SPAN_FMT(m->rows.at[inside]->name));
    }
    add(m, name, text, arena, false);
    return OK;
}

/* --- replacement --------------------------------------------------------------------------------- */

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
        for (at = begin; at < all.len && ascii_is_word(all.at[at]);) {
            at++;
        }
        const struct conf_macro *macro = begin > 0 && ascii_is_word(all.at[begin - 1])
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
    uint32_t row = 0;
    while (!buf_full(text) && (row = first_in(m, span_from(buf_span(text), from), row)) != NONE) {
        found |= replace_one(m->rows.at[row++], from, text, scratch);
    }
    return found;
}
