/* date-time of RFC 5322 3.3. */
#ifndef REF_MAIL_DATE_H
#define REF_MAIL_DATE_H

#include "base/clock.h"

#define MAIL_DATE_ROOM 48

/* Minutes east of UTC in the process's zone (TZ) at that moment. */
int mail_zone_offset(instant when);

/* "Sat, 21 Nov 2026 22:24:29 +0000", NUL-ended; offset in minutes east. Gives at. */
const char *mail_date_write(instant when, int offset, char at[static MAIL_DATE_ROOM]);

#endif
