/* One file, two halves. Who puts a record writes it at the end of the half in use, under the mutex, so that no
   record is durable before those in front of it. A half that is full, or has waited for a second, is
   settled by a thread of its own: the file system is synced, with all that its records speak of, and only
   then is the half empty again. A message that finds no room goes the way without the intake. */
#include "ref/spool/intake.h"

#include "ref/spool/data_file.h"
#include "ref/spool/group.h"

#include "base/buf.h"
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
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { STACK_OCTETS = 128 * 1024, NAME_TRIES = 1000, LINGER_SECONDS = 1, FILL_OCTETS = 64 * 1024 };
enum { GIVES_WAY = 3 }; /* docs/adr/0366: more is no better, and less syncs oftener */

struct half {
    uint64_t generation; /* 0: empty */
    size_t used;
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
    spool_group_init(&i->group, fd_sync_data);
    i->group.lasting = true;
    i->group.gives_way = GIVES_WAY;
    return i;
}

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
    static const unsigned char nothing[FILL_OCTETS];
    for (size_t at = 0; at < 2 * i->half_octets; at += FILL_OCTETS) {
        size_t rest = 2 * i->half_octets - at;
        TRY(fd_write_at(i->fd, span_of(nothing, rest < FILL_OCTETS ? rest : FILL_OCTETS), (off_t)at));
    }
    return fd_sync(i->fd);
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
    TRY(dir_open(i->folder, &folder));
    err e = make_locked(i, folder);
    if (!failed(e)) {
        e = fill(i);
        e = failed(e) ? e : dir_sync(folder);
        if (failed(e)) {
            (void)unlinkat(folder, i->name, 0);
            close(i->fd);
            i->fd = -1;
        }
    }
    close(folder);
    TRY(e);
    i->broken = false;
    i->ready = true;
    return OK;
}

/* --- settling ------------------------------------------------------------------------------------- */

static err write_head(struct spool_intake *i, unsigned which)
{
    struct buf head;
    buf_init(&head, SPOOL_INTAKE_HEAD);
    spool_intake_head_write(&head, i->halves[which].generation);
    err e = fd_write_at(i->fd, buf_span(&head), (off_t)(which * i->half_octets));
    buf_wipe(&head);
    return e;
}

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

/* Under the mutex. Nobody writes to that half now. */
static void settle(struct spool_intake *i, unsigned which)
{
    if (!sync_all_of(i, &i->halves[which])) {
        give_up(i);
        return;
    }
    i->halves[which] = (struct half){0};
    if (failed(write_head(i, which)) || failed(fd_sync_data(i->fd))) {
        give_up(i);
    }
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
        close(i->fd);
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

/* Under the mutex: writes the record behind the others. */
static err put(struct spool_intake *i, const struct spool_intake_record *r, struct buf *octets)
{
    struct half *half = &i->halves[i->active];
    uint64_t generation = half->generation != 0 ? half->generation : i->generation + 1;
    size_t used = half->generation != 0 ? half->used : SPOOL_INTAKE_HEAD;
    buf_clear(octets);
    spool_intake_record_write(octets, r, generation);
    if (buf_full(octets) || used + octets->len > i->half_octets) {
        return err_of(ERR_DEFER, "no room in the intake");
    }
    TRY(fd_write_at(i->fd, buf_span(octets), (off_t)(i->active * i->half_octets + used)));
    if (half->generation == 0) {
        half->generation = i->generation = generation;
        half->since = seconds();
        TRY(write_head(i, i->active));
        pthread_cond_signal(&i->some);
    }
    half->used = used + octets->len;
    half->open++;
    return OK;
}

err spool_intake_put(struct spool_intake *i, const struct spool_intake_record *r, dev_t device,
                     unsigned *turn)
{
    struct buf octets;
    buf_init(&octets, i->half_octets - SPOOL_INTAKE_HEAD);
    pthread_mutex_lock(&i->mutex);
    err e = make(i);
    if (!failed(e)) {
        start_settler(i);
        bool here = device == i->device;
        e = here ? put(i, r, &octets) : err_of(ERR_DEFER, "the message is on another file system");
        if (here && e.kind == ERR_DEFER && turn_over(i)) {
            e = put(i, r, &octets);
        }
        *turn = i->active;
        if (failed(e) && e.kind != ERR_DEFER) {
            give_up(i);
        }
    }
    pthread_mutex_unlock(&i->mutex);
    buf_wipe(&octets);
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
