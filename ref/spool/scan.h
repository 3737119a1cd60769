/* What lies in the input directories, whichever layout it was stored in. */
#ifndef REF_SPOOL_SCAN_H
#define REF_SPOOL_SCAN_H

#include "ref/spool/id.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

enum spool_part { SPOOL_PART_H = 1, SPOOL_PART_D = 2, SPOOL_PART_J = 4, SPOOL_PART_TEMP = 8 };

struct spool_entry {
    char id[SPOOL_ID_ROOM];
    char split;     /* name of the directory below input, or NUL */
    unsigned parts; /* enum spool_part bits */
};

struct spool_entries {
    VEC(struct spool_entry) list; /* by id, which is the order of arrival */
};

/* All messages below <spool>/input. Other files are passed over. */
err spool_scan(const char *input, struct arena *arena, struct spool_entries *entries) MUST_CHECK;

/* Removes what a crash during reception leaves: hdr.ID, and -D without -H, both not locked by a
   living process. Called once at start, before anything is received. */
err spool_sweep(const char *input, struct arena *arena) MUST_CHECK;

#endif
