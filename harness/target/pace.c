/* The gap counts from when a connection may be made, not from when it was asked for: a burst of cases is
   spread out. */
#include "harness/target/pace.h"

millis pace_wait(struct pace *p, millis now)
{
    millis at = p->next > now ? p->next : now;
    p->next = at + PACE_GAP_MS;
    return at - now;
}
