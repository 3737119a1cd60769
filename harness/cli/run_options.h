/* The options of `run` and `list`, read and checked. */
#ifndef HARNESS_CLI_RUN_OPTIONS_H
#define HARNESS_CLI_RUN_OPTIONS_H

#include "harness/case/case.h"
#include "harness/cli/frame.h"
#include "harness/cli/select.h"

struct run_options {
    struct args_texts targets;
    struct args_texts senders, receivers; /* of `matrix`, in place of targets */
    struct selection_options select;
    uint64_t jobs;
    uint64_t seed;
    const char *order;
    uint64_t repeat;
    bool until_fail;
    const char *timeout;
    const char *keep;
    const char *out;
    const char *format;
    const char *baseline;
    const char *since;
    const char *run_id;
    const char *isolation;
    const char *peers;
    const char *ask, *verifier, *verdict; /* of `vectors` */
    bool strict, dry_run, verbose, quiet, owned, why_skipped;
    bool codes; /* of `diff` */
    struct args_texts rcpts; /* of `check` */
    const char *name;        /* likewise */
    struct args_texts paths;

    /* made of them */
    texts names; /* targets, commas taken apart */
    millis timeout_ms;
    enum keep keep_what;
    bool random;
    bool text; /* the text form goes to standard output */
    frame_forms formats;
};

/* Rows of --help that every verb which runs cases has: how long, where to, against what is known. */
#define CLI_RUN_ROWS(AT) \
    {"--timeout", NULL, ARGS_TEXT, AT(timeout), "TIME", \
     "for one case, such as 60s (default) or 2m"}, \
    {"--keep", NULL, ARGS_TEXT, AT(keep), "all|fail|none", \
     "of which cases evidence is kept (default: fail)"}, \
    {"--out", "-o", ARGS_TEXT, AT(out), "DIR", \
     "folder of report and evidence (default: out/report)"}, \
    {"--format", NULL, ARGS_TEXT, AT(format), "F,F", \
     "text,json (default), html, jsonl, junit, markdown, sarif, tap"}, \
    {"--baseline", NULL, ARGS_TEXT, AT(baseline), "FILE", "what is known to fail (default: none)"}, \
    {"--changed-since", NULL, ARGS_TEXT, AT(since), "REPORT", \
     "only what is worse than in that report.json stops the gate"}, \
    {"--run-id", NULL, ARGS_TEXT, AT(run_id), "TEXT", \
     "what all shards of a run are called, such as the number of a CI run"}, \
    CLI_PLACE_ROWS(AT), \
    {"--i-own-this-host", NULL, ARGS_FLAG, AT(owned), NULL, \
     "also impolite topics against HOST:PORT"}, \
    {"--strict", NULL, ARGS_FLAG, AT(strict), NULL, "warn and inconclusive count as failures"}, \
    {"--dry-run", NULL, ARGS_FLAG, AT(dry_run), NULL, "say what would run, run nothing"}, \
    {"--verbose", "-v", ARGS_FLAG, AT(verbose), NULL, "each check of each case"}, \
    {"--quiet", "-q", ARGS_FLAG, AT(quiet), NULL, "only what stops the gate, and the count"}

/* Of a verb that runs cases; what stands behind is its own. */
#define CLI_RUN_OPTIONS(...)                                                                       \
    .options_size = sizeof(struct run_options),                                                    \
    .defaults = &(const struct run_options){.repeat = 1, .seed = FRAME_SEED, .timeout = "60s",     \
                                            .out = "out/report", __VA_ARGS__}

/* What the options of the call make together; paths: the words that are none. wanted: a --target must be named,
   where nothing stands in its place. ERR_SYNTAX with a sentence that says what to do. */
err cli_run_options_check(struct call *call, bool wanted) MUST_CHECK;

/* "60s", "2m", "500ms"; a number alone is seconds. ERR_SYNTAX: no time, or none at all. */
err cli_time_read(const char *option, const char *value, struct arena *arena, millis *time) MUST_CHECK;
/* ERR_SYNTAX: the name is there already. */
err cli_name_add(const char *option, const char *name, struct arena *arena, texts *names) MUST_CHECK;
/* What stands in lists "A,B", commas taken apart. ERR_SYNTAX: an empty name, or one twice. */
err cli_names_read(const char *option, const struct args_texts *lists, struct arena *arena,
                   texts *names) MUST_CHECK;

#endif
