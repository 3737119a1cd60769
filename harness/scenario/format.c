/* The one form of a scenario. Works on the lines as they are written, before names are replaced:
   blanks between tokens become one, alternatives are indented, words of the header are aligned;
   text, comments and the content of sections stay. */
#include "harness/scenario/directives.h"

#include "base/rows.h"

#define INDENT 2 /* blanks for each level of either */
#define HEADER_WORD 4 /* shorter words of the header are filled up to this */

struct formatter {
    struct buf *out;
    unsigned level;
    bool blank; /* an empty line is due before the next one */
    bool plain_lines; /* an actor speaks dccifd: S: is followed by text */
};

/* ---- tokens ---- */

/* The end of a quoted text or regular expression whose mark stands at `at`. */
static size_t marked_end(span text, size_t at)
{
    for (size_t i = at + 1; i < text.len; i++) {
        size_t brace = params_brace_end(text, i);
        if (text.at[at] == '"' && brace != SPAN_NONE) {
            i = brace - 1;
        } else if (text.at[i] == '\\') {
            i++;
        } else if (text.at[i] == text.at[at]) {
            return i + 1;
        }
    }
    return text.len;
}

static bool is_punctuation(unsigned char c)
{
    return c == '{' || c == '}' || c == ',';
}

static size_t token_end(span text, size_t at, bool after_has, bool replies)
{
    if (text.at[at] == '"' || (text.at[at] == '/' && after_has)) {
        return marked_end(text, at);
    }
    if (replies && is_punctuation(text.at[at])) {
        return at + 1;
    }
    while (at < text.len && !ascii_is_blank(text.at[at])) {
        size_t brace = params_brace_end(text, at);
        if (brace != SPAN_NONE) {
            at = brace;
        } else if (replies && is_punctuation(text.at[at])) {
            break;
        } else if (text.at[at] == '=' && at + 1 < text.len && text.at[at + 1] == '"') {
            at = marked_end(text, at + 1);
        } else {
            at++;
        }
    }
    return at;
}

/* Tokens with one blank between them, each after a blank. replies: `,` clings to what it follows. */
static void put_tokens(struct formatter *f, span text, bool replies)
{
    bool after_has = false;
    for (size_t at = 0; at < text.len;) {
        if (ascii_is_blank(text.at[at])) {
            at++;
            continue;
        }
        size_t end = token_end(text, at, after_has, replies);
        span token = span_part(text, at, end - at);
        if (!(replies && token.at[0] == ',')) {
            buf_put_byte(f->out, ' ');
        }
        buf_put(f->out, token);
        after_has = span_eq(token, SPAN("has")) || span_eq(token, SPAN("lacks")) ||
                    span_eq(token, SPAN("~"));
        at = end;
    }
}

/* ---- lines ---- */

static void put_text(struct formatter *f, span rest)
{
    buf_put_byte(f->out, ' ');
    buf_put(f->out, span_trim(rest));
}

/* True when what stands behind S: is text that is said: it stays as it is. */
static bool says_text(const struct formatter *f, span rest)
{
    rest = span_trim(rest);
    if (f->plain_lines || rest.len < 4 || !ascii_is_digit(rest.at[0])) {
        return f->plain_lines;
    }
    if (rest.at[3] == '-') {
        return true;
    }
    size_t at = 3;
    while (at < rest.len && ascii_is_blank(rest.at[at])) {
        at++;
    }
    /* a status may stand before the text */
    size_t end = at;
    while (end < rest.len && (ascii_is_digit(rest.at[end]) || rest.at[end] == '.')) {
        end++;
    }
    if (end > at && end < rest.len && ascii_is_blank(rest.at[end])) {
        at = end + 1;
        while (at < rest.len && ascii_is_blank(rest.at[at])) {
            at++;
        }
    } else if (end > at && end < rest.len && rest.at[end] == ',') {
        return false;
    }
    return ascii_is_blank(rest.at[3]) && at < rest.len && !memchr("{~,\"", rest.at[at], 4);
}

static void put_connection(struct formatter *f, span rest)
{
    size_t close = span_find_byte(rest, ']');
    size_t before = f->out->len;
    put_tokens(f, span_first(rest, close == SPAN_NONE ? rest.len : close), false);
    /* the first token stands right behind the bracket */
    if (f->out->len > before && !buf_full(f->out)) {
        memmove(f->out->at + before, f->out->at + before + 1, f->out->len - before - 1);
        f->out->len--;
    }
    if (close != SPAN_NONE) {
        buf_put_byte(f->out, ']');
        put_tokens(f, span_from(rest, close + 1), false);
    }
}

static void put_note(struct formatter *f, span rest)
{
    span text = span_trim(rest);
    size_t len = 0;
    while (len < text.len && !ascii_is_blank(text.at[len])) {
        len++;
    }
    span word = span_first(text, len);
    if (span_eq(word, SPAN("because")) || span_eq(word, SPAN("masked"))) {
        buf_put_byte(f->out, ' ');
        buf_put(f->out, word);
        put_text(f, span_from(text, len));
    } else {
        put_tokens(f, text, false);
    }
}

enum shape { SHAPE_TOKENS, SHAPE_LINE, SHAPE_REPLY, SHAPE_TEXT, SHAPE_CONNECTION, SHAPE_NOTE };

struct shape_word {
    const char *name;
    enum shape shape;
};

/* Statements that are more than tokens. */
static const struct shape_word shapes[] = {
    {"C:", SHAPE_LINE}, {"S:", SHAPE_REPLY},      {"[", SHAPE_CONNECTION},
    {"^", SHAPE_NOTE},  {"scenario", SHAPE_TEXT}, {"source", SHAPE_TEXT},
};

static enum shape shape_of(const char *name)
{
    const struct shape_word *row = ROWS_SCAN(shapes, span_text(name));
    return row != NULL ? row->shape : SHAPE_TOKENS;
}

static void put_rest(struct formatter *f, const struct directive *d, span rest)
{
    switch (shape_of(d->name)) {
    case SHAPE_LINE:
        buf_put(f->out, rest);
        break;
    case SHAPE_REPLY:
        if (f->plain_lines) {
            buf_put(f->out, rest);
        } else if (says_text(f, rest)) {
            span text = rest;
            while (text.len > 0 && ascii_is_blank(text.at[0])) {
                text = span_from(text, 1);
            }
            buf_put_byte(f->out, ' ');
            buf_put(f->out, text);
        } else {
            put_tokens(f, rest, true);
        }
        break;
    case SHAPE_TEXT:
        put_text(f, rest);
        break;
    case SHAPE_CONNECTION:
        put_connection(f, rest);
        break;
    case SHAPE_NOTE:
        put_note(f, rest);
        break;
    case SHAPE_TOKENS:
        put_tokens(f, rest, false);
        break;
    }
}

static void begin_line(struct formatter *f, unsigned level)
{
    if (f->blank && f->out->len > 0) {
        buf_put_byte(f->out, '\n');
    }
    f->blank = false;
    for (unsigned i = 0; i < level * INDENT; i++) {
        buf_put_byte(f->out, ' ');
    }
}

static void put_statement(struct formatter *f, const struct directive *d, span text)
{
    bool back = strcmp(d->name, "or") == 0 || strcmp(d->name, "end") == 0;
    bool deeper = strcmp(d->name, "either") == 0;
    if (d->name[0] == '[') {
        f->level = 0;
    }
    unsigned level = back && f->level > 0 ? f->level - 1 : f->level;
    begin_line(f, level);
    buf_put_text(f->out, d->name);
    for (size_t n = strlen(d->name); d->zone == ZONE_HEADER && n < HEADER_WORD; n++) {
        buf_put_byte(f->out, ' ');
    }
    put_rest(f, d, span_from(text, strlen(d->name)));
    buf_put_byte(f->out, '\n');
    if (deeper) {
        f->level++;
    } else if (strcmp(d->name, "end") == 0) {
        f->level = level;
    }
}

static void put_line(struct formatter *f, span line)
{
    span text = line;
    while (text.len > 0 && ascii_is_blank(text.at[0])) {
        text = span_from(text, 1);
    }
    if (text.len == 0) {
        f->blank = true;
        return;
    }
    const struct directive *d = text.at[0] == '#' ? NULL : directives_find(text);
    if (d == NULL) {
        begin_line(f, f->level);
        buf_put(f->out, span_trim(text));
        buf_put_byte(f->out, '\n');
        return;
    }
    put_statement(f, d, text);
}

static void put_file(span text, struct buf *out)
{
    struct formatter f = {.out = out, .plain_lines = span_has(text, SPAN("proto=dccifd"))};
    bool in_section = false;
    while (text.len > 0) {
        size_t end = span_find_byte(text, '\n');
        span line = span_first(text, end == SPAN_NONE ? text.len : end);
        text = span_from(text, end == SPAN_NONE ? text.len : end + 1);
        if (span_starts(line, SPAN("=== ")) || span_eq(line, SPAN("==="))) {
            if (!in_section) {
                begin_line(&f, 0);
            }
            in_section = true;
            buf_put_text(out, "===");
            put_tokens(&f, span_from(line, 3), false);
            buf_put_byte(out, '\n');
        } else if (in_section) {
            buf_put(out, line);
            if (end != SPAN_NONE) {
                buf_put_byte(out, '\n');
            }
        } else {
            put_line(&f, line);
        }
    }
}

/* A snippet is checked as far as it can be by itself. */
static void check_snippet(span text, const char *name, struct arena *arena, mistakes *wrong)
{
    struct reading r = {.arena = arena, .wrong = wrong, .name = name};
    struct outline o = {0};
    outline_cut(&r, text, name, NULL, &o);
}

err scenario_format(span text, const char *name, struct arena *arena, struct buf *out,
                    mistakes *wrong)
{
    size_t before = wrong->count;
    if (span_ends(span_text(name), SPAN(".inc"))) {
        check_snippet(text, name, arena, wrong);
    } else {
        struct scenario_set set = {0};
        TRY(scenario_read_text(text, name, name, arena, &set, wrong));
    }
    if (wrong->count == before) {
        put_file(text, out);
    }
    return OK;
}
