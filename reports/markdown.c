/* Markdown for the page that a CI system shows beside a run: how it ended, what stops the gate, and
   where targets differ. A table of GitHub's kind breaks at a pipe, and a text may hold anything, so
   each cell is spelled. */
#include "reports/writers.h"

#include "reports/clause.h"
#include "reports/registry.h"
#include "reports/spell.h"

/* GitHub cuts a job summary at 1 MiB. */
enum { ROWS_MOST = 500, CELL_MOST = 240 };

/* Markup is taken from every character that could be any; `<` and `&` would be HTML. */
static void put_cell(const char *text, struct buf *out)
{
    struct buf line;
    span rest, character;
    size_t said = 0;
    buf_init(&line, text ? strlen(text) * 4 + 1 : 1);
    spell_line(span_text(text), &line);
    for (rest = buf_span(&line); rest.len > 0 && said < CELL_MOST; said++) {
        (void)spell_take(&rest, &character);
        unsigned char c = character.at[0];
        if (c == '<' || c == '&') {
            buf_put_text(out, c == '<' ? "&lt;" : "&amp;");
        } else {
            buf_put_text(out, strchr("\\`*_[]|#>~!@", c) ? "\\" : "");
            buf_put(out, character);
        }
    }
    buf_put_text(out, rest.len > 0 ? "…" : "");
    buf_wipe(&line);
}

/* In code nothing is markup but the pipe, which ends a cell all the same, and the backtick. */
static void put_code(const char *text, struct buf *out)
{
    struct buf line;
    buf_init(&line, text ? strlen(text) * 4 + 1 : 1);
    spell_line(span_text(text), &line);
    buf_put_byte(out, '`');
    for (size_t i = 0; i < line.len; i++) {
        if (line.at[i] == '|') {
            buf_put_text(out, "\\|");
        } else {
            buf_put_byte(out, line.at[i] == '`' ? '\'' : line.at[i]);
        }
    }
    buf_put_byte(out, '`');
    buf_wipe(&line);
}

static void put_head(const struct report *r, struct report_style style, struct buf *out)
{
    struct report_counts counts;
    report_count(r, &counts);
    buf_printf(out, "## assay: %s\n\n", report_exit_words(report_exit(r, style.strict)));
    for (size_t i = 0; i < r->targets.count; i++) {
        buf_put_text(out, "* ");
        put_code(r->targets.at[i].name, out);
        buf_put_byte(out, ' ');
        put_cell(r->targets.at[i].version, out);
        buf_put_byte(out, '\n');
    }
    buf_printf(out, "%s| cases |", r->targets.count ? "\n" : "");
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        if (counts.of[i]) {
            buf_printf(out, " %s |", state_name((enum state)i));
        }
    }
    buf_put_text(out, "\n|---:|");
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        buf_put_text(out, counts.of[i] ? "---:|" : "");
    }
    buf_printf(out, "\n| %lu |", counts.all);
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        if (counts.of[i]) {
            buf_printf(out, " %lu |", counts.of[i]);
        }
    }
    buf_put_byte(out, '\n');
}

static void put_row(const struct report_case *c, struct buf *out)
{
    struct arena *arena = arena_new();
    report_texts ids;
    const struct report_check *check = report_case_refuted(c);
    report_case_clauses(c, arena, &ids);
    buf_printf(out, "| %s | ", state_name(c->state));
    put_code(c->id, out);
    buf_put_text(out, " | ");
    put_code(c->target, out);
    buf_put_text(out, " | ");
    put_cell(c->reason, out);
    if (check) {
        buf_put_text(out, "<br>");
        put_code(arena_printf(arena, "%s:%u", report_case_file(c, check), check->line), out);
    }
    buf_put_text(out, " | ");
    for (size_t i = 0; i < ids.count; i++) {
        buf_put_text(out, i ? " " : "");
        put_code(ids.at[i], out);
    }
    buf_put_text(out, " |\n");
    arena_free(arena);
}

static void put_what_stops(const struct report *r, struct report_style style, struct buf *out)
{
    size_t told = 0, left = 0;
    for (size_t i = 0; i < r->cases.count; i++) {
        if (!report_case_stops(&r->cases.at[i], style.strict)) {
            continue;
        }
        if (told == 0) {
            buf_put_text(out, "\n### What stops the gate\n\n| state | case | target | why | "
                              "clauses |\n|---|---|---|---|---|\n");
        }
        if (told < ROWS_MOST) {
            put_row(&r->cases.at[i], out);
            told++;
        } else {
            left++;
        }
    }
    if (left) {
        buf_printf(out, "\nand %zu more\n", left);
    }
}

/* ---- clause x target ---- */

static void put_clause_head(const struct report *r, struct buf *out)
{
    buf_put_text(out, "\n### Clauses that are not met, or not by all\n\n| clause | ");
    for (size_t t = 0; t < r->targets.count; t++) {
        put_code(r->targets.at[t].name, out);
        buf_put_text(out, " | ");
    }
    buf_put_text(out, "in our words |\n|---|");
    for (size_t t = 0; t < r->targets.count + 1; t++) {
        buf_put_text(out, "---|");
    }
    buf_put_byte(out, '\n');
}

static void put_clauses(const struct report *r, struct buf *out)
{
    static const char *const words[CLAUSE_VERDICT_COUNT] = {
        [CLAUSE_NOT_EXERCISED] = "–", [CLAUSE_MET] = "met", [CLAUSE_NOT_MET] = "**not met**"};
    struct arena *arena = arena_new();
    report_clauses whole, *of = arena_take_array(arena, r->targets.count + 1, sizeof *of);
    size_t told = 0;
    report_clauses_judge(r, NULL, arena, &whole);
    for (size_t t = 0; t < r->targets.count; t++) {
        report_clauses_judge(r, r->targets.at[t].name, arena, &of[t]);
    }
    for (size_t i = 0; i < whole.count && told < ROWS_MOST; i++) {
        if (whole.at[i].verdict != CLAUSE_NOT_MET) {
            continue;
        }
        if (told++ == 0) {
            put_clause_head(r, out);
        }
        buf_put_text(out, "| ");
        put_code(whole.at[i].id, out);
        for (size_t t = 0; t < r->targets.count; t++) {
            buf_printf(out, " | %s", words[report_clause_verdict(&of[t], whole.at[i].id)]);
        }
        const struct registry_row *row = registry_find(r->registry, whole.at[i].id);
        buf_put_text(out, " | ");
        put_cell(row ? row->words : "", out);
        buf_put_text(out, " |\n");
    }
    arena_free(arena);
}

void report_markdown_end(const struct report *r, struct report_style style, struct buf *out)
{
    put_head(r, style, out);
    put_what_stops(r, style, out);
    put_clauses(r, out);
    if (!r->complete) {
        buf_put_text(out, "\nThe run was cut short: this is what had run until then.\n");
    }
}
