/* The judge's own name server, for targets: answers from the rows of the case and the addresses of its
   actors, says NXDOMAIN to everything else, and keeps a line for each question. It runs in a thread of
   its own, since verbs of the target ask while they are waited for. */
#ifndef HARNESS_TARGET_DNSD_H
#define HARNESS_TARGET_DNSD_H

#include "harness/target/dnsd_zone.h"

struct dnsd;

/* Listens on UDP and TCP. ERR_IO: the place is taken or not ours. */
err dnsd_start(const char *host, uint16_t port, struct arena *arena, struct dnsd **d) MUST_CHECK;
/* From now on these rows; the questions so far are forgotten. z lives until the next call, or until
   dnsd_stop. NULL: no rows. */
void dnsd_serve(struct dnsd *d, const struct dnsd_zone *z);
/* A question is there that has no answer yet, or one is left unanswered as a row wants it and whoever
   asked still waits for it. */
bool dnsd_owes(struct dnsd *d);
/* "udp mx.dest.test. A: answered", a line for each question. */
span dnsd_questions(struct dnsd *d, struct arena *arena);
void dnsd_stop(struct dnsd *d); /* NULL is fine */

#endif
