/* A case's events as a drawing: parties side by side, time downwards, what a target left behind to the
   right of all. */
#ifndef REPORTS_LADDER_H
#define REPORTS_LADDER_H

#include "base/buf.h"
#include "reports/model.h"

/* An <svg> element for a page whose style sheet is page.css; nothing where there are no events. */
void report_ladder_put(const struct report_case *c, struct buf *out);
/* A file of its own, with its style. */
void report_ladder_file(const struct report_case *c, struct buf *out);

#endif
