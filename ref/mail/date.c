/* Dates as RFC 5322 3.3 writes them, and a reader that also takes what 4.3 still obliges to take:

     date-time   = [ day-of-week "," ] day month year hour ":" minute [ ":" second ] zone
     zone        = ( "+" / "-" ) 4DIGIT / obs-zone
     obs-year    = 2*DIGIT: 00-49 is 20xx, 50-99 and three digits are 19xx

   The calendar is counted here, since mktime() would ask the process's zone. */
#include "ref/mail/date.h"

#include "base/cursor.h"

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

static unsigned month_length(int64_t year, unsigned month)
{
    static const unsigned lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] + (month == 2 && leap);
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

/* CFWS: blanks, folds and nested comments, possibly none. False for a comment without an end. */
static bool skip_cfws(struct cursor *c)
{
    size_t depth = 0;
    for (;;) {
        int next = cursor_peek(c);
        bool blank = next == ' ' || next == '\t' || next == '\r' || next == '\n';
        if (next < 0 || (depth == 0 && !blank && next != '(')) {
            return depth == 0;
        }
        depth += next == '(';
        depth -= next == ')';
        c->pos += next == '\\' && cursor_left(c) > 1 ? 2 : 1;
    }
}

static bool take_name(struct cursor *c, const char (*names)[4], unsigned count, unsigned *index)
{
    for (*index = 0; *index < count; ++*index) {
        if (cursor_take_caseless(c, span_text(names[*index]))) {
            return cursor_peek(c) < 0 || !ascii_is_alpha((unsigned char)cursor_peek(c));
        }
    }
    return false;
}

/* Between least and most digits. */
static bool take_digits(struct cursor *c, size_t least, size_t most, unsigned *value)
{
    size_t count = 0;
    *value = 0;
    while (count < most && cursor_peek(c) >= '0' && cursor_peek(c) <= '9') {
        *value = *value * 10 + (unsigned)(cursor_peek(c) - '0');
        c->pos++;
        count++;
    }
    return count >= least;
}

static err take_day(struct cursor *c, struct civil *day, unsigned *week_day)
{
    unsigned month;
    unsigned year;
    *week_day = 7;
    if (cursor_peek(c) >= 0 && ascii_is_alpha((unsigned char)cursor_peek(c))) {
        if (!take_name(c, day_names, 7, week_day) || !skip_cfws(c) || !cursor_take_byte(c, ',')) {
            return err_syntax(c->pos, "date: day of the week expected (RFC 5322 3.3)");
        }
    }
    if (!skip_cfws(c) || !take_digits(c, 1, 2, &day->day) || !skip_cfws(c)) {
        return err_syntax(c->pos, "date: day of the month expected (RFC 5322 3.3)");
    }
    if (!take_name(c, month_names, 12, &month) || !skip_cfws(c)) {
        return err_syntax(c->pos, "date: month expected (RFC 5322 3.3)");
    }
    size_t start = c->pos;
    if (!take_digits(c, 2, 4, &year)) {
        return err_syntax(c->pos, "date: year expected (RFC 5322 3.3)");
    }
    size_t digits = c->pos - start;
    day->year = digits == 4 ? year : digits == 3 || year >= 50 ? year + 1900 : year + 2000;
    day->month = month + 1;
    if (day->year < 1 || day->day < 1 || day->day > month_length(day->year, day->month)) {
        return err_syntax(start, "date: no such day (RFC 5322 3.3)");
    }
    return OK;
}

static err take_time(struct cursor *c, int64_t *seconds)
{
    unsigned hour;
    unsigned minute;
    unsigned second = 0;
    if (!skip_cfws(c) || !take_digits(c, 2, 2, &hour) || !skip_cfws(c) ||
        !cursor_take_byte(c, ':') || !skip_cfws(c) || !take_digits(c, 2, 2, &minute) ||
        !skip_cfws(c)) {
        return err_syntax(c->pos, "date: hour:minute expected (RFC 5322 3.3)");
    }
    if (cursor_take_byte(c, ':') &&
        (!skip_cfws(c) || !take_digits(c, 2, 2, &second) || !skip_cfws(c))) {
        return err_syntax(c->pos, "date: seconds expected (RFC 5322 3.3)");
    }
    if (hour > 23 || minute > 59 || second > 60) {
        return err_syntax(c->pos, "date: no such time of day (RFC 5322 3.3)");
    }
    *seconds = hour * 3600 + minute * 60 + (second == 60 ? 59 : second);
    return OK;
}

/* obs-zone, RFC 5322 4.3. The military letters say nothing, so they and unknown names are -0000. */
static const struct {
    const char *name;
    int hours;
} zones[] = {
    {"UT", 0}, {"GMT", 0}, {"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7},
    {"MDT", -6}, {"PST", -8}, {"PDT", -7},
};

static err take_zone(struct cursor *c, int *offset)
{
    bool west = cursor_peek(c) == '-';
    unsigned digits;
    *offset = 0;
    if (cursor_take_byte(c, '+') || cursor_take_byte(c, '-')) {
        if (!take_digits(c, 4, 4, &digits) || digits % 100 > 59) {
            return err_syntax(c->pos, "date: zone is not +hhmm (RFC 5322 3.3)");
        }
        int minutes = (int)(digits / 100 * 60 + digits % 100);
        *offset = west ? -minutes : minutes;
        return OK;
    }
    span name;
    if (!cursor_take_while(c, ascii_is_alpha, &name)) {
        return err_syntax(c->pos, "date: zone expected (RFC 5322 3.3)");
    }
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        if (span_eq_caseless(name, span_text(zones[i].name))) {
            *offset = zones[i].hours * 60;
        }
    }
    return OK;
}

err mail_date_parse(span text, instant *when, int *offset)
{
    struct cursor c = cursor_of(text);
    struct civil day;
    unsigned week_day;
    int64_t in_day;
    int zone;
    if (!skip_cfws(&c)) {
        return err_syntax(c.pos, "date: a comment without end (RFC 5322 3.2.2)");
    }
    TRY(take_day(&c, &day, &week_day));
    TRY(take_time(&c, &in_day));
    TRY(take_zone(&c, &zone));
    if (!skip_cfws(&c) || !cursor_at_end(&c)) {
        return err_syntax(c.pos, "date: something follows the zone");
    }
    int64_t days = days_of(day);
    if (week_day < 7 && ((days + 4) % 7 + 7) % 7 != week_day) {
        return err_syntax(0, "date: another day of the week (RFC 5322 3.3)");
    }
    int64_t seconds = days * DAY_SECONDS + in_day - (int64_t)zone * 60;
    if (seconds > INT64_MAX / NANOS_PER_SECOND || seconds < INT64_MIN / NANOS_PER_SECOND) {
        return (err){.kind = ERR_LIMIT, .what = "date: outside the years 1678 to 2262"};
    }
    *when = seconds * NANOS_PER_SECOND;
    if (offset) {
        *offset = zone;
    }
    return OK;
}
