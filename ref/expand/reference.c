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

/* What the tables have in common. */
struct entry {
    const char *name, *doc;
    bool refused, tainted;
};

static struct entry item_entry(size_t i)
{
    const struct item_row *row = &item_rows[i];
    return (struct entry){row->name, row->doc, row->shape == ITEM_REFUSED, false};
}

static struct entry operator_entry(size_t i)
{
    const struct operator_row *row = &operator_rows[i];
    return (struct entry){row->name, row->doc, row->eval == NULL, false};
}

static struct entry condition_entry(size_t i)
{
    const struct condition_row *row = &condition_rows[i];
    return (struct entry){row->name, row->doc, row->shape == CONDITION_REFUSED, false};
}

static struct entry variable_entry(size_t i)
{
    const struct variable_row *row = &variable_rows[i];
    return (struct entry){row->name, row->doc, row->kind == VARIABLE_REFUSED, row->tainted};
}

static const char beside_variables[] =
    "| `$0` to `$9` | what the last pattern that matched has captured |\n"
    "| `$h_Name:` `$header_Name:` | header fields of that name, decoded (tainted) |\n"
    "| `$bh_Name:` `$bheader_Name:` | decoded, in the charset they came in |\n"
    "| `$rh_Name:` `$rheader_Name:` | as they are |\n"
    "| `$lh_Name:` `$lheader_Name:` | as they are, as a list |\n";

static const struct section {
    const char *title, *column, *prefix;
    const char *text, *more;
    const size_t *count;
    struct entry (*entry)(size_t i);
} sections[] = {
    {"Items", "item", "${", "`${name{argument}{argument}...}`. Arguments are expanded first.", "",
     &item_row_count, item_entry},
    {"Operators", "operator", "${",
     "`${name:text}`. The text is expanded first; a blank behind the colon is part of it.", "",
     &operator_row_count, operator_entry},
    {"Conditions", "condition", "",
     "Behind `${if`, in `${filter` and in each other. `!` in front turns one round. The lists\n"
     "of `match_*` are not expanded: `$` is an ordinary character there.",
     "", &condition_row_count, condition_entry},
    {"Variables", "variable", "$",
     "`$name` or `${name}`. `*` stands for more letters. Numbers are 0 when nothing is known, "
     "texts\n"
     "are empty. Those that may hold a peer's text are marked tainted.",
     beside_variables, &variable_row_count, variable_entry},
};

static void row_put(struct buf *out, const char *prefix, const struct entry *e)
{
    buf_printf(out, "| `%s", prefix);
    cell_put(out, e->name);
    buf_put_text(out, "` | ");
    cell_put(out, e->doc);
    buf_put_text(out, e->tainted ? " (tainted) |\n" : " |\n");
}

static void section_put(struct buf *out, const struct section *s)
{
    bool any = false;
    buf_printf(out, "\n## %s\n\n%s\n\n| %s | |\n|---|---|\n", s->title, s->text, s->column);
    for (size_t i = 0; i < *s->count; i++) {
        struct entry e = s->entry(i);
        if (!e.refused) {
            row_put(out, s->prefix, &e);
        }
    }
    buf_put_text(out, s->more);
    for (size_t i = 0; i < *s->count; i++) {
        struct entry e = s->entry(i);
        if (e.refused) {
            buf_put_text(out, any ? ""
                                  : "\nNot supported, and refused by name when the "
                                    "configuration is read:\n\n");
            buf_printf(out, "- `%s`: %s\n", e.name, e.doc);
            any = true;
        }
    }
}

void expand_reference_put(struct buf *out)
{
    buf_put_text(out, intro);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        section_put(out, &sections[i]);
    }
}
