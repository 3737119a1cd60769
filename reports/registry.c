/* The registry is written by people, in tables that are aligned by hand: a line that is wrong is
   told with its place and passed over, and the rest is still good. */
#include "reports/registry.h"

#include "base/check.h"
#include "base/file.h"
#include "base/rows.h"

#include <stdlib.h>

#define FILE_CEILING ((size_t)16 << 20)
#define FIELDS 7 /* and a quote behind them where the text was at hand */
#define DIGEST_DIGITS 64

const char *const registry_parties[] = {
    "server", "client", "both", "relay", "final-delivery", "gateway", "verifier", "signer", NULL};
const char *const registry_surfaces[] = {
    "wire-s", "wire-c", "spool", "mail", "dsn", "log", "file", "unix", "none", NULL};

static const char *const levels[LEVEL_COUNT] = {
    [LEVEL_MUST] = "MUST",     [LEVEL_MUST_NOT] = "MUST NOT",
    [LEVEL_SHOULD] = "SHOULD", [LEVEL_SHOULD_NOT] = "SHOULD NOT",
    [LEVEL_MAY] = "MAY",       [LEVEL_PROSE] = "prose",
};
static const char *const standings[STANDING_COUNT] = {
    [STANDING_CHECKED] = "checked",
    [STANDING_UNVERIFIED] = "unverified",
    [STANDING_NOT_TESTABLE] = "not-testable",
    [STANDING_DISPUTED] = "disputed",
};

const char *registry_level_name(enum registry_level l)
{
    CHECK(l < LEVEL_COUNT);
    return levels[l];
}

const char *registry_standing_name(enum registry_standing s)
{
    CHECK(s < STANDING_COUNT);
    return standings[s];
}

bool registry_level_parse(span text, enum registry_level *l)
{
    const char *const *word = ROWS_SCAN(levels, text);
    *l = word ? (enum registry_level)(word - levels) : LEVEL_MUST;
    return word != NULL;
}

bool registry_standing_parse(span text, enum registry_standing *s)
{
    const char *const *word = ROWS_SCAN(standings, text);
    *s = word ? (enum registry_standing)(word - standings) : STANDING_CHECKED;
    return word != NULL;
}

/* ---- one line ---- */

struct reading {
    const char *path;
    const char *source;
    unsigned line;
    struct arena *arena;
    registry_mistakes *wrong;
};

static bool refuse(const struct reading *at, const char *what)
{
    *vec_push(at->arena, at->wrong) = (struct registry_mistake){at->path, at->line, what};
    return false;
}

static bool refuse_word(const struct reading *at, const char *what, span word)
{
    return refuse(at, arena_printf(at->arena, "%s: %.*s", what, SPAN_FMT(word)));
}

static const char *word_of(const char *const *words, span text)
{
    for (size_t i = 0; words[i]; i++) {
        if (span_eq(text, span_text(words[i]))) {
            return words[i];
        }
    }
    return NULL;
}

static bool is_slug(span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_alnum(text.at[i]) && text.at[i] != '-') {
            return false;
        }
    }
    return text.len > 0 && text.at[0] != '-' && text.at[text.len - 1] != '-';
}

/* RFCnnnn-SECTION-slug in the file rfcnnnn.txt, SEED-slug, SEC-slug. */
static bool read_id(const struct reading *at, span id, span section)
{
    span source;
    span rest;
    span named;
    span slug;
    if (!span_split(id, '-', &source, &rest)) {
        return refuse_word(at, "no id; it is RFCnnnn-SECTION-slug, SEED-slug or SEC-slug", id);
    }
    if (span_eq(source, SPAN("SEED")) || span_eq(source, SPAN("SEC"))) {
        return is_slug(rest) || refuse_word(at, "a slug is letters, digits and hyphens", rest);
    }
    if (!span_starts(source, SPAN("RFC")) || !span_split(rest, '-', &named, &slug) ||
        !is_slug(slug)) {
        return refuse_word(at, "no id; it is RFCnnnn-SECTION-slug, SEED-slug or SEC-slug", id);
    }
    if (!span_eq_caseless(source, span_text(at->source))) {
        return refuse_word(at, "the id belongs in a file of its own source", id);
    }
    return span_eq(named, section) || refuse_word(at, "the id names another section", id);
}

static bool read_status(const struct reading *at, span text, struct registry_row *row)
{
    span word;
    span why;
    bool has_why = span_split(text, ':', &word, &why);
    why = span_trim(why);
    if (!registry_standing_parse(word, &row->standing) ||
        (row->standing == STANDING_CHECKED) == (has_why && why.len > 0)) {
        return refuse_word(
            at, "no status; it is checked, unverified: WHY, not-testable: WHY or disputed: WHAT",
            text);
    }
    row->why = has_why ? arena_text(at->arena, why) : NULL;
    return true;
}

static bool read_quote(const struct reading *at, span text, struct registry_row *row)
{
    span lead = SPAN("quote=sha256:");
    span digits = span_from(text, lead.len);
    bool good = span_starts(text, lead) && digits.len == DIGEST_DIGITS;
    for (size_t i = 0; i < digits.len && good; i++) {
        good = ascii_is_digit(digits.at[i]) || (digits.at[i] >= 'a' && digits.at[i] <= 'f');
    }
    if (!good) {
        return refuse_word(at, "no quote; it is quote=sha256: and 64 hexadecimal digits", text);
    }
    row->quote = arena_text(at->arena, digits);
    return true;
}

static bool read_fields(const struct reading *at, const span *field, size_t count,
                        struct registry_row *row)
{
    *row = (struct registry_row){.id = arena_text(at->arena, field[0]),
                                 .source = at->source,
                                 .party = word_of(registry_parties, field[2]),
                                 .surface = word_of(registry_surfaces, field[3]),
                                 .section = arena_text(at->arena, field[4]),
                                 .words = arena_text(at->arena, field[5]),
                                 .file = at->path,
                                 .line = at->line};
    if (!read_id(at, field[0], field[4])) {
        return false;
    }
    if (!registry_level_parse(field[1], &row->level)) {
        return refuse_word(at, "no level; it is MUST, SHOULD, MAY, their NOT, or prose", field[1]);
    }
    if (!row->party) {
        return refuse_word(at, "no party; docs/clauses.md lists them", field[2]);
    }
    if (!row->surface) {
        return refuse_word(at, "no surface; docs/clauses.md lists them", field[3]);
    }
    return read_status(at, field[6], row) && (count == FIELDS || read_quote(at, field[7], row));
}

static bool read_line(const struct reading *at, span line, struct registry_row *row)
{
    span field[FIELDS + 1];
    size_t count = 0;
    bool more = true;
    while (more) {
        span head;
        more = span_split(line, '|', &head, &line);
        if (count == FIELDS + 1) {
            return refuse(at, "seven fields between bars, or eight with a quote; here are more");
        }
        field[count++] = span_trim(head);
        if (field[count - 1].len == 0) {
            return refuse(at, arena_printf(at->arena, "field %zu is empty", count));
        }
    }
    if (count < FIELDS) {
        return refuse(at, arena_printf(at->arena, "seven fields between bars, not %zu", count));
    }
    return read_fields(at, field, count, row);
}

/* ---- files ---- */

void registry_read_text(const char *path, span text, struct arena *arena, struct registry *r,
                        registry_mistakes *wrong)
{
    span stem = span_text(path_base(path));
    span line;
    size_t dot = span_find_last_byte(stem, '.');
    struct reading at = {.path = arena_text(arena, span_text(path)),
                         .source = arena_text(arena, span_first(stem, dot)),
                         .arena = arena,
                         .wrong = wrong};
    vec_add(arena, &r->sources, at.source);
    while (span_line(&text, &line)) {
        struct registry_row row;
        line = span_trim_space(line);
        at.line++;
        if (line.len && line.at[0] != '#' && read_line(&at, line, &row)) {
            vec_add(arena, &r->rows, row);
        }
    }
}

static int by_id(const void *a, const void *b)
{
    const struct registry_row *x = a;
    const struct registry_row *y = b;
    int order = strcmp(x->id, y->id);
    order = order ? order : strcmp(x->file, y->file);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

void registry_sort(struct registry *r, struct arena *arena, registry_mistakes *wrong)
{
    if (r->rows.count > 1) {
        qsort(r->rows.at, r->rows.count, sizeof *r->rows.at, by_id);
    }
    size_t kept = 0;
    for (size_t i = 0; i < r->rows.count; i++) {
        const struct registry_row *row = &r->rows.at[i];
        const struct registry_row *before = kept ? &r->rows.at[kept - 1] : NULL;
        if (before && strcmp(before->id, row->id) == 0) {
            const char *what =
                arena_printf(arena, "%s stands in %s:%u already; an id is never used again",
                             row->id, before->file, before->line);
            *vec_push(arena, wrong) = (struct registry_mistake){row->file, row->line, what};
        } else {
            r->rows.at[kept++] = *row;
        }
    }
    r->rows.count = kept;
}

err registry_read(const char *folder, struct arena *arena, struct registry *r,
                  registry_mistakes *wrong)
{
    struct dir_list names;
    *r = (struct registry){.folder = folder};
    TRY(err_in(dir_list(folder, arena, &names), arena, "the registry of clauses, %s", folder));
    for (size_t i = 0; i < names.count; i++) {
        const char *path = path_join(arena, folder, names.names[i]);
        span text;
        if (!span_ends(span_text(path), SPAN(".txt"))) {
            continue;
        }
        TRY(err_in(file_read(path, FILE_CEILING, arena, &text), arena, "%s", path));
        registry_read_text(path, text, arena, r, wrong);
    }
    registry_sort(r, arena, wrong);
    return OK;
}

const struct registry_row *registry_find(const struct registry *r, const char *id)
{
    return r ? rows_find(r->rows.at, r->rows.count, sizeof *r->rows.at, span_text(id)) : NULL;
}

const char *registry_suggest(const struct registry *r, const char *id)
{
    return rows_suggest(r->rows.at, r->rows.count, sizeof *r->rows.at, span_text(id));
}

bool registry_testable(const struct registry_row *row)
{
    return row->level != LEVEL_MAY && row->standing != STANDING_NOT_TESTABLE;
}

/* ---- what a failure is worth ---- */

static enum registry_weight weigh_one(const struct registry *r, const char *id)
{
    static const enum registry_weight of_level[LEVEL_COUNT] = {
        [LEVEL_MUST] = REGISTRY_FAIL,   [LEVEL_MUST_NOT] = REGISTRY_FAIL,
        [LEVEL_SHOULD] = REGISTRY_WARN, [LEVEL_SHOULD_NOT] = REGISTRY_WARN,
        [LEVEL_MAY] = REGISTRY_NONE,    [LEVEL_PROSE] = REGISTRY_FAIL,
    };
    const struct registry_row *row = registry_find(r, id);
    if (!row) {
        return REGISTRY_FAIL;
    }
    return row->standing == STANDING_UNVERIFIED ? REGISTRY_NONE : of_level[row->level];
}

enum registry_weight registry_weigh(const struct registry *r, const report_texts *check,
                                    const report_texts *whole)
{
    const report_texts *named = check && check->count ? check : whole;
    enum registry_weight most = REGISTRY_NONE;
    if (!r || !named || named->count == 0) {
        return REGISTRY_FAIL;
    }
    for (size_t i = 0; i < named->count; i++) {
        enum registry_weight w = weigh_one(r, named->at[i]);
        most = w > most ? w : most;
    }
    return most;
}

const char *registry_weight_name(enum registry_weight w)
{
    static const char *const names[] = {
        [REGISTRY_NONE] = "MAY", [REGISTRY_WARN] = "SHOULD", [REGISTRY_FAIL] = "MUST"};
    return names[w];
}
