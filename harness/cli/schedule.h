/* Hands cases to workers and gathers what comes back. */
#ifndef HARNESS_CLI_SCHEDULE_H
#define HARNESS_CLI_SCHEDULE_H

#include "harness/cli/worker.h"

/* One case on one target, once. */
struct item {
    size_t case_index;
    size_t target;
    size_t place; /* report_case.place */
    uint64_t key; /* hash of settings and configuration: same key, same running target */
    enum { ITEM_WAITS, ITEM_RUNS, ITEM_OVER } stage;
    struct report_case result;
};

struct schedule {
    struct arena *arena; /* results */
    struct worker_plan plan;
    size_t jobs;
    const char *work; /* folder for the workers' own folders */
    VEC(const char *) targets;
    VEC(struct item) items;
    /* filled in */
    struct report *report; /* targets are added as their first worker greets */
    bool stopped;          /* SIGINT or SIGTERM */
    int status;            /* what refusals call for: 0, 3 or 4 */
    void (*done)(void *context, const struct item *item, size_t over); /* after each case */
    void *context;
};

/* Runs every item. ERR_IO: processes or sockets cannot be had, or a HOST:PORT does not answer at all. */
err schedule_run(struct schedule *s) MUST_CHECK;
uint64_t schedule_key(const struct scenario *s);

#endif
