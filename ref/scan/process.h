/* This program once more, to do something for the one that runs: a request as its standard input, an
   answer over its output. */
#ifndef REF_SCAN_PROCESS_H
#define REF_SCAN_PROCESS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/span.h"

struct scan_process {
    const char *option;  /* by which the program knows what it is to do */
    span request;
    int body;            /* becomes descriptor 3; -1: none */
    millis wait;
};

/* Reads the answer up to the ceiling of *answer. NULL: it ended by itself and well; else how it ended
   or was ended. What was answered before that is in *answer in either case. */
const char *scan_process_run(const struct scan_process *p, struct arena *arena, struct buf *answer);

#endif
