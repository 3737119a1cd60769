/* docs/expansion.md: what the tables of items, operators, conditions and variables have, with the
   few rules that no row can tell. */
#include "ref/expand/reference.h"

#include "ref/expand/condition.h"
#include "ref/expand/items.h"
#include "ref/expand/operators.h"
#include "ref/expand/variables.h"

static const char intro[] =
    "# String expansion\n"
    "\n"
    "Printed by `refmta -bP expansion`; a test holds this page against the program. The language is\n"
    "Exim's: what is not said here is as Exim's manual has it, and `refmta -be` tries it out\n"
    "(refmta(8)).\n"
    "\n"
    "A text is read once, when the configuration is; what is wrong with its form is found there. Only\n"
    "what is needed is evaluated. `{yes}{no}` may be left out; `fail` in the place of `{no}` forces a\n"
    "failure, which each option defines. Text that came from a peer taints what it becomes part of;\n"
    "such text is never expanded again and names no file. An expansion has a budget of steps and\n"
    "octets; one that spends it is deferred.\n"
    "\n"
    "Lists are separated by `:`, or by the character behind a `<` at their begin; a doubled separator\n"
    "is the character itself.\n";

/* A "|" would end the column. */
static void cell_put(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|') {
            buf_put_byte(out, '\\');
        }
        buf_put_byte(out, (unsigned char)*text);
    }
}

static void row_put(struct buf *out, const char *prefix, const char *name, const char *doc)
{
    buf_printf(out, "| `%s", prefix);
    cell_put(out, name);
    buf_put_text(out, "` | ");
    cell_put(out, doc);
    buf_put_text(out, " |\n");
}

static void head_put(struct buf *out, const char *title, const char *column, const char *text)
{
    buf_printf(out, "\n## %s\n\n%s\n\n| %s | |\n|---|---|\n", title, text, column);
}

static void refused_put(struct buf *out, const char *name, const char *doc, bool *any)
{
    if (!*any) {
        buf_put_text(out, "\nNot supported, and refused by name when the configuration is read:\n\n");
    }
    *any = true;
    buf_printf(out, "- `%s`: %s\n", name, doc);
}

static void items_put(struct buf *out)
{
    bool any = false;
    head_put(out, "Items", "item", "`${name{argument}{argument}...}`. Arguments are expanded first.");
    for (size_t i = 0; i < item_row_count; i++) {
        if (item_rows[i].shape != ITEM_REFUSED) {
            row_put(out, "${", item_rows[i].name, item_rows[i].doc);
        }
    }
    for (size_t i = 0; i < item_row_count; i++) {
        if (item_rows[i].shape == ITEM_REFUSED) {
            refused_put(out, item_rows[i].name, item_rows[i].doc, &any);
        }
    }
}

static void operators_put(struct buf *out)
{
    bool any = false;
    head_put(out, "Operators", "operator",
             "`${name:text}`. The text is expanded first; a blank behind the colon is part of it.");
    for (size_t i = 0; i < operator_row_count; i++) {
        if (operator_rows[i].eval) {
            row_put(out, "${", operator_rows[i].name, operator_rows[i].doc);
        }
    }
    for (size_t i = 0; i < operator_row_count; i++) {
        if (!operator_rows[i].eval) {
            refused_put(out, operator_rows[i].name, operator_rows[i].doc, &any);
        }
    }
}

static void conditions_put(struct buf *out)
{
    bool any = false;
    head_put(out, "Conditions", "condition",
             "Behind `${if`, in `${filter` and in each other. `!` in front turns one round. The lists\n"
             "of `match_*` are not expanded: `$` is an ordinary character there.");
    for (size_t i = 0; i < condition_row_count; i++) {
        if (condition_rows[i].shape != CONDITION_REFUSED) {
            row_put(out, "", condition_rows[i].name, condition_rows[i].doc);
        }
    }
    for (size_t i = 0; i < condition_row_count; i++) {
        if (condition_rows[i].shape == CONDITION_REFUSED) {
            refused_put(out, condition_rows[i].name, condition_rows[i].doc, &any);
        }
    }
}

static void variables_put(struct buf *out)
{
    static const char text[] =
        "`$name` or `${name}`. `*` stands for more letters. Numbers are 0 when nothing is known, texts\n"
        "are empty. Those that may hold a peer's text are marked tainted.";
    bool any = false;
    head_put(out, "Variables", "variable", text);
    for (size_t i = 0; i < variable_row_count; i++) {
        const struct variable_row *row = &variable_rows[i];
        if (row->kind == VARIABLE_REFUSED) {
            continue;
        }
        buf_printf(out, "| `$%s` | ", row->name);
        cell_put(out, row->doc);
        buf_put_text(out, row->tainted ? " (tainted) |\n" : " |\n");
    }
    buf_put_text(out, "| `$0` to `$9` | what the last pattern that matched has captured |\n"
                      "| `$h_Name:` `$header_Name:` | header fields of that name, decoded (tainted) |\n"
                      "| `$bh_Name:` `$bheader_Name:` | decoded, in the charset they came in |\n"
                      "| `$rh_Name:` `$rheader_Name:` | as they are |\n"
                      "| `$lh_Name:` `$lheader_Name:` | as they are, as a list |\n");
    for (size_t i = 0; i < variable_row_count; i++) {
        if (variable_rows[i].kind == VARIABLE_REFUSED) {
            refused_put(out, variable_rows[i].name, variable_rows[i].doc, &any);
        }
    }
}

void expand_reference_put(struct buf *out)
{
    buf_put_text(out, intro);
    items_put(out);
    operators_put(out);
    conditions_put(out);
    variables_put(out);
}
