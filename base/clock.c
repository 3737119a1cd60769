/* The two clocks that a world may be given, and the one that sockets follow regardless. No other
   file of the house asks the system for the time. */
#include "base/clock.h"

#include "base/check.h"

#include <stdatomic.h>
#include <time.h>

static int64_t nanos_of(clockid_t which)
{
    struct timespec t;
    CHECK(clock_gettime(which, &t) == 0);
    return (int64_t)t.tv_sec * NANOS_PER_SECOND + t.tv_nsec;
}

static instant system_now(const struct clock *clock)
{
    (void)clock;
    return nanos_of(CLOCK_REALTIME);
}

const struct clock *clock_system(void)
{
    static const struct clock system_clock = {system_now};
    return &system_clock;
}

static instant still_now(const struct clock *clock)
{
    /* Reading may move it. The object is the caller's and never const itself. */
    struct clock_still *c = (struct clock_still *)(uintptr_t)clock;
    return atomic_fetch_add(&c->at, c->step);
}

void clock_still_init(struct clock_still *c, instant at, int64_t step)
{
    c->clock.now = still_now;
    atomic_init(&c->at, at);
    c->step = step;
}

void clock_still_set(struct clock_still *c, instant at)
{
    atomic_store(&c->at, at);
}

void clock_still_move(struct clock_still *c, int64_t nanos)
{
    atomic_fetch_add(&c->at, nanos);
}

millis clock_ticks(void)
{
    return nanos_of(CLOCK_MONOTONIC) / NANOS_PER_MILLI;
}
