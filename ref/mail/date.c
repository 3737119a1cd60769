/* Dates as RFC 5322 3.3 writes them. The offset is added before the calendar is asked, which so knows no zone. */
#include "ref/mail/date.h"

#include <stdio.h>
#include <time.h>

/* A moment before 1970 has begun its second, too. */
static time_t seconds_of(instant when)
{
    return (time_t)(when / NANOS_PER_SECOND - (when % NANOS_PER_SECOND < 0));
}

int mail_zone_offset(instant when)
{
    time_t seconds = seconds_of(when);
    struct tm local;
    return localtime_r(&seconds, &local) ? (int)(local.tm_gmtoff / 60) : 0;
}

const char *mail_date_write(instant when, int offset, char at[static MAIL_DATE_ROOM])
{
    time_t seconds = seconds_of(when) + (time_t)offset * 60;
    unsigned apart = offset < 0 ? (unsigned)-offset : (unsigned)offset;
    struct tm parts;
    (void)gmtime_r(&seconds, &parts);
    size_t len = strftime(at, MAIL_DATE_ROOM, "%a, %d %b %Y %H:%M:%S", &parts);
    (void)snprintf(at + len, MAIL_DATE_ROOM - len, " %c%02u%02u", offset < 0 ? '-' : '+',
                   apart / 60 % 100, apart % 60);
    return at;
}
