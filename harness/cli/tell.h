/* What a worker tells its parent. */
#ifndef HARNESS_CLI_TELL_H
#define HARNESS_CLI_TELL_H

#include "harness/interop/tell.h"
#include "reports/model.h"

void tell_target(struct telling *t, struct report_target *target);
void tell_case(struct telling *t, struct report_case *c);

#endif
