/* From one file to its cases: the combinations of vary and table, and then one case for each way
   that the judge may choose where the choice is its own. */
#include "harness/scenario/directives.h"

#include "base/file.h"
#include "base/rows.h"

/* ---- axes ---- */

/* How a value is shown in an id: itself when it is plain, else its number. */
static const char *shown(struct reading *r, span text, bool quoted, size_t number)
{
    for (size_t i = 0; i < text.len; i++) {
        quoted = quoted || !(ascii_is_alnum(text.at[i]) || memchr("._-+:|@", text.at[i], 7));
    }
    return quoted || text.len == 0 ? arena_printf(r->arena, "%zu", number)
                                   : arena_text(r->arena, text);
}

static bool name_taken(const axes *all, const char *name)
{
    bool taken = false;
    for (size_t i = 0; i < all->count; i++) {
        taken = taken || ROWS_IN(&all->at[i].names, span_text(name)) != NULL;
    }
    return taken;
}

static bool take_axis_name(struct reading *r, struct lex *lx, const axes *all, struct axis *axis)
{
    const char *name = NULL;
    if (!lex_name(lx, "a parameter's name", &name)) {
        return false;
    }
    if (name_taken(all, name) || strcmp(name, "dir") == 0 || strcmp(name, "n") == 0 ||
        ROWS_IN(&axis->names, span_text(name)) != NULL) {
        return lex_fail(lx, SPAN_NONE, NULL, "the name `%s` is taken", name);
    }
    vec_add(r->arena, &axis->names, name);
    return true;
}

static bool take_cell(struct reading *r, struct lex *lx, size_t number, struct axis *axis)
{
    span text;
    bool quoted = false;
    if (!lex_cell(lx, "a value", &text, &quoted)) {
        return false;
    }
    if (params_left(text)) {
        return lex_fail(lx, lx->pos - text.len, NULL, "a value cannot hold `@{`");
    }
    struct cell *cell = vec_push(r->arena, &axis->cells);
    *cell = (struct cell){arena_text(r->arena, text), shown(r, text, quoted, number)};
    return true;
}

/* vary NAME ... = V1 V2 ...: each name is an axis by itself, with the same values. */
static void read_vary(struct reading *r, struct lex *lx, axes *all)
{
    struct axis names = {0};
    do {
        if (!take_axis_name(r, lx, all, &names)) {
            return;
        }
    } while (!lex_is_relation(lx) && !lex_at_end(lx));
    if (!lex_literal(lx, "=")) {
        lex_fail(lx, SPAN_NONE, "vary NAME ... = VALUE VALUE ...", "`=` is missing here");
        return;
    }
    struct axis values = {0};
    do {
        if (!take_cell(r, lx, values.cells.count + 1, &values)) {
            return;
        }
    } while (!lex_at_end(lx));
    for (size_t i = 0; i < names.names.count; i++) {
        struct axis *axis = vec_push(r->arena, all);
        *axis = values;
        vec_add(r->arena, &axis->names, names.names.at[i]);
        axis->shown = 1;
    }
}

static bool rows_equal(const struct axis *a, size_t x, size_t y, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        if (strcmp(a->cells.at[x * a->names.count + i].shown,
                   a->cells.at[y * a->names.count + i].shown)) {
            return false;
        }
    }
    return true;
}

/* The fewest columns, from the left, by which the rows differ. */
static size_t columns_shown(const struct axis *a)
{
    size_t rows = a->cells.count / a->names.count;
    for (size_t columns = 1; columns < a->names.count; columns++) {
        bool differ = true;
        for (size_t i = 0; differ && i < rows; i++) {
            for (size_t j = i + 1; differ && j < rows; j++) {
                differ = !rows_equal(a, i, j, columns);
            }
        }
        if (differ) {
            return columns;
        }
    }
    return a->names.count;
}

/* First row: names. Others: as many values. Blank lines and comments between them are free. */
static void read_table(struct reading *r, const struct raw_section *raw, axes *all)
{
    struct axis axis = {0};
    size_t rows = 0;
    for (size_t i = 0; i < raw->lines.count; i++) {
        const struct raw_line *one = &raw->lines.at[i];
        struct line line = {.text = one->text, .file = one->file, .number = one->number};
        struct lex lx;
        lex_open(&lx, r, &line);
        if (lex_at_end(&lx) || lex_peek(&lx).at[0] == '#') {
            continue;
        }
        bool first = axis.names.count == 0;
        size_t before = axis.cells.count;
        rows += first ? 0 : 1;
        while (!lx.failed && !lex_at_end(&lx)) {
            (void)(first ? take_axis_name(r, &lx, all, &axis) : take_cell(r, &lx, rows, &axis));
        }
        if (!first && !lx.failed && axis.cells.count - before != axis.names.count) {
            lex_fail(&lx, 0, NULL, "this row has %zu values, the table has %zu columns",
                     axis.cells.count - before, axis.names.count);
        }
        if (lx.failed) {
            return;
        }
    }
    if (rows == 0) {
        complain(r, (struct place){raw->head.file, raw->head.number, 1},
                 "a row of names, then rows of values", "the table has no rows");
        return;
    }
    axis.shown = columns_shown(&axis);
    vec_add(r->arena, all, axis);
}

void cases_axes(struct reading *r, const struct outline *o, axes *all)
{
    for (size_t i = 0; i < o->header.count; i++) {
        const struct raw_line *raw = &o->header.at[i];
        struct line line = {.text = raw->text, .file = raw->file, .number = raw->number};
        struct lex lx;
        lex_open(&lx, r, &line);
        if (lex_literal(&lx, "vary")) {
            read_vary(r, &lx, all);
        }
    }
    for (size_t i = 0; i < o->sections.count; i++) {
        const struct raw_section *raw = &o->sections.at[i];
        span head = span_trim(span_from(raw->head.text, 3));
        if (span_eq(head, SPAN("table"))) {
            read_table(r, raw, all);
        }
    }
}

static size_t axis_rows(const struct axis *a)
{
    return a->cells.count / a->names.count;
}

size_t cases_count(const axes *all)
{
    size_t count = 1;
    for (size_t i = 0; i < all->count; i++) {
        size_t rows = axis_rows(&all->at[i]);
        if (rows > 0 && count > SIZE_MAX / rows) {
            return SIZE_MAX;
        }
        count *= rows;
    }
    return count;
}

void cases_pick(const axes *all, size_t which, struct arena *arena, option_texts *values,
                struct buf *id)
{
    size_t left = cases_count(all);
    for (size_t i = 0; i < all->count; i++) {
        const struct axis *a = &all->at[i];
        left /= axis_rows(a);
        size_t row = which / left;
        which %= left;
        for (size_t j = 0; j < a->names.count; j++) {
            const struct cell *cell = &a->cells.at[row * a->names.count + j];
            vec_add(arena, values, ((struct option_text){a->names.at[j], cell->text}));
            if (j < a->shown) {
                buf_printf(id, "%s%s=%s", id->len > 0 ? "," : "", a->names.at[j], cell->shown);
            }
        }
    }
}

/* ---- the judge's choices ---- */

static bool first_side(const steps *play, enum side *side)
{
    for (size_t i = 0; i < play->count; i++) {
        const struct step *s = &play->at[i];
        if (s->kind == STEP_EITHER) {
            return cases_chooser(s, side);
        }
        if (s->kind != STEP_BREAK && s->kind != STEP_CROSS && s->kind != STEP_DO) {
            *side = s->side;
            return true;
        }
    }
    return false;
}

bool cases_chooser(const struct step *either, enum side *side)
{
    for (size_t i = 0; i < either->branches.count; i++) {
        if (first_side(&either->branches.at[i].play, side)) {
            return true;
        }
    }
    return false;
}

/* One way through: `picks` says which alternative at the first, second ... choice met; those beyond
   it are the first. How many alternatives each had is noted. */
struct way {
    struct arena *arena;
    enum scenario_sides sides;
    enum side ours;
    VEC(size_t) picks;
    VEC(size_t) sizes;
    size_t met;
    texts labels;
};

static steps walk(struct way *w, const steps *play);

/* What the judge says in the peer's place is never one of the wrong ways that the text names. */
static struct step without_wrong_ways(struct way *w, const struct step *either)
{
    struct step s = *either;
    memset(&s.branches, 0, sizeof s.branches);
    for (size_t i = 0; i < either->branches.count; i++) {
        if (!either->branches.at[i].fails) {
            vec_add(w->arena, &s.branches, either->branches.at[i]);
        }
    }
    return s.branches.count > 0 ? s : *either;
}

static struct step walk_either(struct way *w, const struct step *written)
{
    enum side side = SIDE_S;
    bool chosen = cases_chooser(written, &side);
    bool ours = chosen && (side == w->ours || w->sides == SIDES_BOTH);
    struct step right = *written;
    if (ours && w->sides != SIDES_AS_WRITTEN) {
        right = without_wrong_ways(w, written);
    }
    const struct step *either = &right;
    struct step s = right;
    size_t from = 0;
    size_t to = either->branches.count;
    s.side = side;
    if (ours) {
        if (w->met == w->picks.count) {
            vec_add(w->arena, &w->picks, 0);
            vec_add(w->arena, &w->sizes, to);
        }
        w->sizes.at[w->met] = to;
        from = w->picks.at[w->met++];
        to = from + 1;
        vec_add(w->arena, &w->labels, either->branches.at[from].label);
    }
    memset(&s.branches, 0, sizeof s.branches);
    for (size_t i = from; i < to; i++) {
        struct branch b = either->branches.at[i];
        b.play = walk(w, &either->branches.at[i].play);
        vec_add(w->arena, &s.branches, b);
    }
    return s;
}

static steps walk(struct way *w, const steps *play)
{
    steps out = {0};
    for (size_t i = 0; i < play->count; i++) {
        struct step s = play->at[i];
        if (s.kind == STEP_EITHER) {
            s = walk_either(w, &play->at[i]);
        }
        vec_add(w->arena, &out, s);
    }
    return out;
}

static struct scenario *take_way(struct way *w, const struct scenario *s)
{
    struct scenario *one = ARENA_NEW(w->arena, struct scenario);
    *one = *s;
    memset(&one->blocks, 0, sizeof one->blocks);
    w->met = 0;
    w->labels = (texts){0};
    if (s->sides != SIDES_AS_WRITTEN) {
        vec_add(w->arena, &w->labels, s->sides == SIDES_BOTH ? "self" : "swap");
    }
    for (size_t i = 0; i < s->blocks.count; i++) {
        struct play_block b = s->blocks.at[i];
        w->ours = s->actors.at[b.actor].role == ACTOR_CLIENT ? SIDE_C : SIDE_S;
        b.play = walk(w, &s->blocks.at[i].play);
        vec_add(w->arena, &one->blocks, b);
    }
    one->labels = w->labels;
    const char *id = s->id;
    for (size_t i = 0; i < w->labels.count; i++) {
        bool first = i == 0 && s->params.count == 0;
        id = arena_printf(w->arena, "%s%c%s", id, first ? '#' : ',', w->labels.at[i]);
    }
    one->id = id;
    return one;
}

/* Counts up: the last choice that has another alternative takes it, those behind it begin anew. */
static bool next_way(struct way *w)
{
    size_t i = w->met;
    while (i > 0 && w->picks.at[i - 1] + 1 >= w->sizes.at[i - 1]) {
        i--;
    }
    if (i == 0) {
        return false;
    }
    w->picks.at[i - 1]++;
    w->picks.count = i;
    w->sizes.count = i;
    return true;
}

void cases_choose(struct reading *r, struct scenario *s, struct scenario_set *set)
{
    struct way w = {.arena = r->arena, .sides = s->sides};
    do {
        vec_add(r->arena, &set->cases, take_way(&w, s));
        if (set->cases.count > READING_CASE_CEILING) {
            complain(r, (struct place){s->path, 1, 1}, "make several files of it",
                     "the file makes more than %d cases", READING_CASE_CEILING);
            return;
        }
    } while (next_way(&w));
}
