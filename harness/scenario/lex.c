/* Tokens of one line. The language has few kinds: words, quoted texts, regular expressions between
   slashes, numbers; which of them may stand where is known to who asks. */
#include "harness/scenario/lex.h"

#include "base/rows.h"
#include "harness/scenario/pattern_nodes.h"

void lex_open(struct lex *lx, struct reading *r, const struct line *line)
{
    *lx = (struct lex){.r = r, .line = *line};
}

bool lex_fail(struct lex *lx, size_t pos, const char *remedy, const char *format, ...)
{
    if (!lx->failed) {
        va_list args;
        va_start(args, format);
        const char *what = arena_vprintf(lx->r->arena, format, args);
        va_end(args);
        struct place place = line_place(&lx->line, pos == SPAN_NONE ? lx->pos : pos);
        complain(lx->r, place, remedy, "%s", what);
    }
    lx->failed = true;
    return false;
}

struct place lex_place(const struct lex *lx)
{
    return line_place(&lx->line, lx->pos);
}

static void skip_blanks(struct lex *lx)
{
    while (lx->pos < lx->line.text.len && ascii_is_blank(lx->line.text.at[lx->pos])) {
        lx->pos++;
    }
}

bool lex_at_end(struct lex *lx)
{
    skip_blanks(lx);
    return lx->pos >= lx->line.text.len;
}

bool lex_end(struct lex *lx)
{
    if (lx->failed || lex_at_end(lx)) {
        return !lx->failed;
    }
    span rest = span_from(lx->line.text, lx->pos);
    return lex_fail(lx, lx->pos, "the statement ends before it", "`%.*s` does not belong here",
                    SPAN_FMT(rest));
}

/* A word ends at a blank, except within @{name:/a regex/}. */
static size_t word_end(span text, size_t pos)
{
    while (pos < text.len && !ascii_is_blank(text.at[pos])) {
        size_t end = params_brace_end(text, pos);
        pos = end != SPAN_NONE ? end : pos + 1;
    }
    return pos;
}

span lex_peek(struct lex *lx)
{
    skip_blanks(lx);
    return span_part(lx->line.text, lx->pos, word_end(lx->line.text, lx->pos) - lx->pos);
}

bool lex_literal(struct lex *lx, const char *word)
{
    span next = lex_peek(lx);
    if (lx->failed || !span_eq(next, span_text(word))) {
        return false;
    }
    lx->pos += next.len;
    return true;
}

bool lex_byte(struct lex *lx, unsigned char byte)
{
    if (lx->failed || lx->pos >= lx->line.text.len || lx->line.text.at[lx->pos] != byte) {
        return false;
    }
    lx->pos++;
    return true;
}

bool lex_word(struct lex *lx, const char *what, span *word)
{
    *word = lex_peek(lx);
    if (lx->failed) {
        return false;
    }
    if (word->len == 0) {
        return lex_fail(lx, lx->pos, NULL, "%s is missing here", what);
    }
    lx->pos += word->len;
    return true;
}

bool lex_text(struct lex *lx, const char *what, const char **text)
{
    span word;
    if (!lex_word(lx, what, &word)) {
        return false;
    }
    *text = arena_text(lx->r->arena, word);
    return true;
}

bool lex_name(struct lex *lx, const char *what, const char **name)
{
    size_t at = lx->pos;
    span word;
    if (!lex_word(lx, what, &word)) {
        return false;
    }
    if (pattern_name_length(word) != word.len) {
        return lex_fail(lx, at + (lx->pos - at - word.len),
                        "a name is a letter, then letters, digits, `.`, `-`, `_`",
                        "`%.*s` cannot be %s", SPAN_FMT(word), what);
    }
    *name = arena_text(lx->r->arena, word);
    return true;
}

bool lex_number(struct lex *lx, const char *what, uint64_t *n)
{
    span word;
    if (!lex_word(lx, what, &word)) {
        return false;
    }
    if (!span_to_u64(word, n)) {
        return lex_fail(lx, lx->pos - word.len, "digits only", "`%.*s` is not %s", SPAN_FMT(word),
                        what);
    }
    return true;
}

bool lex_rest(struct lex *lx, const char *what, const char **text)
{
    span rest = span_trim(span_from(lx->line.text, lx->pos));
    if (lx->failed) {
        return false;
    }
    if (rest.len == 0) {
        return lex_fail(lx, lx->pos, NULL, "%s is missing here", what);
    }
    *text = arena_text(lx->r->arena, rest);
    lx->pos = lx->line.text.len;
    return true;
}

bool lex_quoted(struct lex *lx, span *inner)
{
    skip_blanks(lx);
    span text = lx->line.text;
    size_t open = lx->pos;
    if (lx->failed) {
        return false;
    }
    if (open >= text.len || text.at[open] != '"') {
        return lex_fail(lx, open, "as in \"text\"", "a quoted text is missing here");
    }
    for (size_t i = open + 1; i < text.len; i++) {
        size_t end = params_brace_end(text, i);
        if (end != SPAN_NONE) {
            i = end - 1;
        } else if (text.at[i] == '\\') {
            i++;
        } else if (text.at[i] == '"') {
            *inner = span_part(text, open + 1, i - open - 1);
            lx->pos = i + 1;
            return true;
        }
    }
    return lex_fail(lx, open, "write \\\" for a quotation mark in it",
                    "this quoted text has no end");
}

bool lex_cell(struct lex *lx, const char *what, span *text, bool *quoted)
{
    skip_blanks(lx);
    *quoted = lx->pos < lx->line.text.len && lx->line.text.at[lx->pos] == '"';
    if (*quoted && !lex_quoted(lx, text)) {
        return false;
    }
    return *quoted || lex_word(lx, what, text);
}

/* start: where text begins in the line. */
static bool compile(struct lex *lx, span text, enum pattern_form form, size_t start,
                    const struct pattern **p)
{
    err e = pattern_read(text, form, lx->r->arena, p);
    return failed(e) ? lex_fail(lx, start + e.at, NULL, "%s", e.what) : true;
}

static bool take_regex(struct lex *lx, const struct pattern **p)
{
    span text = lx->line.text;
    size_t start = lx->pos + 1;
    for (size_t i = start; i < text.len; i++) {
        if (text.at[i] == '\\') {
            i++;
        } else if (text.at[i] == '/') {
            lx->pos = i + 1;
            return compile(lx, span_part(text, start, i - start), PATTERN_REGEX, start, p);
        }
    }
    return lex_fail(lx, lx->pos, "write \\/ for a slash in it",
                    "this regular expression has no end");
}

bool lex_value(struct lex *lx, const struct pattern **p)
{
    span text;
    bool quoted = false;
    if (!lex_cell(lx, "a value", &text, &quoted)) {
        return false;
    }
    return compile(lx, text, quoted ? PATTERN_QUOTED : PATTERN_WORD,
                   lx->pos - text.len - (quoted ? 1 : 0), p);
}

bool lex_pattern(struct lex *lx, const struct pattern **p)
{
    skip_blanks(lx);
    if (!lx->failed && lx->pos < lx->line.text.len && lx->line.text.at[lx->pos] == '/') {
        return take_regex(lx, p);
    }
    return lex_value(lx, p);
}

struct relation_word {
    const char *name;
    enum relation relation;
};

static const struct relation_word relation_words[] = {
    {"!=", REL_NE}, {"<", REL_LT}, {"<=", REL_LE}, {"=", REL_EQ}, {">", REL_GT}, {">=", REL_GE},
};

bool lex_is_relation(struct lex *lx)
{
    return ROWS_FIND(relation_words, lex_peek(lx)) != NULL;
}

bool lex_relation(struct lex *lx, enum relation *rel)
{
    const struct relation_word *row = ROWS_FIND(relation_words, lex_peek(lx));
    if (row == NULL) {
        return lex_fail(lx, lx->pos, "one of = != < <= > >=, with a blank on each side",
                        "a relation is missing here");
    }
    lx->pos += strlen(row->name);
    *rel = row->relation;
    return !lx->failed;
}

struct unit {
    const char *name;
    millis ms;
};

static const struct unit units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"ms", 1}, {"s", 1000},
};

bool lex_span(struct lex *lx, millis *ms)
{
    span word;
    if (!lex_word(lx, "a span of time", &word)) {
        return false;
    }
    size_t digits = 0;
    while (digits < word.len && ascii_is_digit(word.at[digits])) {
        digits++;
    }
    uint64_t n = 0;
    const struct unit *unit = ROWS_FIND(units, span_from(word, digits));
    if (unit == NULL || !span_to_u64(span_first(word, digits), &n) ||
        n > (uint64_t)(MILLIS_NEVER / unit->ms)) {
        return lex_fail(lx, lx->pos - word.len, "as in 500ms, 30s, 5m, 3h, 2d",
                        "`%.*s` is not a span of time", SPAN_FMT(word));
    }
    *ms = (millis)n * unit->ms;
    return true;
}

const char *lex_meant(struct reading *r, const char *near)
{
    return near == NULL ? NULL : arena_printf(r->arena, "did you mean `%s`?", near);
}

static bool unknown_row(struct lex *lx, size_t at, const char *what, span word, const char *near)
{
    return lex_fail(lx, at, lex_meant(lx->r, near), "there is no %s `%.*s`", what, SPAN_FMT(word));
}

const void *lex_row(struct lex *lx, const char *what, const void *rows, size_t count, size_t size)
{
    span word;
    if (!lex_word(lx, what, &word)) {
        return NULL;
    }
    const void *row = rows_find(rows, count, size, word);
    if (row == NULL) {
        (void)unknown_row(lx, lx->pos - word.len, what, word,
                          rows_suggest(rows, count, size, word));
    }
    return row;
}

bool lex_options(struct lex *lx, const void *rows, size_t count, size_t size, option_texts *options)
{
    while (!lx->failed && !lex_at_end(lx)) {
        span rest = span_from(lx->line.text, lx->pos);
        size_t len = pattern_name_length(rest);
        if (len == 0 || len >= rest.len || rest.at[len] != '=') {
            return true;
        }
        span name = span_first(rest, len);
        if (rows != NULL && rows_find(rows, count, size, name) == NULL) {
            return unknown_row(lx, lx->pos, "option", name, rows_suggest(rows, count, size, name));
        }
        lx->pos += len + 1;
        span value;
        bool quoted = false;
        if (lx->pos >= lx->line.text.len || ascii_is_blank(lx->line.text.at[lx->pos])) {
            return lex_fail(lx, lx->pos, "no blank stands round `=` of an option",
                            "the value of `%.*s` is missing", SPAN_FMT(name));
        }
        if (!lex_cell(lx, "a value", &value, &quoted)) {
            return false;
        }
        struct option_text *o = vec_push(lx->r->arena, options);
        o->name = arena_text(lx->r->arena, name);
        o->value = arena_text(lx->r->arena, value);
    }
    return !lx->failed;
}

bool lex_conn(struct lex *lx, size_t *actor, unsigned *number)
{
    const char *name = NULL;
    if (!lex_name(lx, "an actor", &name)) {
        return false;
    }
    const struct scenario *s = lx->r->s;
    const struct actor *known = ROWS_IN(&s->actors, span_text(name));
    if (known == NULL) {
        return lex_fail(lx, lx->pos - strlen(name),
                        "actors are named in the header: actor NAME ...", "there is no actor `%s`",
                        name);
    }
    *actor = (size_t)(known - s->actors.at);
    *number = 0;
    span next = lex_peek(lx);
    uint64_t n = 0;
    if (span_to_u64(next, &n)) {
        if (n == 0 || n > 10000) {
            return lex_fail(lx, lx->pos, NULL, "connections count from 1");
        }
        lx->pos += next.len;
        *number = (unsigned)n;
    }
    return true;
}

bool lex_side(struct lex *lx, enum side *side)
{
    span word;
    if (!lex_word(lx, "a direction, C or S,", &word)) {
        return false;
    }
    if (!span_eq(word, SPAN("C")) && !span_eq(word, SPAN("S"))) {
        return lex_fail(lx, lx->pos - word.len, "C is what clients say, S what servers say",
                        "`%.*s` is not a direction", SPAN_FMT(word));
    }
    *side = word.at[0] == 'C' ? SIDE_C : SIDE_S;
    return true;
}

bool lex_nth(struct lex *lx, unsigned *nth)
{
    uint64_t n = 0;
    if (!lex_literal(lx, "nth")) {
        return !lx->failed;
    }
    if (!lex_number(lx, "a number", &n)) {
        return false;
    }
    if (n == 0 || n > 1000000) {
        return lex_fail(lx, lx->pos, NULL, "nth counts from 1");
    }
    *nth = (unsigned)n;
    return true;
}
