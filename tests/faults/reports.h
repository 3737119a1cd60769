/* What reports.c does to the fields of a report, for queueing.c, which has the function that writes
   them. */
#ifndef TESTS_FAULTS_REPORTS_H
#define TESTS_FAULTS_REPORTS_H

#include "ref/dsn/report.h"

/* A line of the fields written wrongly; false: this row lets it be. */
bool fault_report_line(const struct dsn_request *r, span line, struct buf *out);

#endif
