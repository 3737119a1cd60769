/* How much of the registry somebody shows, by source and by the role in which it shows. Without a
   report, what scenarios name counts; with one, only what was decided in it. A scenario that names
   an unknown clause, or that ran on no target of the reports, is a hole that nobody would see. */
#include "harness/cli/cli.h"
#include "harness/cli/req.h"
#include "harness/cli/select.h"

#include <stdio.h>
#include <stdlib.h>

enum role { ROLE_SERVER, ROLE_CLIENT, ROLE_ARTEFACT, ROLE_COUNT };

struct tally {
    const char *source;
    size_t rows, testable, shown[ROLE_COUNT], not_shown;
    size_t latitude, latitude_shown, not_testable, unverified;
};

struct covering {
    const struct registry *r;
    const struct req_options *o;
    req_cites cites;
    struct req_reports reports;
};

/* On the wire the one who is looked at; all else is what somebody left behind. */
static enum role role_of(const struct registry_row *row)
{
    if (strcmp(row->surface, "wire-s") == 0) {
        return ROLE_SERVER;
    }
    return strcmp(row->surface, "wire-c") == 0 ? ROLE_CLIENT : ROLE_ARTEFACT;
}

static bool is_shown(const struct covering *c, const struct registry_row *row)
{
    size_t count;
    if (c->reports.reports.count == 0) {
        return req_cites_find(&c->cites, row->id, &count) != NULL;
    }
    const struct req_verdict *v = req_verdicts_find(&c->reports.verdicts, row->id, &count);
    for (size_t i = 0; i < count; i++) {
        if (v[i].verdict != CLAUSE_NOT_EXERCISED) {
            return true;
        }
    }
    return false;
}

static void count_row(const struct registry_row *row, bool shown, struct tally *t)
{
    t->rows++;
    t->unverified += row->standing == STANDING_UNVERIFIED;
    if (row->standing == STANDING_NOT_TESTABLE) {
        t->not_testable++;
    } else if (row->level == LEVEL_MAY) {
        t->latitude++;
        t->latitude_shown += shown;
    } else {
        t->testable++;
        t->shown[role_of(row)] += shown;
        t->not_shown += !shown;
    }
}

static void print_tally(const struct tally *t)
{
    size_t shown = t->shown[ROLE_SERVER] + t->shown[ROLE_CLIENT] + t->shown[ROLE_ARTEFACT];
    cli_print("%-10s %7zu %8zu %6zu %6zu %8zu %6zu %4zu%% %5zu/%-5zu %7zu %10zu\n", t->source, t->rows,
           t->testable, t->shown[ROLE_SERVER], t->shown[ROLE_CLIENT], t->shown[ROLE_ARTEFACT],
           t->not_shown, t->testable ? shown * 100 / t->testable : 100, t->latitude_shown,
           t->latitude, t->not_testable, t->unverified);
}

static void print_table(const struct covering *c)
{
    struct tally all = {.source = "all"};
    cli_print("%-10s %7s %8s %6s %6s %8s %6s %5s %11s %7s %10s\n", "source", "clauses", "testable",
           "server", "client", "artefact", "nobody", "shown", "latitude", "not", "unverified");
    for (size_t s = 0; s < c->r->sources.count; s++) {
        struct tally t = {.source = c->r->sources.at[s]};
        for (size_t i = 0; i < c->r->rows.count; i++) {
            const struct registry_row *row = &c->r->rows.at[i];
            if (strcmp(row->source, t.source) == 0 && req_wanted(c->o, row)) {
                bool shown = is_shown(c, row);
                count_row(row, shown, &t);
                count_row(row, shown, &all);
            }
        }
        if (t.rows) {
            print_tally(&t);
        }
    }
    print_tally(&all);
}

static void print_missing(const struct covering *c)
{
    puts("\nnobody shows");
    for (size_t i = 0; i < c->r->rows.count; i++) {
        const struct registry_row *row = &c->r->rows.at[i];
        if (req_wanted(c->o, row) && registry_testable(row) && !is_shown(c, row)) {
            cli_print("%s | %s | %s | %s | %s\n", row->id, registry_level_name(row->level), row->party,
                   row->surface, row->words);
        }
    }
    puts("\nnot testable");
    for (size_t i = 0; i < c->r->rows.count; i++) {
        const struct registry_row *row = &c->r->rows.at[i];
        if (req_wanted(c->o, row) && row->standing == STANDING_NOT_TESTABLE) {
            cli_print("%s: %s\n", row->id, row->why);
        }
    }
}

static size_t tell_unknown(const struct covering *c)
{
    size_t count = 0;
    for (size_t i = 0; i < c->cites.count; i++) {
        const struct req_cite *cite = &c->cites.at[i];
        if (!registry_find(c->r, cite->id)) {
            const char *near = registry_suggest(c->r, cite->id);
            cli_note("%s:%u: %s is in no file of %s%s%s%s\n", cite->file,
                    cite->line ? cite->line : 1, cite->id, c->r->folder,
                    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
            count++;
        }
    }
    return count;
}

static bool has_run(const struct req_reports *reports, const char *file)
{
    for (size_t i = 0; i < reports->reports.count; i++) {
        const struct report *r = &reports->reports.at[i];
        for (size_t k = 0; k < r->cases.count; k++) {
            const struct report_case *rc = &r->cases.at[k];
            if (rc->state != STATE_SKIP && rc->file && strcmp(rc->file, file) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Scenario files none of whose cases ran on a target of the reports. */
static size_t tell_idle(const struct covering *c, const struct scenario_set *set)
{
    const char *last = "";
    size_t count = 0;
    for (size_t i = 0; c->reports.reports.count && i < set->cases.count; i++) {
        const char *file = set->cases.at[i]->path;
        if (strcmp(file, last) != 0 && !has_run(&c->reports, file)) {
            cli_note("%s: no case of it ran on a target of the reports\n", file);
            count++;
        }
        last = file;
    }
    return count;
}

int req_coverage(const struct req_options *o, const struct registry *r, struct arena *arena)
{
    struct covering c = {.r = r, .o = o};
    struct selection sel = {0};
    struct selection_options every = {0};
    err e = req_reports_read(&o->reports, arena, &c.reports);
    if (!failed(e)) {
        e = select_cases(&o->rest, &every, arena, &sel);
    }
    if (failed(e)) {
        return cli_complain_err(e, arena);
    }
    select_print_mistakes(&sel.wrong);
    req_cites_of(&sel.all, arena, &c.cites);
    size_t unknown = tell_unknown(&c);
    size_t idle = tell_idle(&c, &sel.all);
    print_table(&c);
    if (o->missing) {
        print_missing(&c);
    }
    if (unknown || sel.wrong.count) {
        return cli_complain(EXIT_USAGE, "%zu clauses are named that nobody knows, and %zu mistakes "
                            "are in scenarios", unknown, sel.wrong.count);
    }
    return idle ? EXIT_UNEXPECTED : EXIT_FINE;
}
