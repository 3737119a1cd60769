/* The tables that a run ends with. */
#ifndef HARNESS_CLI_MATRIX_H
#define HARNESS_CLI_MATRIX_H

#include "base/arena.h"
#include "reports/model.h"

/* The file `matrix` of each folder that a case of the report comes from, into r->matrices. One that cannot be
   read is complained of and left out. */
void cli_matrices_read(struct arena *arena, struct report *r);

#endif
