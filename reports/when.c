/* The calendar by itself: the C library's reading of dates takes the 31st of February for March,
   and a baseline that expires on a day that does not exist would never tell its author. */
#include "reports/when.h"

#include "base/cursor.h"

#include <time.h>

/* Instants are nanoseconds in 64 bits, which end in 2262; years outside are refused. */
enum { FIRST_YEAR = 1900, LAST_YEAR = 2200 };

static bool take_number(struct cursor *c, size_t digits, int low, int high, int *value)
{
    span text;
    uint64_t number;
    if (!cursor_take_count(c, digits, &text) || !span_to_u64(text, &number)) {
        return false;
    }
    *value = (int)number;
    return *value >= low && *value <= high;
}

static bool take_day(struct cursor *c, struct tm *day)
{
    int year;
    int month;
    *day = (struct tm){0};
    if (!take_number(c, 4, FIRST_YEAR, LAST_YEAR, &year) || !cursor_take_byte(c, '-') ||
        !take_number(c, 2, 1, 12, &month) || !cursor_take_byte(c, '-') ||
        !take_number(c, 2, 1, 31, &day->tm_mday)) {
        return false;
    }
    day->tm_year = year - 1900;
    day->tm_mon = month - 1;
    return true;
}

/* timegm moves what is out of range into the next month: then it was no day of the calendar. */
static bool to_instant(const struct tm *wanted, instant *t)
{
    struct tm tm = *wanted;
    time_t seconds = timegm(&tm);
    *t = (instant)seconds * NANOS_PER_SECOND;
    return tm.tm_mday == wanted->tm_mday && tm.tm_mon == wanted->tm_mon;
}

static bool take_fraction(struct cursor *c, instant *nanos)
{
    span digits;
    *nanos = 0;
    if (!cursor_take_byte(c, '.')) {
        return true;
    }
    if (!cursor_take_while(c, ascii_is_digit, &digits)) {
        return false;
    }
    instant worth = NANOS_PER_SECOND;
    for (size_t i = 0; i < digits.len && worth > 1; i++) {
        worth /= 10;
        *nanos += worth * (digits.at[i] - '0');
    }
    return true;
}

bool when_day_parse(span text, instant *t)
{
    struct cursor c = cursor_of(text);
    struct tm day;
    return take_day(&c, &day) && cursor_at_end(&c) && to_instant(&day, t);
}

bool when_parse(span text, instant *t)
{
    struct cursor c = cursor_of(text);
    struct tm tm;
    instant nanos;
    if (!take_day(&c, &tm) || !cursor_take_byte(&c, 'T') ||
        !take_number(&c, 2, 0, 23, &tm.tm_hour) || !cursor_take_byte(&c, ':') ||
        !take_number(&c, 2, 0, 59, &tm.tm_min) || !cursor_take_byte(&c, ':') ||
        !take_number(&c, 2, 0, 59, &tm.tm_sec) || !take_fraction(&c, &nanos) ||
        !cursor_take_byte(&c, 'Z') || !cursor_at_end(&c) || !to_instant(&tm, t)) {
        return false;
    }
    *t += nanos;
    return true;
}

void when_put(instant t, struct buf *out)
{
    time_t seconds = (time_t)(t / NANOS_PER_SECOND);
    instant rest = t % NANOS_PER_SECOND;
    if (rest < 0) {
        rest += NANOS_PER_SECOND;
        seconds--;
    }
    struct tm tm = {0};
    (void)gmtime_r(&seconds, &tm);
    buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
               tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(rest / NANOS_PER_MILLI));
}
