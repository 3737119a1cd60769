/* The option rtt= of an actor: a link as long as that. Each direction takes half of it and the set-up of
   the connection one and a half, as a handshake of three packets does. For people who want to see
   seconds; nothing is decided by it. */
#ifndef HARNESS_LINK_DELAY_H
#define HARNESS_LINK_DELAY_H

#include "base/arena.h"
#include "base/clock.h"
#include "harness/link/link.h"

/* Makes l, connected or connecting, longer. accepted: the other side began it. What it keeps lives in
   arena. Closing waits until what was written has arrived. */
void link_lengthen(struct link *l, millis rtt, bool accepted, struct arena *arena);

#endif
