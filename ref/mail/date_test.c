/* Dates both ways. */
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
        instant when;
        int offset;
        mail_date_write(rows[i].seconds * NANOS_PER_SECOND, rows[i].offset, at);
        cr_expect_str_eq(at, rows[i].text, "%s", rows[i].label);
        err e = mail_date_parse(span_text(rows[i].text), &when, &offset);
        cr_expect_not(failed(e), "%s: %s", rows[i].label, e.what ? e.what : "");
        cr_expect_eq(when, rows[i].seconds * NANOS_PER_SECOND, "%s", rows[i].label);
        cr_expect_eq(offset, rows[i].offset, "%s", rows[i].label);
    }
}

Test(mail_date, parts_of_a_second_are_cut)
{
    char at[MAIL_DATE_ROOM];
    cr_expect_str_eq(mail_date_write(1999999999, 0, at), "Thu, 01 Jan 1970 00:00:01 +0000");
    cr_expect_str_eq(mail_date_write(-1, 0, at), "Wed, 31 Dec 1969 23:59:59 +0000");
}

Test(mail_date, the_forms_of_rfc_5322_4_3)
{
    static const struct {
        const char *label, *text;
        int64_t seconds;
    } rows[] = {
        {"no weekday, no seconds", "21 Nov 2026 22:24 +0000", 1795299840},
        {"two digits, this century", "21 Nov 26 22:24:29 GMT", 1795299869},
        {"two digits, last century", "1 Jan 70 00:00 UT", 0},
        {"three digits", "1 Jan 070 00:00 UT", 0},
        {"named zone", "21 Nov 2026 14:24:29 PST", 1795299869},
        {"military zone says nothing", "21 Nov 2026 22:24:29 A", 1795299869},
        {"comments and folds", "Sat (x(y)) ,\n 21 Nov\t2026 22 : 24 :29 +0000 (UTC)", 1795299869},
        {"leap second", "31 Dec 2016 23:59:60 +0000", 1483228799},
        {"case", "SAT, 21 nov 2026 22:24:29 gmt", 1795299869},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        instant when = 0;
        err e = mail_date_parse(span_text(rows[i].text), &when, NULL);
        cr_expect_not(failed(e), "%s: %s at %zu", rows[i].label, e.what ? e.what : "", e.at);
        cr_expect_eq(when, rows[i].seconds * NANOS_PER_SECOND, "%s", rows[i].label);
    }
}

Test(mail_date, what_is_no_date)
{
    static const char *const rows[] = {
        "",
        "21 Nov 2026",
        "21 Nov 2026 22:24:29",
        "32 Nov 2026 22:24:29 +0000",
        "29 Feb 2026 22:24:29 +0000",
        "0 Nov 2026 22:24:29 +0000",
        "21 Nov 2026 24:00:00 +0000",
        "21 Nov 2026 22:60:00 +0000",
        "21 Nov 2026 22:24:61 +0000",
        "21 Nov 2026 22:24:29 +0060",
        "21 Nov 2026 22:24:29 +000",
        "21 Nov 2026 22:24:29 +0000 x",
        "Sun, 21 Nov 2026 22:24:29 +0000",
        "Saturday, 21 Nov 2026 22:24:29 +0000",
        "Sat 21 Nov 2026 22:24:29 +0000",
        "21 November 2026 22:24:29 +0000",
        "21 Nov 2026 22:24:29 +0000 (open",
        "21 Nov 2 22:24:29 +0000",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        instant when;
        cr_expect_eq(mail_date_parse(span_text(rows[i]), &when, NULL).kind, ERR_SYNTAX,
                     "%s", rows[i]);
    }
    instant when;
    cr_expect_eq(mail_date_parse(SPAN("1 Jan 9999 00:00 +0000"), &when, NULL).kind, ERR_LIMIT);
}

Test(mail_date, the_local_zone_knows_summer_time)
{
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    cr_expect_eq(mail_zone_offset(1795299869 * NANOS_PER_SECOND), 60);
    cr_expect_eq(mail_zone_offset(1782864000 * NANOS_PER_SECOND), 120);
}
