/* One file, two halves, and the same in memory. Who puts a record lays it at the end of the half in use, under
   the mutex; who syncs for all writes first what has gathered, in whole blocks and past the system's cache
   (docs/adr/0371-the-intake-writes-whole-blocks.md), so that no record is durable before those in front of
   it, and none that is durable is written again. A half that is full, or has waited for a second, is
   settled by a thread of its own: the file system is synced, with all that its records speak of, and only
   then is the half empty again. A message that finds no room goes the way without the intake. */
#include "ref/spool/intake.h"

#include "ref/spool/data_file.h"
#include "ref/spool/group.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/task.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { STACK_OCTETS = 128 * 1024, NAME_TRIES = 1000, LINGER_SECONDS = 1, BLOCK = 4096 };
enum { GIVES_WAY = 3 }; /* docs/adr/0366: more is no better, and less syncs oftener */

struct half {
    unsigned char *octets; /* as they are to be in the file */
    uint64_t generation; /* 0: empty */
    size_t used;
    size_t out;          /* so many of them are written, or somebody is about to */
    unsigned open;       /* records whose files are not yet as they say */
    time_t since;        /* the first record, in seconds that only go forward */
};

struct spool_intake {
    const char *folder;
    size_t half_octets;
    _Atomic unsigned committing;
    _Atomic bool wanted; /* somebody has asked for a file */
    _Atomic bool ready;  /* there is one, and it is of use */
    pthread_mutex_t mutex;
    pthread_cond_t some; /* something for the settling thread */
    int fd;
    int past_cache;      /* the same file, for whole blocks; or fd, where the file system has none of that */
    bool writing;        /* somebody writes blocks */
    dev_t device;        /* the file system that it can settle */
    char name[40];       /* in the folder */
    unsigned active;     /* the half in use; the other one is empty, or being settled */
    uint64_t generation;
    struct half halves[2];
    struct spool_group group;
    struct task_group *settler;
    bool over;
    bool broken; /* of no more use here */
    bool owed;   /* and what it holds may be nowhere else: the file stays, for who recovers */
};

static time_t seconds(void)
{
    return (time_t)(clock_ticks() / 1000);
}

/* --- the file ------------------------------------------------------------------------------------- */

/* Since 5.8 syncfs(2) tells what could not be written; before it nobody would learn of it. */
static bool system_tells(void)
{
    struct utsname system;
    unsigned major = 0, minor = 0;
    return uname(&system) == 0 && sscanf(system.release, "%u.%u", &major, &minor) == 2 &&
           (major > 5 || (major == 5 && minor >= 8));
}

/* A new file that is ours: locked, and not taken away by somebody who found it before it was. */
static err make_locked(struct spool_intake *i, int folder)
{
    for (unsigned try = 0; try < NAME_TRIES; try++) {
        struct stat st;
        bool taken;
        snprintf(i->name, sizeof i->name, "%ld.%u", (long)getpid(), try);
        err e = file_open_at(folder, i->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, SPOOL_MODE, &i->fd);
        if (e.kind == ERR_IO && e.sys == EEXIST) {
            continue;
        }
        TRY(e);
        e = fd_lock(i->fd, 0, 0, &taken);
        if (!failed(e) && taken && fstat(i->fd, &st) == 0 && st.st_nlink > 0) {
            i->device = st.st_dev;
            return OK;
        }
        close(i->fd);
        i->fd = -1;
        TRY(e);
    }
    return err_of(ERR_LIMIT, "no name is free in the folder of the intake");
}

/* Every octet is written once, so that a sync later on finds nothing to allocate. */
static err fill(struct spool_intake *i)
{
    TRY(fd_write_at(i->fd, span_of(i->halves[0].octets, 2 * i->half_octets), 0));
    return fd_sync(i->fd);
}

static err take_memory(struct spool_intake *i)
{
    void *at = mmap(NULL, 2 * i->half_octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        return err_sys(errno, "memory for the intake");
    }
    i->halves[0].octets = at;
    i->halves[1].octets = i->halves[0].octets + i->half_octets;
    (void)madvise(at, 2 * i->half_octets, MADV_HUGEPAGE); /* fewer pieces for the device */
    return OK;
}

static void open_past_cache(struct spool_intake *i, int folder)
{
    err e = file_open_at(folder, i->name, O_WRONLY | O_DIRECT | O_NOFOLLOW, 0, &i->past_cache);
    if (!failed(e) && failed(fd_write_at(i->past_cache, span_of(i->halves[0].octets, BLOCK), 0))) {
        close(i->past_cache);
        e = err_of(ERR_IO, "not in such blocks");
    }
    i->past_cache = failed(e) ? i->fd : i->past_cache;
}

/* Under the mutex. */
static err make(struct spool_intake *i)
{
    int folder;
    if (i->fd >= 0 || i->broken) {
        return i->broken ? err_of(ERR_IO, "the intake is out of use") : OK;
    }
    i->broken = true;
    if (!system_tells()) {
        return err_of(ERR_IO, "this system does not tell what syncfs could not write");
    }
    TRY(dir_make_all(i->folder, SPOOL_DIR_MODE));
    TRY(take_memory(i));
    TRY(dir_open(i->folder, &folder));
    err e = make_locked(i, folder);
    if (!failed(e)) {
        e = fill(i);
        e = failed(e) ? e : dir_sync(folder);
        if (failed(e)) {
            (void)unlinkat(folder, i->name, 0);
            close(i->fd);
            i->fd = -1;
        } else {
            open_past_cache(i, folder);
        }
    }
    close(folder);
    TRY(e);
    i->broken = false;
    i->ready = true;
    return OK;
}

/* --- writing -------------------------------------------------------------------------------------- */

static size_t whole_blocks(size_t octets)
{
    return (octets + BLOCK - 1) / BLOCK * BLOCK;
}

/* All blocks that have some of these octets of a half. */
static err write_blocks(struct spool_intake *i, unsigned which, size_t from, size_t to)
{
    size_t first = from / BLOCK * BLOCK;
    span blocks = span_of(i->halves[which].octets + first, whole_blocks(to) - first);
    return fd_write_at(i->past_cache, blocks, (off_t)(which * i->half_octets + first));
}

/* Under the mutex. What comes next begins in a block of its own: those in front of it are not written again. */
static void end_block(const struct spool_intake *i, struct half *half)
{
    size_t end = whole_blocks(half->used);
    if (end > half->used && end - half->used < SPOOL_INTAKE_SKIP_LEAST) {
        end += BLOCK;
    }
    if (end > i->half_octets) {
        end = i->half_octets; /* where nothing comes next */
    } else if (end > half->used) {
        spool_intake_skip_write(half->octets + half->used, end - half->used, half->generation);
    }
    half->used = end;
}

/* In front of each sync: what has gathered by now, the older half first. */
static err write_out(void *context)
{
    struct spool_intake *i = context;
    size_t from[2];
    err e = OK;
    pthread_mutex_lock(&i->mutex);
    unsigned older = !i->active;
    for (unsigned w = 0; w < 2; w++) {
        from[w] = i->halves[w].out;
        if (from[w] < i->halves[w].used) {
            end_block(i, &i->halves[w]);
        }
        i->halves[w].out = i->halves[w].used;
    }
    size_t to[2] = {i->halves[0].out, i->halves[1].out};
    i->writing = true;
    pthread_mutex_unlock(&i->mutex);
    for (unsigned n = 0; n < 2 && !failed(e); n++) {
        unsigned w = n == 0 ? older : !older;
        e = from[w] < to[w] ? write_blocks(i, w, from[w], to[w]) : OK;
    }
    pthread_mutex_lock(&i->mutex);
    i->writing = false;
    bool waited_for = i->halves[!i->active].generation != 0;
    pthread_mutex_unlock(&i->mutex);
    if (waited_for) {
        pthread_cond_signal(&i->some);
    }
    return e;
}

/* Under the mutex. Now and not with the next sync: what is gone shall not come back when a process dies. */
static err write_through(struct spool_intake *i, struct half *half)
{
    span octets = span_of(half->octets + half->out, half->used - half->out);
    size_t at = (half == &i->halves[1] ? i->half_octets : 0) + half->out;
    half->out = half->used;
    return fd_write_at(i->fd, octets, (off_t)at);
}

/* --- settling ------------------------------------------------------------------------------------- */

/* Under the mutex. The other half takes over, if it is empty. */
static bool turn_over(struct spool_intake *i)
{
    if (i->halves[!i->active].generation != 0 || i->broken) {
        return false;
    }
    i->active = !i->active;
    pthread_cond_signal(&i->some);
    return true;
}

/* Under the mutex. */
static void give_up(struct spool_intake *i)
{
    i->broken = true;
    i->ready = false;
    pthread_cond_signal(&i->some);
}

/* Under the mutex, which is let go meanwhile. A failure is told once: a second try would prove nothing. */
static bool sync_all_of(struct spool_intake *i, const struct half *half)
{
    while (half->open > 0) {
        pthread_cond_wait(&i->some, &i->mutex);
    }
    pthread_mutex_unlock(&i->mutex);
    bool written = syncfs(i->fd) == 0;
    pthread_mutex_lock(&i->mutex);
    i->owed = i->owed || !written;
    return written;
}

/* Under the mutex. While there is work the memory is used again at once, and to get it anew would cost more
   than to copy a message into it. */
static void give_back(struct spool_intake *i)
{
    if (i->halves[0].generation == 0 && i->halves[1].generation == 0) {
        (void)madvise(i->halves[0].octets, 2 * i->half_octets, MADV_DONTNEED);
    }
}

/* Under the mutex. Nobody writes to that half now. */
static void settle(struct spool_intake *i, unsigned which)
{
    if (!sync_all_of(i, &i->halves[which])) {
        give_up(i);
        return;
    }
    while (i->writing) {
        pthread_cond_wait(&i->some, &i->mutex);
    }
    i->halves[which] = (struct half){.octets = i->halves[which].octets};
    spool_intake_head_write(i->halves[which].octets, 0);
    if (failed(write_blocks(i, which, 0, SPOOL_INTAKE_HEAD)) || failed(fd_sync_data(i->fd))) {
        give_up(i);
    }
    give_back(i);
}

/* Under the mutex. The intake cannot be written, the rest of the disk perhaps can: then nothing that it says
   matters any more, and nobody shall read it. */
static void rescue(struct spool_intake *i)
{
    if (i->fd >= 0 && !i->owed && sync_all_of(i, &i->halves[0]) && sync_all_of(i, &i->halves[1])) {
        i->owed = failed(fd_truncate(i->fd, 0)) || failed(fd_sync(i->fd));
    }
}

static void settle_all(void *arg)
{
    struct spool_intake *i = arg;
    pthread_mutex_lock(&i->mutex);
    (void)make(i);
    while (!i->broken) {
        struct half *active = &i->halves[i->active];
        if (i->halves[!i->active].generation != 0) {
            settle(i, !i->active);
        } else if (active->generation != 0 && (i->over || seconds() > active->since + LINGER_SECONDS)) {
            turn_over(i);
        } else if (i->over) {
            break;
        } else if (active->generation != 0) {
            struct timespec until;
            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_sec += LINGER_SECONDS;
            pthread_cond_timedwait(&i->some, &i->mutex, &until);
        } else {
            pthread_cond_wait(&i->some, &i->mutex);
        }
    }
    if (i->broken) {
        rescue(i);
    }
    pthread_mutex_unlock(&i->mutex);
}

/* Under the mutex. */
static void start_settler(struct spool_intake *i)
{
    if (i->settler == NULL && !i->broken) {
        i->settler = task_group_new(1, STACK_OCTETS);
        i->broken = failed(task_start(i->settler, settle_all, i));
    }
}

struct spool_intake *spool_intake_new(const char *directory, size_t half, struct arena *arena)
{
    struct spool_intake *i = ARENA_NEW(arena, struct spool_intake);
    pthread_condattr_t forward;
    i->folder = path_join(arena, directory, SPOOL_INTAKE_FOLDER);
    i->half_octets = half > 0 ? half : SPOOL_INTAKE_HALF;
    i->fd = -1;
    CHECK(pthread_condattr_init(&forward) == 0);
    CHECK(pthread_condattr_setclock(&forward, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_mutex_init(&i->mutex, NULL) == 0);
    CHECK(pthread_cond_init(&i->some, &forward) == 0);
    (void)pthread_condattr_destroy(&forward);
    i->past_cache = -1;
    spool_group_init(&i->group, fd_sync_data);
    i->group.before = write_out;
    i->group.context = i;
    i->group.lasting = true;
    i->group.gives_way = GIVES_WAY;
    return i;
}

void spool_intake_free(struct spool_intake *i)
{
    int folder;
    pthread_mutex_lock(&i->mutex);
    i->over = true;
    pthread_cond_broadcast(&i->some);
    pthread_mutex_unlock(&i->mutex);
    task_group_free(i->settler);
    spool_group_wipe(&i->group);
    if (i->fd >= 0) {
        if (!i->owed && !failed(dir_open(i->folder, &folder))) {
            (void)unlinkat(folder, i->name, 0);
            close(folder);
        }
        if (i->past_cache != i->fd) {
            close(i->past_cache);
        }
        close(i->fd);
    }
    if (i->halves[0].octets != NULL) {
        munmap(i->halves[0].octets, 2 * i->half_octets);
    }
    pthread_cond_destroy(&i->some);
    pthread_mutex_destroy(&i->mutex);
}

/* --- records -------------------------------------------------------------------------------------- */

bool spool_intake_enter(struct spool_intake *i)
{
    bool company = atomic_fetch_add(&i->committing, 1) > 0;
    if (company && !atomic_exchange(&i->wanted, true)) {
        pthread_mutex_lock(&i->mutex);
        start_settler(i);
        pthread_mutex_unlock(&i->mutex);
    }
    return i->ready;
}

void spool_intake_leave(struct spool_intake *i)
{
    atomic_fetch_sub(&i->committing, 1);
}

bool spool_intake_exists(struct spool_intake *i)
{
    DIR *folder = i->ready ? NULL : opendir(i->folder);
    bool some = i->ready;
    for (struct dirent *entry; folder && !some && (entry = readdir(folder)) != NULL;) {
        some = entry->d_name[0] != '.';
    }
    if (folder) {
        closedir(folder);
    }
    return some;
}

/* Under the mutex: lays the record behind the others. */
static err put(struct spool_intake *i, const struct spool_intake_record *r, uint64_t sum)
{
    struct half *half = &i->halves[i->active];
    size_t size = spool_intake_record_size(r);
    size_t used = half->generation != 0 ? half->used : SPOOL_INTAKE_HEAD;
    if (size > i->half_octets - used) {
        return err_of(ERR_DEFER, "no room in the intake");
    }
    if (half->generation == 0) {
        half->generation = ++i->generation;
        half->since = seconds();
        spool_intake_head_write(half->octets, half->generation);
        pthread_cond_signal(&i->some);
    }
    spool_intake_record_write(half->octets + used, r, sum, half->generation);
    half->used = used + size;
    half->open++;
    return r->kind == SPOOL_INTAKE_GONE ? write_through(i, half) : OK;
}

err spool_intake_put(struct spool_intake *i, const struct spool_intake_record *r, dev_t device,
                     unsigned *turn)
{
    uint64_t sum = spool_intake_record_sum(r);
    pthread_mutex_lock(&i->mutex);
    err e = make(i);
    if (!failed(e)) {
        start_settler(i);
        bool here = device == i->device;
        e = here ? put(i, r, sum) : err_of(ERR_DEFER, "the message is on another file system");
        if (here && e.kind == ERR_DEFER && turn_over(i)) {
            e = put(i, r, sum);
        }
        *turn = i->active;
        if (failed(e) && e.kind != ERR_DEFER) {
            give_up(i);
        }
    }
    pthread_mutex_unlock(&i->mutex);
    return e;
}

void spool_intake_done(struct spool_intake *i, unsigned turn)
{
    pthread_mutex_lock(&i->mutex);
    CHECK(i->halves[turn].open > 0);
    bool waited_for = --i->halves[turn].open == 0 && (turn != i->active || i->broken);
    pthread_mutex_unlock(&i->mutex);
    if (waited_for) {
        pthread_cond_signal(&i->some);
    }
}

static err out_of_use(struct spool_intake *i, err e)
{
    if (failed(e)) {
        pthread_mutex_lock(&i->mutex);
        give_up(i);
        pthread_mutex_unlock(&i->mutex);
    }
    return e;
}

err spool_intake_sync(struct spool_intake *i)
{
    return out_of_use(i, spool_group_sync(&i->group, '\0', i->fd));
}

err spool_intake_sync_behind(struct spool_intake *i)
{
    return out_of_use(i, spool_group_sync_behind(&i->group, '\0', i->fd));
}
