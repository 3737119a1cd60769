/* What is built in, in the lines of -bV that existing tools look for; -d prints them first. */
#ifndef REF_RUN_PRINT_VERSION_H
#define REF_RUN_PRINT_VERSION_H

#include "base/buf.h"

void run_version_write(const char *config, struct buf *out);

#endif
