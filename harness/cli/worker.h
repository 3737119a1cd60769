/* A worker: a process with one target in one isolation. The parent hands it case numbers, it hands
   back what they came to; killed at any moment, it takes nothing with it but its own case. */
#ifndef HARNESS_CLI_WORKER_H
#define HARNESS_CLI_WORKER_H

#include "harness/case/case.h"
#include "harness/scenario/read.h"

#include <sys/types.h>

struct run_task; /* harness/cli/run.h */

/* What every worker of a run knows. */
struct worker_plan {
    const struct scenario_set *set;
    struct target_options target; /* name, block and work are set for each worker */
    struct target_options receiver; /* the same of a pair's second target; its name NULL: no pair */
    struct case_stage stage;      /* target and capture are set in the worker */
    bool only_describe;           /* list: say what lacks, run nothing */
    const struct run_task *task;  /* or NULL */
    /* In the worker: what order number `number` is about, made anew for each; NULL: none. In place of
       the cases of set, where it is given. */
    const struct scenario *(*made)(void *maker, uint64_t number, struct arena *arena);
    void *maker;
};

enum word_kind { WORD_HELLO = 'H', WORD_REFUSED = 'R', WORD_CASE = 'C' };

struct worker {
    pid_t pid;       /* 0: none */
    pid_t far;       /* the process of a pair's receiver, or 0 */
    int socket;      /* case numbers go there; words come from there, and its end */
    size_t target;   /* index into the run's targets */
    bool idle;
    bool greeted;
    size_t item;     /* what it works on */
    millis deadline; /* clock_ticks by which its case must be over */
};

/* Forks. The child never returns. */
err worker_start(const struct worker_plan *plan, struct worker *w) MUST_CHECK;
err worker_give(struct worker *w, size_t case_index, size_t number) MUST_CHECK;
/* The next word. HELLO: the target without its name, and text is its isolation; CASE: the result;
   REFUSED: text is the reason and status the exit status that it calls for. ERR_CLOSED: the worker is
   gone. */
struct worker_word {
    enum word_kind kind;
    struct report_target target;
    struct report_case result;
    const char *text;
    int status;
};
err worker_hear(struct worker *w, struct arena *arena, struct worker_word *word) MUST_CHECK;
/* Ends it in peace: it stops its target first. True if it had a last word, REFUSED: the target
   ended badly. */
bool worker_release(struct worker *w, struct arena *arena, struct worker_word *last);
/* Ends it and everything below it at once. */
void worker_kill(struct worker *w, struct arena *arena);

/* Opens the capture that fits a target's isolation; a NULL capture with the reason when it cannot
   be. */
void worker_capture(const struct target *t, struct arena *arena, struct capture **c,
                    const char **why);

#endif
