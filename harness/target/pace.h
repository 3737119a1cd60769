/* How often a server of somebody else's is connected to: twice a second at most, however many cases ask. */
#ifndef HARNESS_TARGET_PACE_H
#define HARNESS_TARGET_PACE_H

#include "base/clock.h"

enum { PACE_GAP_MS = 500 };

struct pace {
    millis next; /* clock_ticks from which on the next connection may be made; 0: at once */
};

/* How long to wait from now on until a connection may be made; it counts as made then. */
millis pace_wait(struct pace *p, millis now);

#endif
