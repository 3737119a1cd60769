/* A file in its four parts: header, play, expects, sections. The order is fixed, so what stands in
   the wrong part is a mistake here, and the files behind this one see only lines of their own. */
#include "harness/scenario/directives.h"
#include "harness/scenario/lex.h"
#include "base/file.h"
#include "base/rows.h"

err outline_load(const char *path, struct arena *arena, span *content)
{
    return file_read(path, READING_FILE_CEILING, arena, content);
}

void outline_lines(struct reading *r, span content, const char *file, const struct scope *scope,
                   raw_lines *lines, bool *last_ends)
{
    unsigned number = 0;
    *last_ends = content.len == 0 || content.at[content.len - 1] == '\n';
    while (content.len > 0) {
        size_t end = span_find_byte(content, '\n');
        span text = span_first(content, end == SPAN_NONE ? content.len : end);
        content = span_from(content, end == SPAN_NONE ? content.len : end + 1);
        struct raw_line *line = vec_push(r->arena, lines);
        *line = (struct raw_line){
            .text = text, .file = file, .number = ++number, .scope = scope};
    }
}

struct cutting {
    struct reading *r;
    struct outline *o;
    enum zone zone;
};

static struct place at(const struct raw_line *line, size_t column)
{
    return (struct place){line->file, line->number, (unsigned)column};
}

static const char *zone_word(enum zone zone)
{
    static const char *const words[] = {
        [ZONE_HEADER] = "header",     [ZONE_PLAY] = "play",   [ZONE_CLAIMS] = "expects",
        [ZONE_SECTIONS] = "sections", [ZONE_NOTES] = "notes",
    };
    return words[zone];
}

/* A word that is no statement: perhaps its blank is missing, perhaps it is misspelt. */
static void complain_unknown(struct cutting *c, const struct raw_line *line, size_t column,
                             span word)
{
    struct arena *arena = c->r->arena;
    const char *near = directives_suggest(word);
    const char *glued = directives_glued(word);
    const char *remedy = glued != NULL  ? arena_printf(arena, "a blank stands behind `%s`", glued)
                         : near != NULL ? lex_meant(c->r, near)
                                        : "statements are listed in docs/scenario-language.md";
    complain(c->r, at(line, column), remedy, "there is no statement `%.*s`", SPAN_FMT(word));
}

/* `use FILE` of that line; the rest of it is left. */
static bool take_use(struct cutting *c, const struct raw_line *line, struct lex *lx, span *file)
{
    struct line whole = {.text = line->text, .file = line->file, .number = line->number};
    lex_open(lx, c->r, &whole);
    *file = lex_literal(lx, "use") ? lex_peek(lx) : SPAN_EMPTY;
    lx->pos += file->len;
    return file->len > 0;
}

/* True if the snippet that this `use` names begins with a header statement or a section. */
static bool names_header_snippet(struct cutting *c, const struct raw_line *line, span *content,
                                 const char **path)
{
    struct lex lx;
    span file;
    if (!take_use(c, line, &lx, &file) || params_left(file)) {
        return false;
    }
    *path =
        path_join(c->r->arena, path_dir(c->r->arena, line->file), arena_text(c->r->arena, file));
    if (failed(outline_load(*path, c->r->arena, content))) {
        return false; /* said when the line is read */
    }
    for (span rest = *content, text; span_line(&rest, &text);) {
        text = span_trim(text);
        if (text.len > 0 && text.at[0] != '#') {
            const struct directive *d = directives_find(text);
            return d != NULL && (d->zone == ZONE_HEADER || d->zone == ZONE_SECTIONS);
        }
    }
    return false;
}

static void cut_lines(struct cutting *c, span content, const char *file, const struct scope *scope);

/* Takes a snippet of header lines and sections in where it is used. */
static void take_header_snippet(struct cutting *c, const struct raw_line *line, span content,
                                const char *path)
{
    struct lex lx;
    span file;
    struct scope *scope = ARENA_NEW(c->r->arena, struct scope);
    scope->outer = line->scope;
    scope->prefix = "";
    if (!take_use(c, line, &lx, &file) || !lex_options(&lx, NULL, 0, 0, &scope->values) ||
        !lex_end(&lx)) {
        return;
    }
    if (params_left(line->text)) {
        complain(c->r, at(line, 1), "the snippet sees the names of this file by itself",
                 "a `use` in the header takes plain values");
        return;
    }
    if (c->r->depth >= READING_DEPTH) {
        complain(c->r, at(line, 1), NULL, "snippets are nested more than %d deep", READING_DEPTH);
        return;
    }
    size_t play = c->o->play.count;
    size_t claims = c->o->claims.count;
    c->r->depth++;
    cut_lines(c, content, path, scope);
    c->r->depth--;
    if (c->o->play.count != play || c->o->claims.count != claims) {
        complain(c->r, at(line, 1), "make two snippets of it",
                 "%s holds header lines and others too", path);
    }
    c->zone = ZONE_HEADER;
}

static void add_section_line(struct cutting *c, const struct raw_line *line)
{
    struct raw_section *last = &c->o->sections.at[c->o->sections.count - 1];
    vec_add(c->r->arena, &last->lines, *line);
}

/* One line outside of sections that says something. */
static void cut_statement(struct cutting *c, const struct raw_line *line, size_t indent)
{
    span text = span_from(line->text, indent);
    const struct directive *d = directives_find(text);
    struct place place = at(line, indent + 1);
    if (d == NULL) {
        complain_unknown(c, line, indent + 1, directives_word(text));
        return;
    }
    span content;
    const char *path;
    enum zone zone = d->zone;
    if (d->in_header && c->zone == ZONE_HEADER) {
        zone = ZONE_HEADER;
        if (strcmp(d->name, "use") == 0) {
            if (names_header_snippet(c, line, &content, &path)) {
                take_header_snippet(c, line, content, path);
                return;
            }
            zone = ZONE_PLAY;
        }
    }
    if (zone == ZONE_NOTES) {
        if (c->zone == ZONE_HEADER) {
            complain(c->r, place, "notes stand below a line of the play or an expect",
                     "there is nothing above that this note could be about");
            return;
        }
        zone = c->zone;
    }
    if (zone < c->zone) {
        complain(c->r, place, "the order is header, play, expects, sections",
                 "`%s` belongs into the %s, above the %s", d->name, zone_word(zone),
                 zone_word(c->zone));
        return;
    }
    c->zone = zone;
    raw_lines *part = zone == ZONE_HEADER ? &c->o->header
                      : zone == ZONE_PLAY ? &c->o->play
                                          : &c->o->claims;
    vec_add(c->r->arena, part, *line);
}

static void cut_lines(struct cutting *c, span content, const char *file, const struct scope *scope)
{
    raw_lines lines = {0};
    bool last_ends = true;
    outline_lines(c->r, content, file, scope, &lines, &last_ends);
    bool in_section = false;
    for (size_t i = 0; i < lines.count; i++) {
        struct raw_line *line = &lines.at[i];
        if (span_starts(line->text, SPAN("=== ")) || span_eq(line->text, SPAN("==="))) {
            struct raw_section *s = vec_push(c->r->arena, &c->o->sections);
            s->head = *line;
            s->last_ends = true;
            in_section = true;
            c->zone = ZONE_SECTIONS;
            continue;
        }
        if (in_section) {
            add_section_line(c, line);
            continue;
        }
        size_t nul = span_find_byte(line->text, '\0');
        if (nul != SPAN_NONE) {
            complain(c->r, at(line, nul + 1), "in a text or a pattern `\\0` means one",
                     "there is a NUL in the line, as no scenario text has");
            return;
        }
        size_t indent = 0;
        while (indent < line->text.len && ascii_is_blank(line->text.at[indent])) {
            indent++;
        }
        if (line->text.len > 0 && line->text.at[line->text.len - 1] == '\r') {
            complain(c->r, at(line, line->text.len), "save the file with LF line ends",
                     "the line ends in CR LF");
        } else if (indent < line->text.len && line->text.at[indent] != '#') {
            cut_statement(c, line, indent);
        }
    }
    if (in_section && !last_ends && c->o->sections.count > 0) {
        c->o->sections.at[c->o->sections.count - 1].last_ends = false;
    }
}

void outline_cut(struct reading *r, span content, const char *file, const struct scope *scope,
                 struct outline *o)
{
    struct cutting c = {.r = r, .o = o, .zone = ZONE_HEADER};
    cut_lines(&c, content, file, scope);
}
