/* The real clock is the system's, and the still one moves only when told, also under threads. */
#include "base/clock.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <time.h>

Test(clock, the_system_clock_is_between_two_looks_at_the_system)
{
    time_t before = time(NULL);
    instant now = clock_now(clock_system());
    time_t after = time(NULL);
    cr_expect_geq(now / NANOS_PER_SECOND + 1, before);
    cr_expect_leq(now / NANOS_PER_SECOND, after + 1);
}

Test(clock, a_still_clock_stands_until_moved)
{
    struct clock_still c;
    clock_still_init(&c, 1000 * NANOS_PER_SECOND, 0);
    cr_expect_eq(clock_now(&c.clock), 1000 * NANOS_PER_SECOND);
    cr_expect_eq(clock_now(&c.clock), 1000 * NANOS_PER_SECOND);
    clock_still_move(&c, 3600 * NANOS_PER_SECOND);
    cr_expect_eq(clock_now(&c.clock), 4600 * NANOS_PER_SECOND);
    clock_still_set(&c, -5);
    cr_expect_eq(clock_now(&c.clock), -5);
}

Test(clock, a_step_is_added_after_each_reading)
{
    struct clock_still c;
    clock_still_init(&c, 100, 7);
    cr_expect_eq(clock_now(&c.clock), 100);
    cr_expect_eq(clock_now(&c.clock), 107);
    cr_expect_eq(clock_now(&c.clock), 114);
}

static void *read_often(void *arg)
{
    for (int i = 0; i < 10000; i++) {
        clock_now(arg);
    }
    return NULL;
}

Test(clock, readings_of_threads_are_all_counted)
{
    struct clock_still c;
    pthread_t threads[4];
    clock_still_init(&c, 0, 1);
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, read_often, &c.clock);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    cr_expect_eq(clock_now(&c.clock), 40000);
}

Test(clock, ticks_follow_the_machine)
{
    millis before = clock_ticks();
    nanosleep(&(struct timespec){.tv_nsec = 30 * NANOS_PER_MILLI}, NULL);
    millis passed = clock_ticks() - before;
    cr_expect_geq(passed, 29);
    cr_expect_lt(passed, 10000);
}
