/* req and explain: the registry of clauses for people. What is demanded, who shows it, and what is
   shown by nobody. */
#include "harness/cli/req.h"

#include "harness/cli/cli.h"
#include "harness/cli/select.h"

#include "base/file.h"
#include "base/rows.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#define AT(field) offsetof(struct req_options, field)

static const struct args_option req_rows[] = {
    {"--source", NULL, ARGS_TEXT, AT(source), "NAME", "list, coverage: rfc5321, seed, ..."},
    {"--party", NULL, ARGS_TEXT, AT(party), "NAME", "list: server, client, relay, ..."},
    {"--level", NULL, ARGS_TEXT, AT(level), "LEVEL", "list: MUST, 'MUST NOT', ..., prose"},
    {"--status", NULL, ARGS_TEXT, AT(status), "WORD",
     "list: checked, unverified, not-testable, disputed"},
    {"--missing", NULL, ARGS_FLAG, AT(missing), NULL, "coverage: name what nobody shows"},
    {"--report", NULL, ARGS_LIST, AT(reports), "FILE",
     "show, coverage: the verdicts of a report.json or report.jsonl; may be repeated"},
    {"--rfc", NULL, ARGS_TEXT, AT(rfc), "DIR",
     "check: prove the quotes by the texts there, rfc5321.txt and so on"},
    {"--clauses", NULL, ARGS_TEXT, AT(clauses), "DIR",
     "the registry (default: $ASSAY_CLAUSES, vectors/clauses)"},
};

/* ---- the registry in use ---- */

err req_folder(const char *told, struct arena *arena, const char **folder)
{
    const char *bin = path_of_program(arena);
    const char *tries[] = {
        told ? told : getenv("ASSAY_CLAUSES"),
        "vectors/clauses",
        path_join(arena, bin, "../../vectors/clauses"),
        path_join(arena, bin, "../share/assay/vectors/clauses"),
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        if (tries[i] && path_is_dir(tries[i])) {
            *folder = tries[i];
            return OK;
        }
        if (tries[i] && i == 0) {
            return err_of(ERR_IO, arena_printf(arena, "%s: no such folder of clauses", tries[i]));
        }
    }
    return err_of(ERR_IO,
                  "no registry of clauses: neither $ASSAY_CLAUSES nor ./vectors/clauses nor one "
                  "beside the program; say where with --clauses");
}

int req_open(const char *told, struct arena *arena, struct registry *r)
{
    const char *folder;
    registry_mistakes wrong = {0};
    err e = req_folder(told, arena, &folder);
    if (!failed(e)) {
        e = registry_read(folder, arena, r, &wrong);
    }
    if (failed(e)) {
        return cli_complain_err(e, arena);
    }
    for (size_t i = 0; i < wrong.count; i++) {
        cli_note("%s:%u: %s\n", wrong.at[i].file, wrong.at[i].line, wrong.at[i].what);
    }
    return wrong.count ? cli_complain(EXIT_USAGE, "%zu mistakes in the registry of clauses",
                                      wrong.count)
                       : EXIT_FINE;
}

int req_open_if_there(struct arena *arena, struct registry *r)
{
    const char *folder;
    bool none = failed(req_folder(NULL, arena, &folder)) && !getenv("ASSAY_CLAUSES");
    return none ? EXIT_FINE : req_open(NULL, arena, r);
}

/* ---- list ---- */

bool req_wanted(const struct req_options *o, const struct registry_row *row)
{
    return (!o->source || strcmp(o->source, row->source) == 0) &&
           (!o->party || strcmp(o->party, row->party) == 0) &&
           (!o->level || o->level_wanted == row->level) &&
           (!o->status || o->standing_wanted == row->standing);
}

static int req_list(const struct req_options *o, const struct registry *r, struct arena *arena)
{
    size_t told = 0;
    (void)arena;
    for (size_t i = 0; i < r->rows.count; i++) {
        const struct registry_row *row = &r->rows.at[i];
        bool named = o->rest.count == 0;
        for (size_t k = 0; k < o->rest.count && !named; k++) {
            named = fnmatch(o->rest.at[k], row->id, 0) == 0;
        }
        if (named && req_wanted(o, row)) {
            cli_print("%s | %s | %s | %s | %s | %s%s%s\n", row->id, registry_level_name(row->level),
                   row->party, row->surface, row->words, registry_standing_name(row->standing),
                   row->why ? ": " : "", row->why ? row->why : "");
            told++;
        }
    }
    return told ? EXIT_FINE
                : cli_complain(EXIT_USAGE, "of %zu clauses the filters leave none", r->rows.count);
}

/* ---- the verbs ---- */

static const struct req_verb {
    const char *name;
    int (*run)(const struct req_options *o, const struct registry *r, struct arena *arena);
} req_verbs[] = {
    {"check", req_check},
    {"coverage", req_coverage},
    {"list", req_list},
    {"show", req_show},
};

static bool is_one_of(const char *const *words, const char *text)
{
    while (*words && strcmp(*words, text) != 0) {
        words++;
    }
    return *words != NULL;
}

static err check_filters(struct req_options *o, const struct registry *r, struct arena *arena)
{
    if (o->source && !ROWS_IN(&r->sources, span_text(o->source))) {
        return err_syntax(0, arena_printf(arena, "--source %s: there is no %s/%s.txt", o->source,
                                          r->folder, o->source));
    }
    if (o->party && !is_one_of(registry_parties, o->party)) {
        return err_syntax(0, arena_printf(arena, "--party %s: docs/clauses.md lists the parties",
                                          o->party));
    }
    if (o->level && !registry_level_parse(span_text(o->level), &o->level_wanted)) {
        return err_syntax(0, arena_printf(arena, "--level is MUST, 'MUST NOT', SHOULD, 'SHOULD "
                                                 "NOT', MAY or prose, not \"%s\"", o->level));
    }
    if (o->status && !registry_standing_parse(span_text(o->status), &o->standing_wanted)) {
        return err_syntax(0, arena_printf(arena, "--status is checked, unverified, not-testable or "
                                                 "disputed, not \"%s\"", o->status));
    }
    return OK;
}

static int run_named(struct call *call, const char *name, const struct args_texts *rest)
{
    struct req_options *o = call->options;
    struct registry r = {0};
    const struct req_verb *v = ROWS_FIND(req_verbs, span_text(name));
    if (!v) {
        return cli_complain(EXIT_USAGE, "req wants list, show, coverage or check, not \"%s\"", name);
    }
    o->rest = *rest;
    int status = req_open(o->clauses, call->arena, &r);
    if (status != EXIT_FINE) {
        return status;
    }
    err e = check_filters(o, &r, call->arena);
    return failed(e) ? cli_complain_err(e, call->arena) : v->run(o, &r, call->arena);
}

static int run_req(struct call *call)
{
    size_t named = call->rest.count > 0;
    struct args_texts rest = {call->rest.at + named, call->rest.count - named, 0};
    return run_named(call, named ? call->rest.at[0] : "", &rest);
}

static int run_explain(struct call *call)
{
    return run_named(call, "show", &call->rest);
}

const struct verb cli_req = {
    .name = "req",
    .run = run_req,
    .usage = "list | show ID... | coverage [PATH...] | check",
    .doc = "the registry of clauses: what is demanded, who shows it, what is shown by nobody",
    .example = "assay req coverage --missing --source rfc5321",
    VERB_ROWS(req_rows),
    .options_size = sizeof(struct req_options),
};

const struct verb cli_explain = {
    .name = "explain",
    .run = run_explain,
    .usage = "ID...",
    .doc = "what a clause demands and who shows it",
    .example = "assay explain RFC5321-4.1.1.4-lf",
    VERB_ROWS(req_rows),
    .options_size = sizeof(struct req_options),
};
