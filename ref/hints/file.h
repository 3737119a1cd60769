/* One hints file: an LMDB environment that is opened when needed, and made anew when it is damaged.
   */
#ifndef REF_HINTS_FILE_H
#define REF_HINTS_FILE_H

#include "base/arena.h"
#include "base/err.h"

#include <lmdb.h>
#include <pthread.h>
#include <sys/stat.h>

struct hint_env {
    pthread_rwlock_t lock; /* for reading: the environment is used; for writing: it changes */
    const char *folder, *path;
    const char *name;
    size_t map_octets;
    MDB_env *env;          /* NULL: not open */
    MDB_dbi dbi;
    dev_t device;
    ino_t inode;
    off_t size;            /* the largest seen */
    _Atomic bool complained;
    void (*log)(void *context, const char *line);
    void *context;
};

void hint_env_init(struct hint_env *e);
void hint_env_wipe(struct hint_env *e);

/* Holds the environment for a transaction, opened if it has to be and is there or may be made;
   false: there is none, and nothing is held. */
bool hint_env_hold(struct hint_env *e, bool make);
void hint_env_release(struct hint_env *e);

/* Says once that it does not work, and what was wrong; hint_env_works forgets that it was said. */
void hint_env_complain(struct hint_env *e, const char *what, int code);
void hint_env_works(struct hint_env *e);

#endif
