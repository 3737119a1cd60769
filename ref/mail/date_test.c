/* Dates as they are written. */
#include "ref/mail/date.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

Test(mail_date, an_instant_in_words)
{
    static const struct {
        const char *label, *text;
        int64_t seconds;
        int offset;
    } rows[] = {
        {"observed of Exim", "Sat, 21 Nov 2026 22:24:29 +0000", 1795299869, 0},
        {"the epoch", "Thu, 01 Jan 1970 00:00:00 +0000", 0, 0},
        {"before it", "Wed, 31 Dec 1969 23:59:59 +0000", -1, 0},
        {"leap day", "Thu, 29 Feb 2024 12:00:00 +0000", 1709208000, 0},
        {"1 March of a leap year", "Fri, 01 Mar 2024 00:00:00 +0000", 1709251200, 0},
        {"1900 was no leap year", "Thu, 01 Mar 1900 00:00:00 +0000", -2203891200, 0},
        {"east, next day", "Sun, 22 Nov 2026 03:54:29 +0530", 1795299869, 330},
        {"west", "Sat, 21 Nov 2026 14:24:29 -0800", 1795299869, -480},
        {"west by less than an hour", "Sat, 21 Nov 2026 21:54:29 -0030", 1795299869, -30},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char at[MAIL_DATE_ROOM];
        mail_date_write(rows[i].seconds * NANOS_PER_SECOND, rows[i].offset, at);
        cr_expect_str_eq(at, rows[i].text, "%s", rows[i].label);
    }
}

Test(mail_date, parts_of_a_second_are_cut)
{
    char at[MAIL_DATE_ROOM];
    cr_expect_str_eq(mail_date_write(1999999999, 0, at), "Thu, 01 Jan 1970 00:00:01 +0000");
    cr_expect_str_eq(mail_date_write(-1, 0, at), "Wed, 31 Dec 1969 23:59:59 +0000");
}

Test(mail_date, the_local_zone_knows_summer_time)
{
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    cr_expect_eq(mail_zone_offset(1795299869 * NANOS_PER_SECOND), 60);
    cr_expect_eq(mail_zone_offset(1782864000 * NANOS_PER_SECOND), 120);
}
