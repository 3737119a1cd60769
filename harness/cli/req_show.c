/* One clause in words: what it demands of whom, which scenarios show it, and what the reports at
   hand say of it. */
#include "harness/cli/cli.h"
#include "harness/cli/req.h"
#include "harness/cli/select.h"

#include "base/file.h"
#include "base/rows.h"

#include <fnmatch.h>
#include <stdio.h>

static const char *const demands[LEVEL_COUNT] = {
    [LEVEL_MUST] = "MUST",
    [LEVEL_MUST_NOT] = "MUST NOT",
    [LEVEL_SHOULD] = "SHOULD",
    [LEVEL_SHOULD_NOT] = "SHOULD NOT",
    [LEVEL_MAY] = "MAY: latitude, nobody fails for it",
    [LEVEL_PROSE] = "demanded without a word of RFC 2119; counts as MUST",
};

static const struct surface_words {
    const char *surface;
    const char *words;
} surfaces[] = {
    {"dsn", "in notifications"},
    {"file", "in files that are left behind"},
    {"log", "in the log"},
    {"mail", "in delivered mail"},
    {"none", "nowhere"},
    {"spool", "in the spool"},
    {"unix", "on a socket to another program"},
    {"wire-c", "on the wire, with assay as the server"},
    {"wire-s", "on the wire, with assay as the client"},
};

static void print_row(const struct registry_row *row)
{
    const struct surface_words *shows = ROWS_FIND(surfaces, span_text(row->surface));
    cli_print("%s\n    %s\n    %s; binds %s; shows %s\n", row->id, row->words, demands[row->level],
              row->party, shows ? shows->words : row->surface);
    cli_print("    %s, %s; %s%s%s\n", row->source, row->section, registry_standing_name(row->standing),
           row->why ? ": " : "", row->why ? row->why : "");
    if (row->quote) {
        cli_print("    read in the sentence sha256:%s\n", row->quote);
    }
    cli_print("    %s:%u\n", row->file, row->line);
}

static void print_cites(const struct registry_row *row, const req_cites *cites)
{
    size_t count;
    const struct req_cite *cite = req_cites_find(cites, row->id, &count);
    puts(count ? "shown by" : "shown by no scenario");
    for (size_t i = 0; i < count; i++) {
        if (cite[i].line) {
            cli_print("    %s:%u  %s\n", cite[i].file, cite[i].line, cite[i].title);
        } else {
            cli_print("    %s  %s\n", cite[i].file, cite[i].title);
        }
    }
}

static void print_verdicts(const struct registry_row *row, const struct req_reports *reports)
{
    size_t count;
    const struct req_verdict *v = req_verdicts_find(&reports->verdicts, row->id, &count);
    if (reports->reports.count && !count) {
        puts("not in the reports");
    }
    for (size_t i = 0; i < count; i++) {
        const char *verdict = clause_verdict_name(v[i].verdict);
        if (v[i].verdict == CLAUSE_MET && row->level == LEVEL_MAY) {
            verdict = "latitude taken";
        }
        cli_print("%s: %s, %zu case%s, the first %s\n", v[i].target, verdict, v[i].cases,
               v[i].cases == 1 ? "" : "s", v[i].first_case ? v[i].first_case : "?");
    }
}

static int show_one(const struct registry *r, const char *id, const req_cites *cites,
                    const struct req_reports *reports)
{
    size_t told = 0;
    for (size_t i = 0; i < r->rows.count; i++) {
        const struct registry_row *row = &r->rows.at[i];
        if (fnmatch(id, row->id, 0) == 0) {
            if (told++) {
                putchar('\n');
            }
            print_row(row);
            print_cites(row, cites);
            print_verdicts(row, reports);
        }
    }
    if (told == 0) {
        const char *near = registry_suggest(r, id);
        return cli_complain(EXIT_USAGE, "%s is in no file of %s%s%s%s", id, r->folder,
                            near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    return EXIT_FINE;
}

int req_show(const struct req_options *o, const struct registry *r, struct arena *arena)
{
    struct selection sel = {0};
    struct selection_options all = {0};
    struct req_reports reports;
    struct args_texts paths = {0};
    req_cites cites;
    int status = EXIT_FINE;
    if (o->rest.count == 0) {
        return cli_complain(EXIT_USAGE, "show wants the id of a clause, such as %s",
                            r->rows.count ? r->rows.at[0].id : "RFC5321-3.3-rcpt");
    }
    err e = req_reports_read(&o->reports, arena, &reports);
    if (!failed(e) && path_is_dir("scenarios")) {
        e = select_cases(&paths, &all, arena, &sel);
    }
    if (failed(e)) {
        return cli_complain_err(e, arena);
    }
    req_cites_of(&sel.all, arena, &cites);
    for (size_t i = 0; i < o->rest.count; i++) {
        int one = show_one(r, o->rest.at[i], &cites, &reports);
        status = one > status ? one : status;
    }
    return status;
}
