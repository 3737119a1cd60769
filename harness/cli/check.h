/* Which cases a server of somebody else's can be asked. */
#ifndef HARNESS_CLI_CHECK_H
#define HARNESS_CLI_CHECK_H

#include "base/buf.h"
#include "harness/actor/play.h"
#include "reports/model.h"

/* Why the case is not asked, whatever the server offers; NULL: it may be. In arena. */
const char *check_lacks(const struct scenario *s, const struct play_courtesy *y, struct arena *arena);
/* "left out: 12 cases", and below it each reason with how many and which; all: names every one of them. */
void check_put_left_out(const struct report *r, bool all, struct buf *out);

#endif
