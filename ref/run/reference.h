/* The option reference, printed from the tables: docs/options.md and the lists in
   refmta.conf(5) are its output. */
#ifndef REF_RUN_REFERENCE_H
#define REF_RUN_REFERENCE_H

#include "base/buf.h"

/* Markdown. */
void run_reference_markdown(struct buf *out);
/* mdoc: .Sh sections with a list each. */
void run_reference_mdoc(struct buf *out);

#endif
