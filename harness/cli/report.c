/* assay report: what is done with reports after their runs. Shards are made one, a report gets other
   forms, and reports of one pack are compared. */
#include "harness/cli/cli.h"
#include "harness/cli/frame.h"
#include "harness/cli/matrix.h"
#include "harness/cli/req.h"

#include "base/file.h"
#include "base/rows.h"
#include "reports/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct report_options {
    const char *out;
    const char *format;
    bool strict, quiet, verbose;
};

#define AT(field) offsetof(struct report_options, field)

static const struct args_option report_rows[] = {
    {"--out", "-o", ARGS_TEXT, AT(out), "DIR",
     "merge, convert: folder of the forms (merge: out/merged; convert: standard output)"},
    {"--format", NULL, ARGS_TEXT, AT(format), "F,F",
     "merge, convert: text,json (merge), text (convert), html, jsonl, junit, markdown, sarif, tap"},
    {"--strict", NULL, ARGS_FLAG, AT(strict), NULL, "warn and inconclusive count as failures"},
    {"--verbose", "-v", ARGS_FLAG, AT(verbose), NULL, "each check of each case"},
    {"--quiet", "-q", ARGS_FLAG, AT(quiet), NULL, "only what stops the gate, and the count"},
};

struct reporting {
    struct report_options *o;
    struct arena *arena;
    report_parts parts;
    struct registry registry;
};

/* ---- reading ---- */

static err read_parts(struct reporting *r, const struct args_texts *words)
{
    for (size_t i = 1; i < words->count; i++) {
        struct report_part *p = vec_push(r->arena, &r->parts);
        p->name = words->at[i];
        TRY(frame_report_read(p->name, r->arena, &p->report));
    }
    return OK;
}

/* ---- paths of evidence ---- */

/* How to call `to` from `from`, both absolute folders without dots. */
static const char *way(const char *from, const char *to, struct arena *arena)
{
    size_t same = 0;
    for (size_t i = 0;; i++) {
        bool end_a = from[i] == '/' || from[i] == '\0', end_b = to[i] == '/' || to[i] == '\0';
        if (end_a && end_b) {
            same = i;
        }
        if (from[i] != to[i] || from[i] == '\0') {
            break;
        }
    }
    const char *text = "";
    for (const char *rest = from + same; *rest; rest++) {
        text = *rest == '/' && rest[1] ? arena_printf(arena, "%s../", text) : text;
    }
    const char *down = to[same] == '/' ? to + same + 1 : to + same;
    return *down ? arena_printf(arena, "%s%s/", text, down) : text;
}

/* Evidence is named relative to the report: what is written elsewhere names it from there. */
static err move_evidence(const char *file, const char *out, struct arena *arena, struct report *r)
{
    char *from = realpath(out, NULL);
    char *to = realpath(path_dir(arena, file), NULL);
    if (!from || !to) {
        int sys = errno;
        free(from);
        free(to);
        return err_sys(sys, arena_printf(arena, "the folders %s and that of %s", out, file));
    }
    const char *prefix = way(from, to, arena);
    free(from);
    free(to);
    for (size_t i = 0; *prefix && i < r->cases.count; i++) {
        for (size_t k = 0; k < r->cases.at[i].evidence.count; k++) {
            struct report_path *p = &r->cases.at[i].evidence.at[k];
            p->path = arena_printf(arena, "%s%s", p->path[0] == '/' ? "" : prefix, p->path);
        }
    }
    return OK;
}

/* ---- writing ---- */

static err write_forms(struct reporting *r, const frame_forms *forms, struct report *report)
{
    struct report_style style = {false, r->o->quiet, r->o->verbose, r->o->strict};
    cli_matrices_read(r->arena, report);
    report->registry = &r->registry;
    return frame_forms_write(forms, report, style, r->o->out, r->arena);
}

/* ---- the verbs ---- */

static int merge(struct reporting *r)
{
    struct report whole = {0};
    frame_forms forms = {0};
    r->o->out = r->o->out ? r->o->out : "out/merged";
    err e = frame_forms_read(r->o->format ? r->o->format : "text,json", r->arena, &forms);
    if (!failed(e)) {
        e = err_in(dir_make_all(r->o->out, 0755), r->arena, "--out %s", r->o->out);
    }
    for (size_t i = 0; i < r->parts.count && !failed(e); i++) {
        e = move_evidence(r->parts.at[i].name, r->o->out, r->arena, &r->parts.at[i].report);
    }
    if (!failed(e)) {
        e = report_merge(&r->parts, r->arena, &whole);
    }
    if (!failed(e)) {
        e = write_forms(r, &forms, &whole);
    }
    return failed(e) ? cli_complain_err(e, r->arena) : report_exit(&whole, r->o->strict);
}

static int convert(struct reporting *r)
{
    frame_forms forms = {0};
    struct report *report = r->parts.count ? &r->parts.at[0].report : NULL;
    err e = r->parts.count == 1 ? OK : err_syntax(0, "convert takes one report");
    if (!failed(e)) {
        e = frame_forms_read(r->o->format ? r->o->format : "text", r->arena, &forms);
    }
    if (!failed(e) && !r->o->out && forms.count != 1) {
        e = err_syntax(0, "several forms are files: say the folder with --out DIR");
    }
    if (!failed(e) && r->o->out) {
        e = err_in(dir_make_all(r->o->out, 0755), r->arena, "--out %s", r->o->out);
        e = failed(e) ? e : move_evidence(r->parts.at[0].name, r->o->out, r->arena, report);
    }
    if (!failed(e)) {
        e = write_forms(r, &forms, report);
    }
    return failed(e) ? cli_complain_err(e, r->arena) : EXIT_FINE;
}

static bool share_a_target(const struct report *a, const struct report *b)
{
    bool share = false;
    for (size_t i = 0; i < a->targets.count; i++) {
        share = share || ROWS_IN(&b->targets, span_text(a->targets.at[i].name)) != NULL;
    }
    return share;
}

static int diff(struct reporting *r)
{
    struct report_comparison c;
    struct buf text;
    if (r->parts.count < 2) {
        return cli_complain(EXIT_USAGE, "diff takes two reports or more, the oldest first");
    }
    const struct report_part *first = &r->parts.at[0], *last = &r->parts.at[r->parts.count - 1];
    if (!share_a_target(&first->report, &last->report)) {
        return cli_complain(EXIT_USAGE,
                            "%s and %s have no target of the same name; reports are compared target "
                            "by target, and `assay diff T1 T2` compares targets",
                            first->name, last->name);
    }
    report_compare(&r->parts, r->o->strict, r->arena, &c);
    buf_init(&text, FRAME_REPORT_CEILING);
    report_compare_put(&r->parts, &c, &text);
    err e = fd_write_all(1, buf_span(&text));
    buf_wipe(&text);
    return failed(e)               ? cli_complain_err(e, r->arena)
           : report_got_worse(&c) ? EXIT_UNEXPECTED
                                  : EXIT_FINE;
}

static const struct report_verb {
    const char *name;
    int (*run)(struct reporting *r);
} report_verbs[] = {{"convert", convert}, {"diff", diff}, {"merge", merge}};

static int run(struct call *call)
{
    struct reporting r = {.o = call->options, .arena = call->arena};
    const char *word = call->rest.count > 0 ? call->rest.at[0] : "";
    const struct report_verb *verb = ROWS_FIND(report_verbs, span_text(word));
    if (!verb) {
        return cli_complain(EXIT_USAGE, "report wants merge, convert or diff%s%s; `assay help report` has "
                                        "an example", *word ? ", not " : "", word);
    }
    err e = read_parts(&r, &call->rest);
    int status = failed(e) ? cli_complain_err(e, r.arena) : req_open_if_there(r.arena, &r.registry);
    return status == EXIT_FINE ? verb->run(&r) : status;
}

const struct verb cli_report = {
    .name = "report",
    .run = run,
    .usage = "merge SHARD... | convert REPORT | diff OLD... NEW",
    .doc = "shards into one report; other forms of a report; what changed between runs",
    .example = "assay report convert out/report/report.json --format html,sarif --out out/page",
    VERB_ROWS(report_rows),
    .options_size = sizeof(struct report_options),
};
