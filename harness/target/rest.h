/* Whether everything below a process sleeps: asked twice a case and more, so it must be cheap. The files
   of /proc that tell are kept open from one look to the next; a look is one read for each thread's state,
   one for its list of children, and one stat for each process. */
#ifndef HARNESS_TARGET_REST_H
#define HARNESS_TARGET_REST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct rest_watch;

/* The processes below root; root's own threads are the judge's and do not count. */
struct rest_watch *rest_watch_new(pid_t root);
void rest_watch_free(struct rest_watch *w); /* NULL is fine */

/* True if every thread below sleeps, or waits for a child (state S; one that waits for a disk, D, is
   at work). *count: the processes seen, zombies included. Threads may ask at once. */
bool rest_look(struct rest_watch *w, size_t *count);
/* The same, and nothing has run since this was asked last: whoever works and sleeps in turn is seen to
   work. The first answer is no. */
bool rest_still(struct rest_watch *w, size_t *count);

#endif
