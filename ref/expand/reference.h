/* The reference of the expansion language, printed from the tables that it runs on. */
#ifndef REF_EXPAND_REFERENCE_H
#define REF_EXPAND_REFERENCE_H

#include "base/buf.h"

/* docs/expansion.md, whole. */
void expand_reference_put(struct buf *out);

#endif
