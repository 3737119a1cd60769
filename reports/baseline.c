/* The reader of baselines. Each word is asked for where it must stand, so that a mistake is named
   with its column and what would be right there; a line that is wrong is left out and the next one
   is read, so that one run shows them all. */
#include "reports/baseline.h"

#include "base/cursor.h"
#include "base/rows.h"
#include "reports/spell.h"
#include "reports/when.h"

#include <string.h>

/* One line being read. */
struct line {
    struct cursor c;
    unsigned number;
    struct arena *arena;
};

static bool is_word(unsigned char c)
{
    return c > ' ' && c != 0x7F;
}

static bool is_key(unsigned char c)
{
    return c >= 'a' && c <= 'z';
}

/* States that may be listed. What they demand of the reason is need; saying it is how. */
static const struct listable {
    const char *name;
    enum state state;
    const char *need;
    const char *how;
} listables[] = {
    {"crash", STATE_CRASH, "://", "a crash needs a link to its report in `because`"},
    {"fail", STATE_FAIL, NULL, NULL},
    {"flaky", STATE_FLAKY, "@", "a flaky case needs an owner in `because`, as @name"},
    {"warn", STATE_WARN, NULL, NULL},
};

static const struct listable *listable_of(enum state s)
{
    for (size_t i = 0; i < sizeof listables / sizeof *listables; i++) {
        if (listables[i].state == s) {
            return &listables[i];
        }
    }
    return NULL;
}

static err read_state(struct line *l, struct baseline_entry *e)
{
    size_t at = l->c.pos;
    span word;
    if (!cursor_take_while(&l->c, is_word, &word)) {
        return err_syntax(at, "here the state must stand: fail, warn, flaky or crash");
    }
    const struct listable *row = ROWS_FIND(listables, word);
    if (!row) {
        return err_syntax(at, arena_printf(l->arena,
                                           "\"%.*s\" cannot be listed; fail, warn, flaky and crash "
                                           "can",
                                           SPAN_FMT(span_first(word, 40))));
    }
    e->state = row->state;
    return OK;
}

/* "…": the cursor stands behind the closing quote afterwards. */
static err read_pattern(struct line *l, struct baseline_entry *e)
{
    size_t start = l->c.pos;
    bool says_something = false;
    unsigned char c;
    if (!cursor_take_byte(&l->c, '"')) {
        return err_syntax(start, "here a pattern over the reason must stand, in double quotes");
    }
    size_t from = l->c.pos;
    while (cursor_take_any(&l->c, &c) && c != '"') {
        if (c == '\\') {
            int next = cursor_peek(&l->c);
            if (next != '"' && next != '\\' && next != '*') {
                return err_syntax(l->c.pos - 1, "only \\\" \\\\ and \\* are escapes");
            }
            (void)cursor_take_any(&l->c, &c);
            says_something = true;
        } else if (c != '*' && c != ' ') {
            says_something = true;
        }
    }
    if (l->c.pos == from || l->c.in.at[l->c.pos - 1] != '"') {
        return err_syntax(start, "the pattern's closing quote is missing");
    }
    e->pattern = span_part(l->c.in, from, l->c.pos - 1 - from);
    return says_something ? OK : err_syntax(start, "a pattern that fits every reason pins nothing; "
                                                   "quote a part of the reason");
}

static err read_condition(struct line *l, struct baseline_entry *e)
{
    static const char *const relations[] = {"<=", ">=", "!=", "<", ">", "="};
    size_t at = l->c.pos;
    span key;
    span value;
    struct baseline_condition condition = {0};
    if (!cursor_take_while(&l->c, is_key, &key) ||
        !(span_eq(key, SPAN("version")) || span_eq(key, SPAN("tls")) ||
          span_eq(key, SPAN("isolation")) || span_eq(key, SPAN("target")))) {
        return err_syntax(at, "`if` compares version, tls, isolation or target, as in "
                              "`if version<3.9`");
    }
    size_t relation_at = l->c.pos;
    for (size_t i = 0; !condition.relation && i < sizeof relations / sizeof *relations; i++) {
        if (cursor_take_literal(&l->c, span_text(relations[i]))) {
            condition.relation = relations[i];
        }
    }
    if (!condition.relation) {
        return err_syntax(relation_at, "one of = != < <= > >= must follow, without blanks");
    }
    bool ordered = condition.relation[0] == '<' || condition.relation[0] == '>';
    if (ordered && !span_eq(key, SPAN("version"))) {
        return err_syntax(relation_at, "only versions have an order; use = or !=");
    }
    size_t value_at = l->c.pos;
    if (!cursor_take_while(&l->c, is_word, &value)) {
        return err_syntax(value_at, "the value to compare with is missing");
    }
    if (span_eq(key, SPAN("version")) && !ascii_is_digit(value.at[0])) {
        return err_syntax(value_at, "a version is a number such as 3.9 or 4.96.1");
    }
    condition.key = arena_text(l->arena, key);
    condition.value = arena_text(l->arena, value);
    vec_add(l->arena, &e->conditions, condition);
    return OK;
}

static err read_until(struct line *l, struct baseline_entry *e)
{
    size_t at = l->c.pos;
    span day;
    instant ignored;
    if (!cursor_take_while(&l->c, is_word, &day) || !when_day_parse(day, &ignored)) {
        return err_syntax(at, "`until` wants a day that exists, as 2027-06-30");
    }
    if (e->until) {
        return err_syntax(at, "`until` stands twice");
    }
    e->until = arena_text(l->arena, day);
    return OK;
}

static err read_because(struct line *l, struct baseline_entry *e)
{
    size_t at = l->c.pos;
    span text = span_trim_space(cursor_rest(&l->c));
    if (text.len == 0) {
        return err_syntax(at, "the reason is missing: say why this is known to fail");
    }
    e->because = arena_text(l->arena, text);
    const struct listable *row = listable_of(e->state);
    if (row->need && !span_eq(text, SPAN("TODO")) && !span_has(text, span_text(row->need))) {
        return err_syntax(at, row->how);
    }
    return OK;
}

static err read_rest(struct line *l, struct baseline_entry *e)
{
    for (;;) {
        size_t at = l->c.pos;
        if (cursor_skip_blanks(&l->c) == 0 && !cursor_at_end(&l->c)) {
            return err_syntax(at, "a blank must stand here");
        }
        at = l->c.pos;
        span word;
        if (!cursor_take_while(&l->c, is_word, &word)) {
            return err_syntax(at, "`because` and the reason must end the line");
        }
        (void)cursor_skip_blanks(&l->c);
        if (span_eq(word, SPAN("because"))) {
            return read_because(l, e);
        }
        if (span_eq(word, SPAN("if"))) {
            TRY(read_condition(l, e));
        } else if (span_eq(word, SPAN("until"))) {
            TRY(read_until(l, e));
        } else {
            return err_syntax(at, "here `if`, `until` or `because` must stand");
        }
    }
}

static err read_entry(struct line *l, struct baseline_entry *e)
{
    span id;
    if (!cursor_take_while(&l->c, is_word, &id)) {
        return err_syntax(l->c.pos, "the line must begin with the name of a case");
    }
    e->line = l->number;
    e->id = arena_text(l->arena, id);
    (void)cursor_skip_blanks(&l->c);
    TRY(read_state(l, e));
    (void)cursor_skip_blanks(&l->c);
    TRY(read_pattern(l, e));
    return read_rest(l, e);
}

static bool same_conditions(const struct baseline_entry *a, const struct baseline_entry *b)
{
    if (a->conditions.count != b->conditions.count) {
        return false;
    }
    for (size_t i = 0; i < a->conditions.count; i++) {
        const struct baseline_condition *x = &a->conditions.at[i];
        const struct baseline_condition *y = &b->conditions.at[i];
        if (strcmp(x->key, y->key) != 0 || strcmp(x->relation, y->relation) != 0 ||
            strcmp(x->value, y->value) != 0) {
            return false;
        }
    }
    return true;
}

/* A case may be listed more than once, under different conditions. */
static err add_entry(struct baseline *b, const struct baseline_entry *e, struct arena *arena)
{
    size_t *link = map_get(&b->first, span_text(e->id));
    if (!link) {
        link = map_put(&b->first, arena, span_text(e->id), ARENA_NEW(arena, size_t));
    } else {
        struct baseline_entry *other = NULL;
        for (; !other || *link; link = &other->next) {
            other = &b->entries.at[*link];
            if (same_conditions(other, e)) {
                return err_syntax(0, arena_printf(arena,
                                                  "the case is listed on line %u already; keep one",
                                                  other->line));
            }
        }
    }
    *link = b->entries.count;
    vec_add(arena, &b->entries, *e);
    return OK;
}

void baseline_read(const char *path, span text, struct arena *arena, struct baseline *b,
                   baseline_mistakes *wrong)
{
    *b = (struct baseline){.path = path, .text = text};
    struct line l = {.arena = arena};
    span line;
    while (span_line(&text, &line)) {
        l.number++;
        l.c = cursor_of(line);
        (void)cursor_skip_blanks(&l.c);
        if (cursor_at_end(&l.c) || cursor_peek(&l.c) == '#') {
            continue;
        }
        struct baseline_entry entry = {0};
        err e = read_entry(&l, &entry);
        if (!failed(e)) {
            e = add_entry(b, &entry, arena);
        }
        if (failed(e)) {
            vec_add(arena, wrong,
                    ((struct baseline_mistake){path, l.number, (unsigned)e.at + 1, e.what}));
        }
    }
}

/* Octets of the next piece of a pattern: 1, or 2 for an escape. */
static size_t piece_len(span pattern, size_t i)
{
    return pattern.at[i] == '\\' && i + 1 < pattern.len ? 2 : 1;
}

/* The literal run of the pattern from `from` to `to` (a star, or its end) stands at the front of
   text. *used: octets of text. */
static bool run_fits(span pattern, size_t from, size_t to, span text, size_t *used)
{
    size_t at = 0;
    for (size_t i = from; i < to; i += piece_len(pattern, i)) {
        unsigned char want = pattern.at[i + piece_len(pattern, i) - 1];
        if (at >= text.len || text.at[at] != want) {
            return false;
        }
        at++;
    }
    *used = at;
    return true;
}

bool baseline_pattern_fits(span pattern, span text)
{
    size_t from = 0;
    while (from < pattern.len) {
        size_t to = from;
        while (to < pattern.len && pattern.at[to] != '*') {
            to += piece_len(pattern, to);
        }
        size_t used = 0;
        size_t skip = 0;
        while (!run_fits(pattern, from, to, span_from(text, skip), &used)) {
            if (++skip > text.len) {
                return false;
            }
        }
        text = span_from(text, skip + used);
        from = to < pattern.len ? to + 1 : to;
    }
    return true;
}

void baseline_print_mistakes(const baseline_mistakes *wrong, struct buf *out)
{
    for (size_t i = 0; i < wrong->count; i++) {
        const struct baseline_mistake *m = &wrong->at[i];
        buf_printf(out, "%s:%u:", m->file, m->line);
        if (m->column) {
            buf_printf(out, "%u:", m->column);
        }
        spell_line_printf(out, " %s\n", m->what);
    }
}
