/* The time as something that is handed down. A real clock, or one that stands still until told, so
   that a run can be repeated to the byte and hours can pass in a test. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

typedef int64_t instant; /* nanoseconds since 1970-01-01 UTC */
typedef int64_t millis;  /* a duration */

#define NANOS_PER_SECOND INT64_C(1000000000)
#define NANOS_PER_MILLI INT64_C(1000000)
#define MILLIS_NEVER INT64_MAX

struct clock {
    instant (*now)(const struct clock *clock);
};

/* The system's clock. Static; never freed. */
const struct clock *clock_system(void);

/* A clock that stands at `at` until moved; `step` nanoseconds are added at each reading (0: none).
   Threads may read and move it at once. */
struct clock_still {
    struct clock clock;
    _Atomic int64_t at;
    int64_t step;
};
void clock_still_init(struct clock_still *c, instant at, int64_t step);
void clock_still_set(struct clock_still *c, instant at);
void clock_still_move(struct clock_still *c, int64_t nanos);

static inline instant clock_now(const struct clock *clock) { return clock->now(clock); }

/* Milliseconds of a clock that only goes forward: for deadlines on sockets, which follow the
   machine's time even when the world's clock stands still. */
millis clock_ticks(void);

#endif
