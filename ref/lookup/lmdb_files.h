/* LMDB files that are open: one environment for each file (device and inode) in a process, for
   LMDB's locks belong to the process and the second environment's closing would drop those of the
   first. */
#ifndef REF_LOOKUP_LMDB_FILES_H
#define REF_LOOKUP_LMDB_FILES_H

#include "ref/lookup/kept_files.h"

struct lmdb_files {
    struct kept_files kept;
    bool nolock; /* read without the lock file */
};

void lmdb_files_init(struct lmdb_files *files);

enum lmdb_outcome { LMDB_FOUND, LMDB_ABSENT, LMDB_NOT_OPEN, LMDB_FAILED };

/* Looks the key up in the unnamed database, in a read transaction that ends before this returns:
   the value is of one moment, and no reader holds pages back. The value, or the text of what went
   wrong ("LMDB: Unable to ..."), lives in arena. looked: whether path is still the same file is
   known, and the system need not be asked. */
enum lmdb_outcome lmdb_files_get(struct lmdb_files *files, const char *path, bool looked, span key,
                                 struct arena *arena, span *value, const char **why);

#endif
