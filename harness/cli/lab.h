/* A bench for texts that are made while others run: one worker with one target, which plays whatever it is
   given, one after another. A target that dies takes nothing with it, since the worker is begun anew. */
#ifndef HARNESS_CLI_LAB_H
#define HARNESS_CLI_LAB_H

#include "harness/cli/worker.h"

struct lab {
    struct arena *arena; /* set by lab_open */
    struct worker_plan plan;
    struct worker worker;
    struct scenario_set none;
    const char *work;
    const char *text_file; /* what is to be played lies there */
    const char *seen_file; /* what `seen` wrote about it */
    const char *name, *id; /* of the text, for messages and reports */
    const char *version;   /* of the target */
    uint64_t played;
    int signals;
    bool stopped; /* by a signal */
};

struct lab_options {
    const char *target;
    const char *isolation, *peers;
    const char *work;  /* a folder that is there; the lab's own are made below it */
    const char *name, *id;
    unsigned block;    /* of addresses and ports: another one for each lab */
    bool owned;
    millis timeout, patience; /* 0: what the target's description says */
    const struct registry *registry;
    /* In the worker, behind each play: writes into out what lab_try hands back. NULL: nothing. */
    void (*seen)(const struct case_seen *seen, struct buf *out);
};

/* ERR_SYNTAX: no such target; others: it cannot be started, what says why. */
err lab_open(struct lab *l, const struct lab_options *o, struct arena *arena) MUST_CHECK;
/* Plays the one case that text makes. *seen (or NULL) and texts in rc live in arena. ERR_CLOSED:
   interrupted; others: the target cannot be had any more. A worker that ended or hung is an error of
   the case, and a new one stands for the next. */
err lab_try(struct lab *l, span text, struct arena *arena, struct report_case *rc,
            span *seen) MUST_CHECK;
/* From the next play on; the target is started anew. */
void lab_patience(struct lab *l, millis patience);
void lab_close(struct lab *l);

#endif
