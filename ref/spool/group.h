/* Directory syncs shared by threads: those that ask while one is under way are all served by the
   next one (docs/adr/0013-shared-directory-sync.md). Who need not wait for his has it made by a
   thread that does nothing else (docs/adr/0260-removals-are-synced-behind.md). */
#ifndef REF_SPOOL_GROUP_H
#define REF_SPOOL_GROUP_H

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>

struct spool_waiter;
struct task_group;

enum { SPOOL_PLACES = 128 };

struct spool_group {
    err (*sync)(int fd);
    pthread_mutex_t mutex;
    struct spool_waiter *waiting; /* for a sync that has not begun yet */
    bool syncing;
    pthread_cond_t some;          /* for the payer: something is owed, or it is over */
    struct task_group *payer;     /* NULL: not needed so far */
    int owed[SPOOL_PLACES];       /* by place: a descriptor to sync for those who went on; or -1 */
    bool over;
    bool lasting;                 /* a sync that failed is the last one: the system tells of lost octets once */
    err failure;                  /* of that one */
    unsigned gives_way;           /* how often the processor is given away before a sync */
    err (*before)(void *context); /* done in front of a sync, for all whom it serves; or NULL */
    void *context;
    err late;                     /* what such a sync ended with, until somebody is told */
};

void spool_group_init(struct spool_group *g, err (*sync)(int fd)); /* dir_sync, or how it is done */
void spool_group_wipe(struct spool_group *g); /* makes what is owed first */

/* Returns after a sync of the directory that began when this was called or later. place tells one
   directory from another; dir is open for it. ERR_IO goes to all who shared the sync that failed.
   */
err spool_group_sync(struct spool_group *g, char place, int dir) MUST_CHECK;
/* The same, but where somebody syncs already it does not wait: another sync is made behind that one, as soon
   as it ends. ERR_IO: this sync failed, or one that nobody waited for. */
err spool_group_sync_behind(struct spool_group *g, char place, int dir) MUST_CHECK;

#endif
