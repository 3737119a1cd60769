/* Two connections a second at most, on a clock of the test's own. */
#include "harness/target/instance.h"

#include <criterion/criterion.h>

Test(pace, never_more_than_two_in_any_second)
{
    /* When somebody asks, each time after the connection before was made. */
    static const millis thinks[] = {0, 0, 0, 10, 499, 500, 501, 0, 2000, 0, 0, 1};
    enum { COUNT = sizeof thinks / sizeof *thinks };
    struct pace p = {0};
    millis made[COUNT];
    millis now = 1000;
    for (size_t i = 0; i < COUNT; i++) {
        now += thinks[i];
        now += pace_wait(&p, now);
        made[i] = now;
    }
    for (size_t i = 0; i + 2 < COUNT; i++) {
        cr_expect_geq(made[i + 2] - made[i], 1000, "connections %zu to %zu", i, i + 2);
    }
}

Test(pace, who_comes_late_does_not_wait)
{
    struct pace p = {0};
    cr_expect_eq(pace_wait(&p, 1000), 0, "the first");
    cr_expect_eq(pace_wait(&p, 5000), 0, "long after");
    cr_expect_eq(pace_wait(&p, 5100), 400);
}
