/* Directory syncs shared by threads: those that ask while one is under way are all served by the
   next one (docs/adr/0013-shared-directory-sync.md). */
#ifndef REF_SPOOL_GROUP_H
#define REF_SPOOL_GROUP_H

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>

struct spool_waiter;

struct spool_group {
    pthread_mutex_t mutex;
    struct spool_waiter *waiting; /* for a sync that has not begun yet */
    bool syncing;
};

void spool_group_init(struct spool_group *g);
void spool_group_wipe(struct spool_group *g);

/* Returns after a sync of the directory that began when this was called or later. place tells one
   directory from another; dir is open for it. ERR_IO goes to all who shared the sync that failed.
   */
err spool_group_sync(struct spool_group *g, char place, int dir) MUST_CHECK;

#endif
