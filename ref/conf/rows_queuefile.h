/* Options of queuefile. */
#include "ref/conf/rows_begin.h"

TEMPLATE(directory, "", 0, "where copies of -H and -D are put")

#include "ref/conf/rows_end.h"
