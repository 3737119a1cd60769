/* Every program that writes into a mailbox has its own idea of how to lock it, so all are obeyed. */
#include "ref/transport/lock.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MILLIS = 50 };

void mailbox_wait(millis wait)
{
    struct timespec left = {.tv_sec = wait / 1000, .tv_nsec = (wait % 1000) * NANOS_PER_MILLI};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* One attempt. A server that lost its answer may have made the link all the same: the count of links
   tells. *held is false if somebody else has it. */
static err lock_file_try(const struct deposit *d, int dir, const char *own, const char *name,
                         bool *held)
{
    int fd;
    struct stat st;
    *held = false;
    TRY(file_open_at(dir, own, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, &fd));
    err e = fd_set_mode(fd, d->lockfile_mode);
    if (!failed(e)) {
        e = file_link_at(dir, own, dir, name);
        *held = !failed(e) || (fstat(fd, &st) == 0 && st.st_nlink == 2);
    }
    close(fd);
    err removed = file_remove_at(dir, own);
    if (*held && failed(removed)) {
        (void)unlinkat(dir, name, 0);
        *held = false;
        return removed;
    }
    return *held || e.sys == EEXIST ? OK : e;
}

/* True if there was one that nobody will remove any more. */
static bool left_over(const struct deposit *d, int dir, const char *name)
{
    struct stat st;
    struct timespec now;
    if (d->lockfile_timeout == 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        clock_gettime(CLOCK_REALTIME, &now) != 0 ||
        now.tv_sec - st.st_mtim.tv_sec <= d->lockfile_timeout / 1000) {
        return false;
    }
    return unlinkat(dir, name, 0) == 0;
}

bool mailbox_lock_file(const struct deposit_job *j, int dir, const char *name,
                       struct mailbox_lock *lock)
{
    const struct deposit *d = j->d;
    const char *file = arena_printf(j->arena, "%s.lock", name);
    const char *own = arena_printf(j->arena, "%s.%.*s.%lx.%lx", file, SPAN_FMT(d->host),
                                   (unsigned long)(d->now / 1000), (unsigned long)gettid());
    uint64_t tries = d->lock_retries == 0 ? 1 : d->lock_retries;
    *lock = (struct mailbox_lock){.dir = dir};
    for (uint64_t i = 0; i < tries; i++) {
        bool held;
        err e = lock_file_try(d, dir, own, file, &held);
        if (failed(e)) {
            return deposit_defer(j->r, e.sys, j->arena, "lock file %.*s.lock cannot be made",
                                 SPAN_FMT(d->path));
        }
        if (held) {
            lock->name = file;
            return true;
        }
        if (!left_over(d, dir, file) && i + 1 < tries) {
            mailbox_wait(d->lock_interval);
        }
    }
    return deposit_defer(j->r, DELIVERY_ERROR_LOCK_FAILED, j->arena,
                         "failed to lock mailbox %.*s (lock file)", SPAN_FMT(d->path));
}

void mailbox_unlock(struct mailbox_lock *lock)
{
    if (lock->name != NULL) {
        (void)unlinkat(lock->dir, lock->name, 0);
        lock->name = NULL;
    }
}

static err try_fcntl(int fd, bool *taken)
{
    return fd_lock(fd, 0, 0, taken);
}

static err try_flock(int fd, bool *taken)
{
    *taken = flock(fd, LOCK_EX | LOCK_NB) == 0;
    return *taken || errno == EWOULDBLOCK ? OK : err_sys(errno, "locking a file by flock");
}

/* Blocking calls cannot be given up on without signals, which threads do not have for themselves. */
static err lock_within(err (*try)(int fd, bool *taken), int fd, millis wait, bool *taken)
{
    for (millis end = clock_ticks() + wait;;) {
        TRY(try(fd, taken));
        if (*taken || clock_ticks() >= end) {
            return OK;
        }
        mailbox_wait(POLL_MILLIS);
    }
}

err mailbox_lock_open(const struct deposit *d, int fd, bool *taken)
{
    *taken = true;
    if (d->use_fcntl_lock) {
        TRY(lock_within(try_fcntl, fd, d->lock_fcntl_timeout, taken));
    }
    if (*taken && d->use_flock_lock) {
        TRY(lock_within(try_flock, fd, d->lock_flock_timeout, taken));
    }
    return OK;
}
