/* The receiver of a pair: another process, in an isolation of its own, that serves one target to the process
   of the sender. Namespaces belong to processes, and a target counts all that is below its process as its
   own: so there are two, and a socket between them over which connections travel too. */
#ifndef HARNESS_INTEROP_FAR_H
#define HARNESS_INTEROP_FAR_H

#include "harness/scenario/read.h"
#include "harness/target/target.h"

/* In the receiver's process: opens the target and serves until the socket closes. Never fails: what went
   wrong is told over the socket. */
void far_serve(int socket, const struct target_options *o, const struct scenario_set *set);

/* ---- in the sender's process; any thread may ask ---- */

struct far;

struct far_hello {
    const char *version;
    const char *isolation;
    texts caps;
    millis patience;
};

/* Waits until the receiver is open. As target_open: ERR_DEFER, it is not there. pid: its process. */
err far_open(int socket, pid_t pid, struct arena *arena, struct far **f) MUST_CHECK;
const struct far_hello *far_tells(const struct far *f);
/* Why the case cannot run on it, or NULL. index: of the case in the set. */
const char *far_lacks(struct far *f, size_t index, struct arena *arena);
err far_ready(struct far *f, size_t index, struct arena *arena) MUST_CHECK;
/* A new connection to its SMTP port. */
err far_dial(struct far *f, int *fd) MUST_CHECK;
bool far_asleep(struct far *f);
bool far_rests(struct far *f);
/* How it died; NULL while it lives. */
const char *far_death(struct far *f, struct arena *arena);
/* Its mails, and its queue, added to seen. */
err far_observe(struct far *f, struct arena *arena, struct observation *seen) MUST_CHECK;
err far_evidence(struct far *f, const char *folder) MUST_CHECK;
/* Stops the target and ends the process's service. *what: how badly it ended, or NULL. f may be NULL. */
void far_close(struct far *f, struct arena *arena, const char **what);

#endif
