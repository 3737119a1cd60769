/* What a target leaves behind, at the moment it does: lines of its logs, files of its spool and
   mailboxes. For the ladder only; verdicts are made of what is read when the target rests. */
#ifndef HARNESS_CASE_WATCH_H
#define HARNESS_CASE_WATCH_H

#include "harness/target/target.h"
#include "reports/model.h"

struct watch;

/* NULL where it cannot be done (no inotify, an external target): nothing is then seen aside. */
struct watch *watch_begin(const struct target *t, struct arena *arena);
/* Ends it and adds what was seen, in microseconds since start. w may be NULL. */
void watch_end(struct watch *w, instant start, struct arena *arena, struct report_case *rc);

#endif
