/* Two locks for one message, because neither does it alone: the table keeps threads of this
   process apart, for whom a file lock would be one and the same only if they shared a descriptor;
   the lock on -D keeps other processes out. It is an open-file-description lock, since a classic
   one would vanish when any thread closes any descriptor of that file; it conflicts with Exim's
   classic lock on the same octets all the same (fcntl(2)). */
#include "ref/spool/lock.h"

#include "ref/spool/data_file.h"

#include "base/check.h"
#include "base/file.h"

#include <unistd.h>

static struct spool_lock **bucket_of(struct spool_locks *locks, const char *id)
{
    uint32_t hash = 2166136261u;
    for (; *id; id++) {
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    }
    return &locks->buckets[hash % SPOOL_LOCK_BUCKETS];
}

void spool_locks_init(struct spool_locks *locks)
{
    *locks = (struct spool_locks){0};
    CHECK(pthread_mutex_init(&locks->mutex, NULL) == 0);
}

void spool_locks_wipe(struct spool_locks *locks)
{
    for (size_t i = 0; i < SPOOL_LOCK_BUCKETS; i++) {
        CHECK(locks->buckets[i] == NULL);
    }
    pthread_mutex_destroy(&locks->mutex);
}

err spool_lock_claim(struct spool_locks *locks, span id, struct spool_lock *lock)
{
    CHECK(spool_id_is(id));
    *lock = (struct spool_lock){.fd = -1};
    memcpy(lock->id, id.at, id.len);
    struct spool_lock **bucket = bucket_of(locks, lock->id);
    pthread_mutex_lock(&locks->mutex);
    struct spool_lock *other = *bucket;
    while (other && strcmp(other->id, lock->id) != 0) {
        other = other->next;
    }
    if (!other) {
        lock->next = *bucket;
        *bucket = lock;
    }
    pthread_mutex_unlock(&locks->mutex);
    if (other) {
        *lock = (struct spool_lock){.fd = -1};
        return err_of(ERR_DEFER, "another thread is handling this message");
    }
    return OK;
}

err spool_lock_file(struct spool_lock *lock, int fd)
{
    bool taken;
    TRY(fd_lock(fd, 0, (off_t)spool_data_offset(lock->id), &taken));
    if (!taken) {
        return err_of(ERR_DEFER, "another process is handling this message");
    }
    lock->fd = fd;
    return OK;
}

void spool_lock_release(struct spool_locks *locks, struct spool_lock *lock)
{
    if (lock->id[0] == '\0') {
        return;
    }
    if (lock->fd >= 0) {
        close(lock->fd);
    }
    struct spool_lock **link = bucket_of(locks, lock->id);
    pthread_mutex_lock(&locks->mutex);
    while (*link && *link != lock) {
        link = &(*link)->next;
    }
    CHECK(*link == lock);
    *link = lock->next;
    pthread_mutex_unlock(&locks->mutex);
    *lock = (struct spool_lock){.fd = -1};
}
