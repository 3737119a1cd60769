/* What was seen of a case, as the events of its ladder. */
#ifndef HARNESS_CASE_EVENTS_H
#define HARNESS_CASE_EVENTS_H

#include "harness/observe/observation.h"
#include "harness/transcript/transcript.h"
#include "reports/model.h"

/* The wire: openings, what was said until the other side spoke, handshakes, ends. */
void events_of_wire(const struct scenario *s, const struct transcript *t, instant start,
                    struct arena *arena, struct report_case *rc);
/* What lies in the queue when the target rests, at the instant of reading. */
void events_of_queue(const struct observation *seen, instant at, instant start, struct arena *arena,
                     struct report_case *rc);
/* Into the order of time. */
void events_sort(struct report_case *rc);

#endif
