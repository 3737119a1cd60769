/* The locks of an mbox, all those that are asked for: a file beside it, fcntl, flock. */
#ifndef REF_TRANSPORT_LOCK_H
#define REF_TRANSPORT_LOCK_H

#include "ref/transport/deposit.h"

struct mailbox_lock {
    int dir;
    const char *name;             /* of the lock file in dir; NULL: none is held */
};

/* Makes `<name>.lock` in dir in the way that works over NFS too: a file with a name of its own is linked
   to it. One that is older than lockfile_timeout is taken as left over. False: somebody has it, or it
   cannot be made; the job's result says so. */
bool mailbox_lock_file(const struct deposit_job *j, int dir, const char *name,
                       struct mailbox_lock *lock);
/* One try for what is locked on the open mailbox itself; waits as long as lock_fcntl_timeout and
   lock_flock_timeout say. *taken is false if somebody has it. */
err mailbox_lock_open(const struct deposit *d, int fd, bool *taken) MUST_CHECK;
/* Removes the lock file. */
void mailbox_unlock(struct mailbox_lock *lock);

void mailbox_wait(millis wait);

#endif
