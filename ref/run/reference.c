/* Two forms of one walk over all tables. */
#include "ref/run/reference.h"

#include "ref/conf/auth_options.h"
#include "ref/conf/main_options.h"
#include "ref/conf/router_options.h"
#include "ref/conf/transport_options.h"

#include <ctype.h>

struct form {
    void (*section)(struct buf *out, const char *title);
    void (*table)(struct buf *out, const char *title); /* title NULL: the only one of its section */
    void (*row)(struct buf *out, const struct conf_option *row);
    const char *end; /* of a table */
};

static const struct {
    unsigned flag;
    const char *text;
} remarks[] = {
    {CONF_OURS, "Not one of Exim's options"},
    {CONF_EMPTY_ONLY, "Only an empty value is supported"},
    {CONF_UNUSED, "Taken, and not used"},
};
enum { REMARKS = sizeof remarks / sizeof *remarks };

/* "RFC5321-4.2" is RFC 5321 section 4.2; "SEED-DCC" is the chapter of that name. */
static void clause_print(struct buf *out, const char *clause)
{
    const char *dash = strchr(clause, '-');
    if (strncmp(clause, "RFC", 3) == 0 && dash != NULL) {
        buf_printf(out, "RFC %.*s section %s", (int)(dash - clause - 3), clause + 3, dash + 1);
    } else {
        buf_put_text(out, clause);
    }
}

/* A default that says something. */
static bool default_counts(const struct conf_option *row)
{
    return row->fallback[0] != '\0' && (row->flags & CONF_EMPTY_ONLY) == 0;
}

static void rows_print(struct buf *out, const struct form *form, const struct conf_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        form->row(out, &rows->at[i]);
    }
    buf_put_text(out, form->end);
}

static void walk(struct buf *out, const struct form *form)
{
    form->section(out, "main");
    form->table(out, NULL);
    rows_print(out, form, &conf_main_options);
    for (size_t k = 0; conf_driver_kinds[k] != NULL; k++) {
        const struct conf_driver_kind *kind = conf_driver_kinds[k];
        form->section(out, kind->name);
        form->table(out, "generic");
        rows_print(out, form, &kind->generic);
        for (size_t d = 0; d < kind->driver_count; d++) {
            if (kind->drivers[d].options.count > 0) {
                form->table(out, kind->drivers[d].name);
                rows_print(out, form, &kind->drivers[d].options);
            }
        }
    }
}

/* --- Markdown --------------------------------------------------------------------------- */

static void md_section(struct buf *out, const char *title)
{
    buf_printf(out, "\n## %c%s options\n", toupper((unsigned char)title[0]), title + 1);
}

static void md_table(struct buf *out, const char *title)
{
    if (title != NULL) {
        buf_printf(out, "\n### %s\n", title);
    }
    buf_put_text(out, "\n| option | kind | default | meaning |\n|---|---|---|---|\n");
}

/* As a code span in a table cell. */
static void md_code(struct buf *out, const char *text)
{
    buf_put_byte(out, '`');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '|') {
            buf_put_byte(out, '\\');
        }
        buf_put_byte(out, (unsigned char)*c);
    }
    buf_put_byte(out, '`');
}

static void md_row(struct buf *out, const struct conf_option *row)
{
    buf_printf(out, "| `%s` | %s | ", row->name, conf_type_name(row->type));
    if (default_counts(row)) {
        md_code(out, row->fallback);
        buf_put_byte(out, ' ');
    }
    buf_printf(out, "| %s", row->doc);
    for (size_t i = 0; i < REMARKS; i++) {
        if ((row->flags & remarks[i].flag) != 0) {
            buf_printf(out, ". %s", remarks[i].text);
        }
    }
    if (row->clause[0] != '\0') {
        buf_put_text(out, " (");
        clause_print(out, row->clause);
        buf_put_text(out, ")");
    }
    buf_put_text(out, " |\n");
}

void run_reference_markdown(struct buf *out)
{
    static const struct form markdown = {md_section, md_table, md_row, ""};
    buf_put_text(out, "# Options of refmta\n\n"
                      "Printed by `refmta -bP reference`; what the kinds mean is in "
                      "refmta.conf(5).\n");
    walk(out, &markdown);
}

/* --- mdoc ------------------------------------------------------------------------------- */

static void mdoc_section(struct buf *out, const char *title)
{
    buf_put_text(out, ".Sh ");
    for (const char *c = title; *c != '\0'; c++) {
        buf_put_byte(out, (unsigned char)toupper((unsigned char)*c));
    }
    buf_put_text(out, " OPTIONS\n");
}

static void mdoc_table(struct buf *out, const char *title)
{
    if (title != NULL) {
        buf_printf(out, ".Ss %c%s\n", toupper((unsigned char)title[0]), title + 1);
    }
    buf_put_text(out, ".Bl -tag -width Ds\n");
}

/* Text in a macro's argument: quotes, backslashes and what could be a request are escaped. */
static void mdoc_quoted(struct buf *out, const char *text)
{
    buf_put_byte(out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"') {
            buf_put_text(out, "\\(dq");
        } else if (*c == '\\') {
            buf_put_text(out, "\\e");
        } else if (*c == '\n') {
            buf_put_text(out, "\\en");
        } else {
            buf_put_byte(out, (unsigned char)*c);
        }
    }
    buf_put_byte(out, '"');
}

static void mdoc_row(struct buf *out, const struct conf_option *row)
{
    bool dot = row->doc[strlen(row->doc) - 1] != '.';
    bool control = row->doc[0] == '.' || row->doc[0] == '\'';
    buf_printf(out, ".It Ic %s Pq %s\n%s%c%s%s\n", row->name, conf_type_name(row->type),
               control ? "\\&" : "", toupper((unsigned char)row->doc[0]), row->doc + 1,
               dot ? "." : "");
    if (default_counts(row)) {
        buf_put_text(out, "Default:\n.Ql ");
        mdoc_quoted(out, row->fallback);
        buf_put_text(out, " .\n");
    }
    for (size_t i = 0; i < REMARKS; i++) {
        if ((row->flags & remarks[i].flag) != 0) {
            buf_printf(out, "%s.\n", remarks[i].text);
        }
    }
    if (row->clause[0] != '\0') {
        clause_print(out, row->clause);
        buf_put_text(out, ".\n");
    }
}

void run_reference_mdoc(struct buf *out)
{
    static const struct form mdoc = {mdoc_section, mdoc_table, mdoc_row, ".El\n"};
    walk(out, &mdoc);
}
