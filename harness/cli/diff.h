/* A report with several targets as groups of behaviour. */
#ifndef HARNESS_CLI_DIFF_H
#define HARNESS_CLI_DIFF_H

#include "base/buf.h"
#include "reports/model.h"

/* Each case in which targets differ: its clauses, and each behaviour with the targets that show it. codes:
   reply codes count whole, else by their first digit; the text of replies never counts. A target that a
   case was skipped on, or where nothing was shown (inconclusive, error), is not compared. True: all alike. */
bool diff_put(const struct report *r, bool codes, struct buf *out);

#endif
