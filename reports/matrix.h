/* A table of what a topic has shown, for a reader who knows what to look for: a line for each claim, a column
   for each combination of the names that its cases vary by. The topic says which, in a file of its folder:

       columns sut lib ver
       used: server again

   A line is a label and the scenarios behind it; a cell is the worst of their cases. */
#ifndef REPORTS_MATRIX_H
#define REPORTS_MATRIX_H

#include "base/buf.h"
#include "base/err.h"
#include "reports/model.h"

/* ERR_SYNTAX: what is wrong, and in `at` the line. Text lives in arena. */
err report_matrix_read(span text, const char *topic, struct arena *arena,
                       struct report_matrix *matrix) MUST_CHECK;
/* A table for each target that ran one of its cases. */
void report_matrix_put(const struct report *r, const struct report_matrix *matrix, struct buf *out);

#endif
