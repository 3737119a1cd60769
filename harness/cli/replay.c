/* assay replay: a recorded client's flights against another server. */
#include "harness/cli/cli.h"
#include "harness/cli/frame.h"
#include "harness/cli/run_options.h"
#include "harness/replay/run.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What `git bisect run` takes for "this one cannot be tried", and for the end of the search. */
enum { EXIT_BISECT_SKIP = 125, EXIT_BISECT_END = 128 };

struct replay_options {
    const char *target;
    struct args_texts streams, keys, masks, sets;
    const char *spool, *out, *format, *baseline, *isolation, *peers, *timeout, *patience;
    bool bisect, strict, strict_text, strict_extensions, owned, verbose, quiet;
};

#define AT(field) offsetof(struct replay_options, field)
static const struct args_option replay_rows[] = {
    CLI_TARGET_ROW(AT),
    CLI_STREAM_ROW(AT),
    CLI_KEYS_ROW(AT),
    {"--mask", NULL, ARGS_LIST, AT(masks), "M,M", "also mask this in replies; none: leave the usual masks out"},
    {"--set", NULL, ARGS_LIST, AT(sets), "KEY=VALUE", "a setting of the target, before replay.set beside the capture"},
    {"--spool", NULL, ARGS_TEXT, AT(spool), "DIR", "the recorded server's spool files (default: spool/ beside the capture)"},
    {"--strict-text", NULL, ARGS_FLAG, AT(strict_text), NULL, "a reply whose text alone differs fails"},
    {"--strict-extensions", NULL, ARGS_FLAG, AT(strict_extensions), NULL, "another offer in EHLO fails"},
    {"--strict", NULL, ARGS_FLAG, AT(strict), NULL, "inconclusive counts as a failure"},
    {"--bisect", NULL, ARGS_FLAG, AT(bisect), NULL, "for `git bisect run`: 125 where nothing could be tried"},
    {"--baseline", NULL, ARGS_TEXT, AT(baseline), "FILE", "what is known to differ (default: none)"},
    {"--out", "-o", ARGS_TEXT, AT(out), "DIR", "folder of report and evidence (default: none)"},
    {"--format", NULL, ARGS_TEXT, AT(format), "F,F", "text (default), html, json, jsonl, junit, markdown, sarif, tap"},
    {"--timeout", NULL, ARGS_TEXT, AT(timeout), "TIME", "for one conversation (default: 2m)"},
    {"--patience", NULL, ARGS_TEXT, AT(patience), "TIME",
     "how long a target that sleeps is waited for (default: what its description says, or 10s)"},
    CLI_PLACE_ROWS(AT),
    {"--i-own-this-host", NULL, ARGS_FLAG, AT(owned), NULL, "HOST:PORT is mine: no politeness is needed"},
    {"--verbose", "-v", ARGS_FLAG, AT(verbose), NULL, "each reply of each conversation"},
    {"--quiet", "-q", ARGS_FLAG, AT(quiet), NULL, "only what stops the gate, and the count"},
};

struct replay {
    const struct replay_options *o;
    const struct args_texts *paths;
    frame_forms formats;
    struct gate gate;
    struct replay_plan plan;
    struct report report;
    struct arena *arena;
    instant started;
};

/* ---- before ---- */

/* The options on which the end of a case rests. */
static const char *again(const struct replay_options *o, struct arena *arena)
{
    const char *text = frame_words("", " --keys", &o->keys, arena);
    text = frame_words(text, " --mask", &o->masks, arena);
    text = frame_words(text, " --set", &o->sets, arena);
    text = o->spool ? arena_printf(arena, "%s --spool %s", text, args_quoted(o->spool, arena)) : text;
    return arena_printf(arena, "%s%s%s%s", text, o->strict_text ? " --strict-text" : "",
                        o->strict_extensions ? " --strict-extensions" : "", o->owned ? " --i-own-this-host" : "");
}

static err set_up(struct replay *r)
{
    struct replay_plan *p = &r->plan;
    if (!r->o->target) {
        return err_syntax(0, "--target is needed: `assay target list` says which there are");
    }
    if (r->paths->count == 0) {
        return err_syntax(0, "replay: which capture? assay replay CAPTURE --target T");
    }
    if (r->o->spool && !path_is_dir(r->o->spool)) {
        return err_syntax(0, arena_printf(r->arena, "--spool %s: no such folder", r->o->spool));
    }
    TRY(frame_forms_read(r->o->format, r->arena, &r->formats));
    TRY(gate_open(&r->gate, r->o->baseline, r->arena));
    TRY(captures_streams(r->o->streams.at, r->o->streams.count, r->arena, &p->streams));
    TRY(capture_keys_read(&r->o->keys, r->paths, r->arena, &p->keys));
    TRY(replay_masks_choose(&r->o->masks, r->arena, &p->compare.masks));
    p->compare.strict_text = r->o->strict_text;
    p->compare.strict_extensions = r->o->strict_extensions;
    TRY(cli_time_read("--timeout", r->o->timeout, r->arena, &p->timeout));
    if (r->o->patience) {
        TRY(cli_time_read("--patience", r->o->patience, r->arena, &p->patience));
    }
    p->out = r->o->out;
    p->again = again(r->o, r->arena);
    p->tool = ASSAY_VERSION;
    p->target = (struct target_options){.name = r->o->target, .isolation = r->o->isolation, .seed = FRAME_SEED,
                                        .peers = r->o->peers, .owned = r->o->owned};
    for (size_t i = 0; i < r->paths->count; i++) {
        struct replay_capture *capture = vec_push(r->arena, &p->captures);
        TRY(replay_survey(r->paths->at[i], r->o->spool, &r->o->sets, p, r->arena, capture));
        if (capture->note) {
            (void)cli_complain(0, "%s", capture->note);
        }
        vec_add(r->arena, &p->target.kept, path_dir(r->arena, r->paths->at[i]));
    }
    return OK;
}

static size_t chosen(const struct replay *r)
{
    size_t count = 0;
    for (size_t i = 0; i < r->plan.captures.count; i++) {
        count += r->plan.captures.at[i].ids.count;
    }
    return count;
}

/* ---- after ---- */

/* False: the baseline has entries that mean nothing. */
static bool compare_with_baseline(struct replay *r)
{
    texts ids = {0};
    for (size_t i = 0; i < r->plan.captures.count; i++) {
        const struct replay_capture *c = &r->plan.captures.at[i];
        for (size_t k = 0; k < c->ids.count; k++) {
            vec_add(r->arena, &ids, c->ids.at[k]);
        }
    }
    return gate_apply(&r->gate, ids.at, ids.count, r->arena, &r->report);
}

static int finish(struct replay *r)
{
    bool mistaken = !compare_with_baseline(r);
    struct report_style style = {false, r->o->quiet, r->o->verbose, r->o->strict};
    err e = frame_forms_write(&r->formats, &r->report, style, r->o->out, r->arena);
    if (failed(e)) {
        return cli_complain(EXIT_ENVIRONMENT, "%s", err_text(e, r->arena));
    }
    int status = report_exit(&r->report, r->o->strict);
    return mistaken && status < EXIT_USAGE ? EXIT_USAGE : status;
}

/* ---- the verb ---- */

static int replay_all(struct replay *r, struct call *call)
{
    err e = set_up(r);
    if (failed(e)) {
        return cli_complain(e.kind == ERR_LIMIT ? EXIT_ENVIRONMENT : EXIT_USAGE, "%s", err_text(e, r->arena));
    }
    if (chosen(r) == 0) {
        return cli_complain(EXIT_USAGE, "the selection is empty: no stream of that number; "
                                        "`assay import --list CAPTURE` shows which there are");
    }
    e = target_folder(r->arena, &r->plan.target.folder);
    if (!failed(e) && r->o->out) {
        e = err_in(dir_make_all(r->o->out, 0755), r->arena, "--out %s", r->o->out);
        vec_add(r->arena, &r->plan.target.kept, r->o->out);
    }
    if (!failed(e)) {
        e = cli_work(call);
    }
    if (!failed(e)) {
        r->plan.target.work = path_join(r->arena, call->work, "target");
        vec_add(r->arena, &r->plan.target.kept, call->work);
        e = replay_run(&r->plan, call->work, r->arena, &r->report);
    }
    if (failed(e)) {
        return cli_complain_err(e, r->arena);
    }
    r->report.command = frame_command(call->argc, call->argv, r->arena);
    r->report.started = r->started;
    r->report.seed = r->plan.target.seed;
    return finish(r);
}

static bool is_bisect(int argc, char **argv)
{
    bool found = false;
    for (int i = 1; i < argc; i++) {
        found = found || strcmp(argv[i], "--bisect") == 0;
    }
    return found;
}

/* What was skipped or is inconclusive calls no commit good. */
static bool shows_nothing(const struct report *report)
{
    bool nothing = report->cases.count == 0;
    for (size_t i = 0; i < report->cases.count; i++) {
        nothing = nothing || state_shows_nothing(report->cases.at[i].state);
    }
    return nothing;
}

static int for_bisect(int argc, char **argv, int status)
{
    bool untried = status == EXIT_USAGE || status == EXIT_ENVIRONMENT;
    if (!is_bisect(argc, argv)) {
        return status;
    }
    return untried ? EXIT_BISECT_SKIP : status == EXIT_CUT_SHORT ? EXIT_BISECT_END : status;
}

static int run(struct call *call)
{
    struct replay r = {.o = call->options, .paths = &call->rest, .arena = call->arena,
                       .started = clock_now(clock_system())};
    int status = replay_all(&r, call);
    return status == EXIT_FINE && r.o->bisect && shows_nothing(&r.report) ? EXIT_ENVIRONMENT : status;
}

const struct verb cli_replay = {
    .name = "replay",
    .run = run,
    .usage = "CAPTURE --target T",
    .doc = "say a recorded client's flights again and compare",
    .example = "assay replay pcap/captures/exim-swaks-plain/traffic.pcap --target ref",
    VERB_ROWS(replay_rows),
    .options_size = sizeof(struct replay_options),
    .defaults = &(const struct replay_options){.format = "text", .timeout = "2m"},
    .translate = for_bisect,
};
