/* A table of vectors as one scenario with a case for each row: how a server is asked is scenario text
   (harness/targets/T/vectors/KIND.ask), and so is where it tells its verdict. */
#include "harness/vectors/vectors.h"

#include "base/file.h"

enum { ASK_MOST = 1 << 20, SCENARIO_MOST = 64 << 20 };

/* The words of a table as RFC 8601 2.7 has them. "invalid": it could not be evaluated. */
static const struct {
    const char *word;
    const char *result;
} results[] = {
    {"invalid", "(?:permerror|temperror|neutral|policy)"},
};

static void put_result(const char *method, span word, struct buf *out)
{
    const char *result = NULL;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        result = span_eq(word, span_text(results[i].word)) ? results[i].result : result;
    }
    buf_printf(out, "%s=", method);
    if (result != NULL) {
        buf_put_text(out, result);
    } else {
        buf_put(out, word);
    }
    buf_put_text(out, "(?![a-z])");
}

/* What an oldest-pass may be, where one is told. 1, all pass, is 0 in the words of RFC 8617 5.2. */
static void put_oldest(span oldest, struct buf *out)
{
    if (oldest.len > 0 && ascii_is_digit(oldest.at[0])) {
        buf_printf(out, "^(?!.*oldest-pass=(?!(?:%.*s%s)(?![0-9])))", SPAN_FMT(oldest),
                   span_eq(oldest, SPAN("1")) ? "|0" : "");
    }
}

/* "pass fail": dkim=pass and, behind it, dkim=fail. "none": no result but that. */
static const char *pattern_of(const char *method, const char *verdict, const char *oldest,
                              struct arena *arena)
{
    struct buf out;
    span rest = span_text(verdict);
    buf_init(&out, ASK_MOST);
    put_oldest(span_text(oldest), &out);
    if (span_eq(rest, SPAN("none"))) {
        buf_printf(&out, "^(?!.*%s=(?!none))", method);
        rest = SPAN_EMPTY;
    } else if (out.len > 0) {
        buf_put_text(&out, ".*");
    }
    while (rest.len > 0) {
        span word;
        (void)span_split(rest, ' ', &word, &rest);
        put_result(method, word, &out);
        buf_put_text(&out, rest.len > 0 ? ".*" : "");
    }
    return buf_settle_text(&out, arena);
}

static void put_cell(const char *text, struct buf *out)
{
    buf_put_text(out, " \"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') {
            buf_put_byte(out, '\\');
        }
        if (*c == '\n') {
            buf_put_text(out, "\\n");
        } else if (*c != '\r') {
            buf_put_byte(out, (unsigned char)*c);
        }
    }
    buf_put_byte(out, '"');
}

/* A cell that can stand bare shows in the id of its case. */
static void put_name(const char *text, struct buf *out)
{
    bool bare = *text != '\0';
    for (const char *c = text; *c; c++) {
        bare = bare && (ascii_is_alnum((unsigned char)*c) || strchr("-_.", *c) != NULL);
    }
    if (bare) {
        buf_put_text(out, text);
    } else {
        put_cell(text, out);
    }
}

static void put_table(const struct vector_set *set, struct arena *arena, struct buf *out)
{
    buf_put_text(out, "=== table\n");
    for (size_t i = 0; i < set->columns.count; i++) {
        buf_printf(out, "%s ", set->columns.at[i]);
    }
    buf_put_text(out, "results\n");
    for (size_t r = 0; r < set->rows.count; r++) {
        const struct vector_row *row = &set->rows.at[r];
        put_name(row->cells.at[0], out);
        for (size_t i = 1; i < set->columns.count; i++) {
            put_cell(row->cells.at[i], out);
        }
        put_cell(pattern_of(set->kind, row->cells.at[1], vector_cell(set, row, "oldest-pass"), arena), out);
        buf_put_byte(out, '\n');
    }
}

err vectors_scenario(const struct vector_set *set, const char *ask, struct arena *arena,
                     struct scenario_set *cases, mistakes *wrong)
{
    span text;
    struct buf out;
    TRY(file_read(ask, ASK_MOST, arena, &text));
    buf_init(&out, SCENARIO_MOST);
    buf_put(&out, text);
    if (set->zone.len > 0) {
        buf_put_text(&out, "=== dns\n");
        buf_put(&out, set->zone);
    }
    put_table(set, arena, &out);
    span whole;
    err e = buf_end(&out, &whole);
    if (!failed(e)) {
        e = scenario_read_text(arena_copy(arena, whole), ask, set->id, arena, cases, wrong);
    }
    buf_wipe(&out);
    return e;
}
