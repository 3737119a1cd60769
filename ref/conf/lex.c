/* The order of things is Exim's and matters: a comment line vanishes even inside a continued line;
   macros are replaced in each physical line before it is looked at; a directive is a physical
   line; only then are continuations joined. `.ifdef X` asks whether anything in the line was
   replaced. Depth, number and size of files are bounded, so that no text can make it run away. */
#include "ref/conf/lex.h"

#include "base/cursor.h"
#include "base/file.h"
#include "base/rows.h"
#include "ref/mail/utf8.h"

enum { INCLUDE_DEPTH = 16, INCLUDE_FILES = 256, CONDITION_DEPTH = 64 };

struct source {
    const char *path;
    span rest;
    unsigned line;
    size_t conditions; /* open conditions when the file began */
};

struct condition {
    bool active;   /* this branch is read */
    bool was_true; /* some branch was */
    bool in_else;
    bool parent;   /* the text around it is read */
    struct conf_where where;
};

struct conf_lex {
    struct arena *arena;
    conf_read_file *read;
    struct conf_macros *macros;
    struct source sources[INCLUDE_DEPTH];
    size_t depth;
    size_t files;
    struct condition conditions[CONDITION_DEPTH];
    size_t condition_count;
    struct conf_where where; /* the physical line at hand */
    struct buf logical;
    struct buf physical;
    struct buf scratch;
};

static err read_disk(const char *path, struct arena *arena, span *content)
{
    return file_read(path, CONF_FILE_CEILING, arena, content);
}

/* The ceiling, for who met it. */
static const char *too_large(err e, struct arena *arena)
{
    return e.kind == ERR_LIMIT ? arena_printf(arena, " (at most %d octets)", CONF_FILE_CEILING)
                               : "";
}

static void source_push(struct conf_lex *lex, const char *path, span content)
{
    lex->sources[lex->depth++] = (struct source){path, content, 0, lex->condition_count};
}

err conf_lex_open(const char *path, conf_read_file *read, struct conf_macros *macros,
                  struct arena *arena, struct conf_lex **lex)
{
    struct conf_lex *l = ARENA_NEW(arena, struct conf_lex);
    l->arena = arena;
    l->read = read ? read : read_disk;
    l->macros = macros;
    buf_init(&l->logical, CONF_LINE_CEILING);
    buf_init(&l->physical, CONF_LINE_CEILING);
    buf_init(&l->scratch, CONF_LINE_CEILING);
    *lex = l;
    span content;
    err e = l->read(path, arena, &content);
    if (failed(e)) {
        return conf_error((struct conf_where){path, 0}, arena,
                          "failed to open configuration file: %s%s", err_text(e, arena),
                          too_large(e, arena));
    }
    source_push(l, arena_text(arena, span_text(path)), content);
    return OK;
}

void conf_lex_close(struct conf_lex *lex)
{
    if (lex != NULL) {
        buf_wipe(&lex->logical);
        buf_wipe(&lex->physical);
        buf_wipe(&lex->scratch);
    }
}

struct conf_where conf_lex_where(const struct conf_lex *lex)
{
    return lex->where;
}

static bool active(const struct conf_lex *lex)
{
    return lex->condition_count == 0 || lex->conditions[lex->condition_count - 1].active;
}

/* --- directives ------------------------------------------------------------------------ */

struct directive_call {
    const char *word;
    span argument;
    bool found; /* a macro was replaced in the line */
};

static err do_if(struct conf_lex *lex, const struct directive_call *call)
{
    if (lex->condition_count == CONDITION_DEPTH) {
        return conf_error(lex->where, lex->arena, ".ifdef is nested more than %d deep",
                          CONDITION_DEPTH);
    }
    bool truth = call->found == (strcmp(call->word, ".ifdef") == 0);
    bool parent = active(lex);
    lex->conditions[lex->condition_count++] = (struct condition){
        .active = parent && truth, .was_true = truth, .parent = parent, .where = lex->where};
    return OK;
}

static err condition_needed(struct conf_lex *lex, const char *word)
{
    if (lex->condition_count <= lex->sources[lex->depth - 1].conditions) {
        return conf_error(lex->where, lex->arena, "%s without matching .ifdef", word);
    }
    return OK;
}

static err do_elif(struct conf_lex *lex, const struct directive_call *call)
{
    TRY(condition_needed(lex, call->word));
    struct condition *c = &lex->conditions[lex->condition_count - 1];
    if (c->in_else) {
        return conf_error(lex->where, lex->arena, "%s after .else", call->word);
    }
    bool truth = call->found == (strcmp(call->word, ".elifdef") == 0);
    c->active = c->parent && !c->was_true && truth;
    c->was_true |= truth;
    return OK;
}

static err do_else(struct conf_lex *lex, const struct directive_call *call)
{
    TRY(condition_needed(lex, call->word));
    struct condition *c = &lex->conditions[lex->condition_count - 1];
    if (c->in_else) {
        return conf_error(lex->where, lex->arena, "second .else for one .ifdef");
    }
    c->in_else = true;
    c->active = c->parent && !c->was_true;
    return OK;
}

static err do_endif(struct conf_lex *lex, const struct directive_call *call)
{
    TRY(condition_needed(lex, call->word));
    lex->condition_count--;
    return OK;
}

static err do_include(struct conf_lex *lex, const struct directive_call *call)
{
    span name = call->argument;
    if (name.len >= 2 && name.at[0] == '"' && name.at[name.len - 1] == '"') {
        name = span_part(name, 1, name.len - 2);
    }
    bool may_miss = strcmp(call->word, ".include_if_exists") == 0;
    if (name.len == 0) {
        return conf_error(lex->where, lex->arena, "%s needs a file name", call->word);
    }
    if (lex->depth == INCLUDE_DEPTH || lex->files == INCLUDE_FILES) {
        return conf_error(lex->where, lex->arena,
            "too many included files (at most %d, nested at most %d): does %.*s include itself?",
            INCLUDE_FILES, INCLUDE_DEPTH, SPAN_FMT(name));
    }
    const char *here = lex->sources[lex->depth - 1].path;
    const char *path = path_join(lex->arena, path_dir(lex->arena, here),
                                 arena_text(lex->arena, name));
    if (may_miss && name.at[0] != '/') {
        return conf_error(lex->where, lex->arena,
                          ".include specifies a non-absolute path \"%.*s\"", SPAN_FMT(name));
    }
    if (may_miss && !path_is_file(path)) {
        return OK;
    }
    span content;
    err e = lex->read == read_disk ? file_read_regular(path, CONF_FILE_CEILING, lex->arena, &content)
                                   : lex->read(path, lex->arena, &content);
    if (failed(e)) {
        return conf_error(lex->where, lex->arena,
                          "failed to open included configuration file %s: %s%s", path,
                          err_text(e, lex->arena), too_large(e, lex->arena));
    }
    lex->files++;
    source_push(lex, path, content);
    return OK;
}

struct directive {
    const char *name;
    bool when_skipped; /* obeyed in text that is not read */
    err (*run)(struct conf_lex *lex, const struct directive_call *call);
};

static const struct directive directives[] = {
    {".elifdef", true, do_elif},
    {".elifndef", true, do_elif},
    {".else", true, do_else},
    {".endif", true, do_endif},
    {".ifdef", true, do_if},
    {".ifndef", true, do_if},
    {".include", false, do_include},
    {".include_if_exists", false, do_include},
};

static err directive_run(struct conf_lex *lex, span line, bool found)
{
    struct cursor c = cursor_of(line);
    size_t len = 1;
    while (len < line.len && (ascii_is_alpha(line.at[len]) || line.at[len] == '_')) {
        len++;
    }
    span word = SPAN_EMPTY;
    (void)cursor_take_count(&c, len, &word);
    const struct directive *d = ROWS_FIND(directives, word);
    if (d == NULL) {
        const char *near = ROWS_SUGGEST(directives, word);
        return active(lex) ? conf_error(lex->where, lex->arena, "unknown directive \"%.*s\"%s%s%s",
                                        SPAN_FMT(word), near ? " (did you mean " : "",
                                        near ? near : "", near ? "?)" : "")
                           : OK;
    }
    if (!d->when_skipped && !active(lex)) {
        return OK;
    }
    struct directive_call call = {d->name, span_trim(cursor_rest(&c)), found};
    return d->run(lex, &call);
}

/* --- lines ----------------------------------------------------------------------------- */

/* Octets that would be carried into logs, mail and replies as if they were text. */
static err text_check(struct conf_lex *lex, span text)
{
    if (span_find_byte(text, 0) != SPAN_NONE) {
        return conf_error(lex->where, lex->arena,
                          "there is a NUL in the line: this is no configuration text");
    }
    if (lex->where.line == 1 && span_starts(text, SPAN("\xef\xbb\xbf"))) {
        return conf_error(lex->where, lex->arena,
                          "the file begins with a byte order mark: save it as UTF-8 without one");
    }
    if (mail_utf8_bad(text) != SPAN_NONE) {
        return conf_error(lex->where, lex->arena,
                          "the line is not UTF-8: convert the file, or write the octets as "
                          "backslash sequences in a quoted string");
    }
    return OK;
}

/* The next physical line with macros replaced in lex->physical, directives obeyed and comments
   skipped. *end when the last file is used up. `joined`: it continues a line. */
static err physical_next(struct conf_lex *lex, bool joined, bool *end)
{
    *end = false;
    for (;;) {
        struct source *s = &lex->sources[lex->depth - 1];
        span raw;
        if (!span_line(&s->rest, &raw)) {
            if (lex->condition_count > s->conditions) {
                lex->where = (struct conf_where){s->path, s->line};
                return conf_error(lex->where, lex->arena,
                    "Unexpected end of configuration file: .endif missing (the .ifdef is in "
                    "line %u)", lex->conditions[lex->condition_count - 1].where.line);
            }
            *end = lex->depth == 1;
            if (*end) {
                return OK;
            }
            lex->depth--;
            continue;
        }
        s->line++;
        lex->where = (struct conf_where){s->path, s->line};
        span text = span_trim_space(raw);
        bool directive = text.len > 1 && text.at[0] == '.' && ascii_is_alpha(text.at[1]);
        if ((text.len > 0 && text.at[0] == '#') || (!directive && !active(lex))) {
            continue;
        }
        TRY(text_check(lex, text));
        buf_clear(&lex->physical);
        buf_put(&lex->physical, text);
        size_t from = joined ? 0 : macro_definition_head(text);
        bool found = macro_replace(lex->macros, from, &lex->physical, &lex->scratch);
        if (buf_full(&lex->physical)) {
            return conf_error(lex->where, lex->arena,
                              "line is longer than %d octets: put what is long into a file, and "
                              "look it up", CONF_LINE_CEILING);
        }
        if (!directive) {
            return OK;
        }
        TRY(directive_run(lex, buf_span(&lex->physical), found));
    }
}

/* One statement in lex->logical; empty for a blank line. */
static err logical_next(struct conf_lex *lex, bool *end)
{
    buf_clear(&lex->logical);
    bool more = true;
    for (bool joined = false; more; joined = true) {
        TRY(physical_next(lex, joined, end));
        if (*end) {
            return OK;
        }
        span text = span_trim_space(buf_span(&lex->physical));
        more = text.len > 0 && text.at[text.len - 1] == '\\';
        buf_put(&lex->logical, span_first(text, text.len - (more ? 1 : 0)));
        if (buf_full(&lex->logical)) {
            return conf_error(lex->where, lex->arena,
                              "continued line is longer than %d octets: put what is long into a "
                              "file, and look it up", CONF_LINE_CEILING);
        }
    }
    return OK;
}

err conf_lex_next(struct conf_lex *lex, span *line, bool *end)
{
    for (;;) {
        TRY(logical_next(lex, end));
        *line = span_trim_space(buf_span(&lex->logical));
        if (*end && line->len == 0) {
            return OK;
        }
        if (macro_definition_head(*line) > 0) {
            TRY(macro_define_line(lex->macros, *line, lex->where, lex->arena));
        } else if (line->len > 0) {
            *end = false;
            return OK;
        }
        if (*end) {
            return OK;
        }
    }
}
