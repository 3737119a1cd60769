/* Dates as RFC 5322 3.3 writes them. The calendar is counted here, since mktime() would ask the process's zone. */
#include "ref/mail/date.h"

#include <stdio.h>
#include <time.h>

#define DAY_SECONDS INT64_C(86400)

static const char day_names[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct civil {
    int64_t year;
    unsigned month, day; /* 1 to 12, 1 to 31 */
};

/* Days since 1970-01-01. The year is thought to begin in March, so that the leap day is its last;
   400 years have 146097 days. */
static int64_t days_of(struct civil c)
{
    int64_t year = c.month <= 2 ? c.year - 1 : c.year;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t in_era = year - era * 400;
    int64_t from_march = (c.month + 9) % 12;
    int64_t in_year = (153 * from_march + 2) / 5 + c.day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static struct civil civil_of(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t in_era = days - era * 146097;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t from_march = (5 * in_year + 2) / 153;
    unsigned day = (unsigned)(in_year - (153 * from_march + 2) / 5 + 1);
    unsigned month = (unsigned)(from_march < 10 ? from_march + 3 : from_march - 9);
    return (struct civil){year + era * 400 + (month <= 2), month, day};
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

int mail_zone_offset(instant when)
{
    time_t seconds = (time_t)floor_div(when, NANOS_PER_SECOND);
    struct tm local;
    return localtime_r(&seconds, &local) ? (int)(local.tm_gmtoff / 60) : 0;
}

const char *mail_date_write(instant when, int offset, char at[static MAIL_DATE_ROOM])
{
    int64_t seconds = floor_div(when, NANOS_PER_SECOND) + (int64_t)offset * 60;
    int64_t low = days_of((struct civil){1, 1, 1}) * DAY_SECONDS;
    int64_t high = days_of((struct civil){10000, 1, 1}) * DAY_SECONDS - 1;
    seconds = seconds < low ? low : seconds > high ? high : seconds;
    int64_t days = floor_div(seconds, DAY_SECONDS);
    unsigned in_day = (unsigned)(seconds - days * DAY_SECONDS);
    struct civil c = civil_of(days);
    unsigned west = offset < 0 ? (unsigned)-offset : (unsigned)offset;
    snprintf(at, MAIL_DATE_ROOM, "%s, %02u %s %04u %02u:%02u:%02u %c%02u%02u",
             day_names[((days + 4) % 7 + 7) % 7], c.day, month_names[c.month - 1],
             (unsigned)c.year, in_day / 3600, in_day / 60 % 60, in_day % 60, offset < 0 ? '-' : '+',
             west / 60 % 100, west % 60);
    return at;
}
