/* Days that exist, and times there and back. */
#include "reports/when.h"

#include <criterion/criterion.h>

Test(reports_when, days_are_those_of_the_calendar)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"2026-05-01", true},   {"2028-02-29", true},   {"2027-02-29", false}, {"2026-04-31", false},
        {"2026-00-10", false},  {"2026-13-01", false},  {"2026-1-01", false},  {"2026-01-001", false},
        {"26-01-01", false},    {"2026/01/01", false},  {"", false},           {"9999-01-01", false},
        {"+026-01-01", false},  {"2026-01-01T", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        instant t;
        cr_expect_eq(when_day_parse(span_text(rows[i].text), &t), rows[i].ok, "%s", rows[i].text);
    }
    instant t = 0;
    cr_assert(when_day_parse(SPAN("1970-01-02"), &t));
    cr_assert_eq(t, INT64_C(86400) * NANOS_PER_SECOND);
}

Test(reports_when, a_time_comes_back_as_it_went)
{
    static const instant times[] = {0, 1, -1, INT64_C(1777636800250) * NANOS_PER_MILLI,
                                    -INT64_C(1500) * NANOS_PER_MILLI};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct buf b;
        buf_init(&b, 64);
        when_put(times[i], &b);
        instant t = 99;
        cr_expect(when_parse(buf_span(&b), &t), "%.*s", SPAN_FMT(buf_span(&b)));
        instant lost = times[i] - t;
        cr_expect(lost >= 0 && lost < NANOS_PER_MILLI, "%.*s", SPAN_FMT(buf_span(&b)));
        buf_wipe(&b);
    }
    instant t;
    cr_assert(when_parse(SPAN("2026-05-01T12:00:00Z"), &t));
    cr_assert_not(when_parse(SPAN("2026-05-01T24:00:00Z"), &t));
    cr_assert_not(when_parse(SPAN("2026-05-01 12:00:00Z"), &t));
    cr_assert_not(when_parse(SPAN("2026-05-01T12:00:00.Z"), &t));
    cr_assert_not(when_parse(SPAN("2026-05-01T12:00:00"), &t));
}
