/* What a scenario without mistakes still leaves to say (see scenario_lint in read.h). */
#ifndef HARNESS_SCENARIO_REMARKS_H
#define HARNESS_SCENARIO_REMARKS_H

#include "harness/scenario/reading.h"

/* r has just read a case of the file without mistakes. Remarks are added as mistakes are. */
void remarks_make(struct reading *r, const struct outline *o);

#endif
