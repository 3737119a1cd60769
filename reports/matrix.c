/* Cells are found by the names in a case's id, "topic/scenario#sut=gnutls,lib=openssl,ver=1.2": a case that
   does not say all the names of the columns is in none. */
#include "reports/matrix.h"

#include "reports/spell.h"

enum { COLUMNS_MOST = 64, CELL = 9 };

err report_matrix_read(span text, const char *topic, struct arena *arena, struct report_matrix *matrix)
{
    span line;
    size_t number = 0;
    *matrix = (struct report_matrix){.topic = topic};
    while (span_line(&text, &line)) {
        span label, names, name;
        number++;
        line = span_trim(line);
        if (line.len == 0 || line.at[0] == '#') {
            continue;
        }
        if (matrix->columns.count == 0) {
            span rest = span_starts(line, SPAN("columns ")) ? span_trim(span_from(line, 8)) : SPAN_EMPTY;
            while (rest.len > 0) {
                (void)span_split(rest, ' ', &name, &rest);
                vec_add(arena, &matrix->columns, arena_text(arena, name));
            }
            if (matrix->columns.count == 0) {
                return err_syntax(number, "the first line is `columns NAME ...`");
            }
            continue;
        }
        if (!span_split(line, ':', &label, &names) || span_trim(names).len == 0) {
            return err_syntax(number, "a line is `LABEL: SCENARIO ...`");
        }
        struct report_row row = {.label = arena_text(arena, label)};
        names = span_trim(names);
        while (names.len > 0) {
            (void)span_split(names, ' ', &name, &names);
            vec_add(arena, &row.scenarios, arena_text(arena, name));
        }
        vec_add(arena, &matrix->rows, row);
    }
    return matrix->rows.count > 0 ? OK : err_syntax(number, "there is no line `LABEL: SCENARIO ...`");
}

/* The value of a name in an id, or empty. */
static span value_of(span id, const char *name)
{
    size_t hash = span_find_byte(id, '#');
    span rest = hash == SPAN_NONE ? SPAN_EMPTY : span_from(id, hash + 1), item;
    while (rest.len > 0) {
        span key, value;
        (void)span_split(rest, ',', &item, &rest);
        if (span_split(item, '=', &key, &value) && span_eq(key, span_text(name))) {
            return value;
        }
    }
    return SPAN_EMPTY;
}

/* "gnutls/openssl/1.2", or NULL. */
static const char *column_of(const struct report_matrix *m, const struct report_case *c,
                             struct arena *arena)
{
    const char *text = NULL;
    for (size_t i = 0; i < m->columns.count; i++) {
        span value = value_of(span_text(c->id), m->columns.at[i]);
        if (value.len == 0) {
            return NULL;
        }
        text = i == 0 ? arena_text(arena, value)
                      : arena_printf(arena, "%s/%.*s", text, SPAN_FMT(value));
    }
    return text;
}

static bool is_of(const struct report_matrix *m, const char *scenario, const char *id)
{
    span rest = span_text(id), topic = span_text(m->topic), name = span_text(scenario);
    size_t len = topic.len + 1 + name.len;
    return rest.len > len && span_starts(rest, topic) && rest.at[topic.len] == '/' &&
           span_eq(span_part(rest, topic.len + 1, name.len), name) && rest.at[len] == '#';
}

static bool is_in(const struct report_matrix *m, const struct report_row *row, const char *id)
{
    bool ours = false;
    for (size_t i = 0; i < row->scenarios.count && !ours; i++) {
        ours = is_of(m, row->scenarios.at[i], id);
    }
    return ours;
}

/* None where nothing but skips would stand below them. */
static void columns_find(const struct report *r, const struct report_matrix *m, const char *target,
                         struct arena *arena, report_texts *columns)
{
    bool ran = false;
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        bool ours = false;
        for (size_t k = 0; k < m->rows.count && !ours; k++) {
            ours = is_in(m, &m->rows.at[k], c->id);
        }
        const char *column = ours && report_case_is_on(c, target) ? column_of(m, c, arena) : NULL;
        ran |= column != NULL && c->state != STATE_SKIP;
        if (column != NULL && columns->count < COLUMNS_MOST) {
            (void)report_texts_add(arena, columns, column);
        }
    }
    columns->count = ran ? columns->count : 0;
    report_texts_sort(columns);
}

static int badness(enum state s)
{
    return state_stops(s, true) ? 3 : s == STATE_SKIP ? 1 : s == STATE_PASS ? 0 : 2;
}

static const char *cell(const struct report *r, const struct report_matrix *m,
                        const struct report_row *row, const char *target, const char *column,
                        struct arena *arena)
{
    const struct report_case *worst = NULL;
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        bool ours = is_in(m, row, c->id) && report_case_is_on(c, target);
        const char *of = ours ? column_of(m, c, arena) : NULL;
        if (of != NULL && strcmp(of, column) == 0 &&
            (worst == NULL || badness(c->state) > badness(worst->state))) {
            worst = c;
        }
    }
    return worst == NULL ? "-" : worst->state == STATE_PASS ? "yes" : state_name(worst->state);
}

/* The values of each name below each other, as the heads of the columns. */
static void put_heads(const struct report_matrix *m, const report_texts *columns, int wide,
                      struct buf *out)
{
    for (size_t k = 0; k < m->columns.count; k++) {
        buf_printf(out, "%-*s", wide, m->columns.at[k]);
        for (size_t i = 0; i < columns->count; i++) {
            span rest = span_text(columns->at[i]), value = SPAN_EMPTY;
            for (size_t skip = 0; skip <= k; skip++) {
                (void)span_split(rest, '/', &value, &rest);
            }
            buf_printf(out, "%-*.*s", CELL, SPAN_FMT(value));
        }
        buf_put_byte(out, '\n');
    }
}

/* A row none of whose scenarios ran is left out. */
static const char *row_text(const struct report *r, const struct report_matrix *m,
                            const struct report_row *row, const char *target,
                            const report_texts *columns, struct arena *arena)
{
    const char *text = "";
    bool any = false;
    for (size_t k = 0; k < columns->count; k++) {
        const char *one = cell(r, m, row, target, columns->at[k], arena);
        any |= strcmp(one, "-") != 0;
        text = arena_printf(arena, "%s%-*s", text, CELL, one);
    }
    return any ? text : NULL;
}

static void table_put(const struct report *r, const struct report_matrix *m, const char *target,
                      struct arena *arena, struct buf *out)
{
    report_texts columns = {0};
    int wide = 0;
    columns_find(r, m, target, arena, &columns);
    if (columns.count == 0) {
        return;
    }
    for (size_t i = 0; i < m->rows.count; i++) {
        int len = (int)strlen(m->rows.at[i].label) + 2;
        wide = len > wide ? len : wide;
    }
    spell_line_printf(out, "\n%s on %s\n", m->topic, target);
    put_heads(m, &columns, wide, out);
    for (size_t i = 0; i < m->rows.count; i++) {
        const char *text = row_text(r, m, &m->rows.at[i], target, &columns, arena);
        if (text != NULL) {
            buf_printf(out, "%-*s%s\n", wide, m->rows.at[i].label, text);
        }
    }
    buf_put_byte(out, '\n');
}

void report_matrix_put(const struct report *r, const struct report_matrix *matrix, struct buf *out)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < r->targets.count; i++) {
        table_put(r, matrix, r->targets.at[i].name, arena, out);
    }
    arena_free(arena);
}
