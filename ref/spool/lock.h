/* Who may work on a message: a table of the ids in work in this process, and an
   open-file-description lock on -D that keeps other processes out, Exim's among them
   (docs/adr/0011-locks.md). */
#ifndef REF_SPOOL_LOCK_H
#define REF_SPOOL_LOCK_H

#include "ref/spool/id.h"

#include "base/err.h"

#include <pthread.h>

#define SPOOL_LOCK_BUCKETS 256

/* One message in work. Lives where its holder wants it; must not move while held. */
struct spool_lock {
    char id[SPOOL_ID_ROOM];
    int fd; /* of -D, locked; -1 until spool_lock_file */
    struct spool_lock *next;
};

struct spool_locks {
    pthread_mutex_t mutex;
    struct spool_lock *buckets[SPOOL_LOCK_BUCKETS];
};

void spool_locks_init(struct spool_locks *locks);
void spool_locks_wipe(struct spool_locks *locks); /* none may be held */

/* Claims the id inside the process. ERR_DEFER: another thread has it. */
err spool_lock_claim(struct spool_locks *locks, span id, struct spool_lock *lock) MUST_CHECK;
/* Locks the first octets of -D, open for writing as fd, against other processes. ERR_DEFER: another
   process has it ("Spool file is locked"). The lock ends when the last descriptor of that open
   file is closed. */
err spool_lock_file(struct spool_lock *lock, int fd) MUST_CHECK;
/* Gives the id back and closes the descriptor. Safe on a lock that was never claimed if zeroed. */
void spool_lock_release(struct spool_locks *locks, struct spool_lock *lock);

#endif
