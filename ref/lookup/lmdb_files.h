/* LMDB files that are open: one environment for each file (device and inode) in a process, for
   LMDB's locks belong to the process and the second environment's closing would drop those of the
   first. */
#ifndef REF_LOOKUP_LMDB_FILES_H
#define REF_LOOKUP_LMDB_FILES_H

#include "base/arena.h"
#include "base/span.h"

struct lmdb_files;

struct lmdb_files *lmdb_files_new(void);
void lmdb_files_free(struct lmdb_files *files);
void lmdb_files_limit(struct lmdb_files *files, unsigned idle_most, bool nolock);

enum lmdb_outcome { LMDB_FOUND, LMDB_ABSENT, LMDB_NOT_OPEN, LMDB_FAILED };

/* Looks the key up in the unnamed database, in a read transaction that ends before this returns:
   the value is of one moment, and no reader holds pages back. The value, or the text of what went
   wrong ("LMDB: Unable to ..."), lives in arena. looked: whether path is still the same file is
   known, and the system need not be asked. */
enum lmdb_outcome lmdb_files_get(struct lmdb_files *files, const char *path, bool looked, span key,
                                 struct arena *arena, span *value, const char **why);

#endif
