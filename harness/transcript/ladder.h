/* The flights of a connection as a ladder for people: who said what, before anything was heard. Words
   only, no verdict: verbs of commands, codes of replies. */
#ifndef HARNESS_TRANSCRIPT_LADDER_H
#define HARNESS_TRANSCRIPT_LADDER_H

#include "harness/transcript/transcript.h"

/* A line for each flight, up to the step called until (NULL: to the end), each behind indent. */
void ladder_write(const struct transcript *t, size_t actor, unsigned number, const char *until,
                  const char *indent, struct buf *out);

#endif
