/* The shards of one run made into the report that one worker would have given. */
#ifndef REPORTS_MERGE_H
#define REPORTS_MERGE_H

#include "base/err.h"
#include "reports/model.h"

struct report_part {
    const char *name; /* the file, for messages */
    struct report report;
};
typedef VEC(struct report_part) report_parts;

/* Cases in the order of the selection, whatever the order of parts. What differs from the report of
   one worker: run.started (the earliest), run.command (left out), every wall_ms and events[].at_us.
   A part that is cut short makes a whole that is. ERR_SYNTAX with the remedy: a shard is missing or
   there twice, or the parts are of different runs, tools or versions of a target. Borrows the
   texts of parts. */
err report_merge(const report_parts *parts, struct arena *arena, struct report *whole) MUST_CHECK;

/* Sorts targets by their first case, so that the order in which they came up does not show. */
void report_targets_order(struct report *r, struct arena *arena);

#endif
