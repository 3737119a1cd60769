/* Child processes of the judge: run one to its end, start one that stays, see what all of them do.
   assay is the subreaper of everything that a target leaves behind, so nothing escapes by forking
   away, and "all sleep" is a fact about the whole target. */
#ifndef HARNESS_TARGET_PROCESS_H
#define HARNESS_TARGET_PROCESS_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "base/vec.h"

#include <signal.h>
#include <sys/types.h>

struct command {
    const char *const *argv; /* NULL-ended; argv[0] is a path, or found in PATH */
    const char *const *env;  /* NULL-ended "NAME=value" lines, added to the environment; or NULL */
    const char *dir;         /* working folder, or NULL */
    span input;              /* standard input */
    const char *output_path; /* appended; NULL: read back (command_run), or as error_path */
    const char *error_path;  /* standard error is appended there; NULL: inherited */
    millis wait;             /* command_run: longest time */
    bool stoppable;          /* command_run: an interrupt that is held ends it, ERR_CLOSED */
};

/* How it ended. */
struct ended {
    int status;   /* exit status, or -1 */
    int signal;   /* or 0 */
};

/* Runs to the end. output may be NULL. ERR_TIMEOUT: it was killed; ERR_IO: it could not be
   started. */
err command_run(const struct command *c, struct arena *arena, span *output,
                struct ended *how) MUST_CHECK;
/* Starts and returns. */
err command_start(const struct command *c, struct arena *arena, pid_t *pid) MUST_CHECK;

/* From now on SIGINT, SIGTERM and SIGHUP are held, so that what was done until then can be kept; who holds them
   looks for them. */
sigset_t process_hold_interrupts(void);
bool process_interrupted(void);

/* From now on orphans below this process become its children. */
err process_become_subreaper(void) MUST_CHECK;

typedef VEC(pid_t) pids;
/* Every living process below `root` (not root itself), zombies left out. */
void process_descendants(pid_t root, struct arena *arena, pids *found);
/* Asks all descendants of this process to end, waits up to `grace`, then kills what is left, and
   reaps. False: some had to be killed. */
bool process_end_all(millis grace, struct arena *arena);
/* SIGKILL at once, and reap. */
void process_kill_all(struct arena *arena);

#endif
