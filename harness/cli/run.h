/* A run of cases that somebody else selected: with workers, report, baseline and exit status as
   `assay run` has them. */
#ifndef HARNESS_CLI_RUN_H
#define HARNESS_CLI_RUN_H

#include "harness/cli/run_options.h"

struct run_task {
    const char *again; /* "assay vectors DIR ...": the command that repeats, without --only; NULL: assay run */
    /* No target is started; what stands in its place, for the report. NULL: targets are. */
    const char *in_place;
    /* In the worker: judges the case by itself. False: it is to be played. NULL: all are. */
    bool (*judge)(void *context, const struct scenario *s, struct arena *arena,
                  struct report_case *rc);
    /* The baseline's entry is about what was read; where ids do not follow the paths. NULL: they do. */
    bool (*covers)(const void *context, const char *id);
    void *context;
    const struct play_courtesy *courtesy; /* towards host:port, or NULL */
    /* Is shown the whole report once it is written, with the exit status that it calls for; gives the one
       to end with. NULL: nobody. */
    int (*finish)(void *context, const struct report *r, int status);
};

/* The exit status. call->options: checked run_options. selected: what it came to to select. */
int cli_run_selected(struct call *call, err selected, const struct selection *sel, const struct run_task *task);

#endif
