/* Instants and days as they stand in reports and baselines: RFC 3339, UTC. */
#ifndef REPORTS_WHEN_H
#define REPORTS_WHEN_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/span.h"

/* "2026-05-01T12:00:00.250Z", to the millisecond. */
void when_put(instant t, struct buf *out);
/* The same back; any number of digits behind the point, or none. False if it is no such time. */
bool when_parse(span text, instant *t);
/* "2026-05-01": its first moment. False for days that no calendar has. */
bool when_day_parse(span text, instant *t);

#endif
