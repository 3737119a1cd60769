/* The options of `run` and `list`, read and checked. */
#ifndef HARNESS_CLI_RUN_OPTIONS_H
#define HARNESS_CLI_RUN_OPTIONS_H

#include "harness/cli/case.h"
#include "harness/cli/frame.h"
#include "harness/cli/select.h"

struct run_options {
    struct args_texts targets;
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
    const char *isolation;
    const char *peers;
    const char *ask, *verifier, *verdict; /* of `vectors` */
    bool strict, dry_run, verbose, quiet, owned, why_skipped;
    struct args_texts paths;

    /* made of them */
    VEC(const char *) names; /* targets, commas taken apart */
    millis timeout_ms;
    enum keep keep_what;
    bool random;
    bool text; /* the text form goes to standard output */
    frame_forms formats;
};

extern const struct args_option cli_run_option_rows[];
extern const size_t cli_run_option_count;
extern const struct args_option cli_list_option_rows[];
extern const size_t cli_list_option_count;

/* ERR_SYNTAX with a sentence that says what to do. */
err cli_run_options_read(const struct args_option *rows, size_t count, int argc, char **argv,
                     struct arena *arena, struct run_options *o) MUST_CHECK;

#endif
