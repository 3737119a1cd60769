/* The table of senders and receivers, from a report with cases of pairs. */
#ifndef HARNESS_CLI_PAIRS_H
#define HARNESS_CLI_PAIRS_H

#include "base/buf.h"
#include "reports/model.h"

/* A row for each sender, a column for each receiver: how many cases hold of those that ran, and what is
   wrong with the others; and for each scenario the flights that the pairs used. Nothing where the report
   has no pairs. */
void pairs_table_put(const struct report *r, struct buf *out);

#endif
