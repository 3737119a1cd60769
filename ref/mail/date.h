/* date-time of RFC 5322 3.3 and 4.3. */
#ifndef REF_MAIL_DATE_H
#define REF_MAIL_DATE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

#define MAIL_DATE_ROOM 48

/* Minutes east of UTC in the process's zone (TZ) at that moment. */
int mail_zone_offset(instant when);

/* "Sat, 21 Nov 2026 22:24:29 +0000", NUL-ended; offset in minutes east. Years 1 to 9999; others
   are cut to that. Gives at. */
const char *mail_date_write(instant when, int offset, char at[static MAIL_DATE_ROOM]);

/* Reads a date-time: day of week optional but true when given, seconds optional (60 is read as 59),
   obsolete years and zones, comments and folding between the parts. *offset may be NULL.
   ERR_SYNTAX with the offset. */
err mail_date_parse(span text, instant *when, int *offset) MUST_CHECK;

#endif
