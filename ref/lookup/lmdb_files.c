/* Rules of LMDB that a threaded server has to keep, in one place: one environment for a file, known
   by device and inode; read transactions that belong to no thread; none longer than a lookup; a map
   that is changed only while nobody reads. docs/adr/0140 tells what differs from Exim. */
#include "ref/lookup/lmdb_files.h"

#include "base/check.h"
#include "base/file.h"
#include "ref/lmdb/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdlib.h>

#define IDLE_MOST 25u
/* Transactions of each file that wait for the next lookup, without a snapshot. */
#define KEPT_READERS 8u

struct lmdb_file {
    struct lmdb_file *next;
    struct arena *arena;
    const char *path;    /* without links: the lock file stands beside it */
    const char *asked;   /* as the configuration has it */
    dev_t device;
    ino_t inode;
    off_t size;          /* the largest seen: LMDB's files do not shrink */
    struct timespec written; /* when that was */
    uint64_t newest;     /* transaction in it, which does not go back either */
    MDB_env *env;
    MDB_dbi dbi;
    bool opening, stale, resizing;
    unsigned holders, reading;
    uint64_t used;
    MDB_txn *readers[KEPT_READERS];
    unsigned reader_count;
};

struct lmdb_files {
    struct arena *arena;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct lmdb_file *first;
    unsigned idle_most;
    bool nolock;
    uint64_t uses;
};

struct lmdb_files *lmdb_files_new(void)
{
    struct arena *arena = arena_new();
    struct lmdb_files *files = ARENA_NEW(arena, struct lmdb_files);
    files->arena = arena;
    files->idle_most = IDLE_MOST;
    CHECK(pthread_mutex_init(&files->lock, NULL) == 0);
    CHECK(pthread_cond_init(&files->changed, NULL) == 0);
    return files;
}

static void file_close(struct lmdb_file *file)
{
    for (unsigned i = 0; i < file->reader_count; i++) {
        mdb_txn_abort(file->readers[i]);
    }
    if (file->env) {
        mdb_env_close(file->env);
    }
    arena_free(file->arena);
}

void lmdb_files_free(struct lmdb_files *files)
{
    for (struct lmdb_file *f = files->first; f;) {
        struct lmdb_file *next = f->next;
        CHECK(f->holders == 0);
        file_close(f);
        f = next;
    }
    pthread_cond_destroy(&files->changed);
    pthread_mutex_destroy(&files->lock);
    arena_free(files->arena);
}

void lmdb_files_limit(struct lmdb_files *files, unsigned idle_most, bool nolock)
{
    files->idle_most = idle_most;
    files->nolock = nolock;
}

/* With the lock held: closes files that nobody holds, stale ones, and the longest unused past the
   limit. */
static void sweep(struct lmdb_files *files)
{
    for (;;) {
        unsigned idle = 0;
        struct lmdb_file **victim = NULL;
        for (struct lmdb_file **at = &files->first; *at; at = &(*at)->next) {
            if ((*at)->holders > 0) {
                continue;
            }
            idle++;
            if ((*at)->stale) {
                victim = at;
                break;
            }
            if (victim == NULL || (*at)->used < (*victim)->used) {
                victim = at;
            }
        }
        if (victim == NULL || (!(*victim)->stale && idle <= files->idle_most)) {
            return;
        }
        struct lmdb_file *gone = *victim;
        *victim = gone->next;
        file_close(gone);
    }
}

static const char *unable(struct arena *arena, const char *what, const char *path, const char *why)
{
    return arena_printf(arena, "LMDB: Unable to %s%s: %s", what, path, why);
}

/* Looks at the file before LMDB maps it. NULL: nothing against it. */
static const char *header_refused(const char *path, struct arena *arena)
{
    int fd;
    /* What cannot be opened is told by LMDB. */
    if (failed(file_open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0, &fd))) {
        return NULL;
    }
    struct stat s;
    bool known = fstat(fd, &s) == 0;
    err e = known && S_ISREG(s.st_mode)   ? lmdb_check_header(fd)
            : known && !S_ISDIR(s.st_mode) ? err_of(ERR_IO, "it is no regular file")
                                           : OK;
    err closing = fd_close(fd);
    (void)closing;
    return failed(e) ? err_text(e, arena) : NULL;
}

/* The walk needs a snapshot; a writer may make two while it is taken. */
static err tree_walk(MDB_env *env, MDB_txn *txn)
{
    mdb_filehandle_t fd;
    err e = OK;
    int code = mdb_env_get_fd(env, &fd);
    for (unsigned tries = 0; code == 0 && tries < 10; tries++) {
        e = lmdb_check_tree(fd, mdb_txn_id(txn));
        if (e.kind != ERR_DEFER) {
            break;
        }
        mdb_txn_reset(txn);
        code = mdb_txn_renew(txn);
    }
    return code == 0 ? e : err_of(ERR_IO, mdb_strerror(code));
}

/* Exim's four steps with Exim's four texts, and the walk behind the third. NULL: it is open.
   *foreign_lock: the lock file tells of transactions that this file never had. */
static const char *open_steps(struct lmdb_file *file, bool nolock, struct arena *arena,
                              bool *foreign_lock)
{
    unsigned flags = MDB_NOSUBDIR | MDB_RDONLY | MDB_NOTLS | (nolock ? MDB_NOLOCK : 0u);
    int code = mdb_env_create(&file->env);
    if (code) {
        file->env = NULL;
        return unable(arena, "create environment", "", mdb_strerror(code));
    }
    const char *with = arena_printf(arena, " with %s", file->asked);
    const char *refused = header_refused(file->path, arena);
    if (refused) {
        return unable(arena, "open environment", with, refused);
    }
    code = mdb_env_open(file->env, file->path, flags, 0660);
    if (code) {
        return unable(arena, "open environment", with, mdb_strerror(code));
    }
    int dead;
    (void)mdb_reader_check(file->env, &dead); /* slots that a crashed process left */
    MDB_txn *txn;
    code = mdb_txn_begin(file->env, NULL, MDB_RDONLY, &txn);
    if (code) {
        return unable(arena, "start transaction", "", mdb_strerror(code));
    }
    err e = tree_walk(file->env, txn);
    *foreign_lock = e.kind == ERR_DEFER;
    code = failed(e) ? 0 : mdb_dbi_open(txn, NULL, 0, &file->dbi);
    mdb_txn_abort(txn);
    if (failed(e)) {
        return unable(arena, "open environment", with, err_text(e, arena));
    }
    return code ? unable(arena, "open database", "", mdb_strerror(code)) : NULL;
}

/* Where a file was renamed over another one, the lock file beside it is still that of the other,
   and who has that open elsewhere keeps it so: LMDB would take from it which of the two headers
   counts. Without locks it looks for itself. */
static const char *open_file(struct lmdb_file *file, bool nolock, struct arena *arena)
{
    bool foreign = false;
    const char *refused = open_steps(file, nolock, arena, &foreign);
    if (refused && foreign && !nolock) {
        mdb_env_close(file->env);
        refused = open_steps(file, true, arena, &foreign);
    }
    return refused;
}

/* With the lock held: an environment for a file that has none; the lock is away meanwhile. NULL
   without a text: it is another file by now. */
static struct lmdb_file *file_open(struct lmdb_files *files, const char *asked, const char *real,
                                   const struct stat *now, struct arena *arena, const char **why)
{
    struct arena *own = arena_new();
    struct lmdb_file *file = ARENA_NEW(own, struct lmdb_file);
    *file = (struct lmdb_file){.next = files->first, .arena = own, .device = now->st_dev,
                               .inode = now->st_ino, .size = now->st_size, .opening = true,
                               .holders = 1, .used = ++files->uses,
                               .path = arena_text(own, span_text(real)),
                               .asked = arena_text(own, span_text(asked))};
    files->first = file;
    pthread_mutex_unlock(&files->lock);
    const char *refused = open_file(file, files->nolock, arena);
    struct stat opened;
    mdb_filehandle_t fd = -1;
    bool other = refused == NULL &&
                 (mdb_env_get_fd(file->env, &fd) != 0 || fstat(fd, &opened) != 0 ||
                  opened.st_ino != now->st_ino || opened.st_dev != now->st_dev);
    pthread_mutex_lock(&files->lock);
    file->opening = false;
    pthread_cond_broadcast(&files->changed);
    if (refused || other || !lmdb_check_newest(fd, &file->newest)) {
        file->stale = true;
        file->holders = 0;
        *why = refused;
        file = NULL;
    }
    sweep(files);
    return file;
}

/* With the lock held: what was opened under this name is another file by now. Both share a lock
   file, so it has to be closed before; true if nobody uses it any more. */
static bool replaced_are_closed(struct lmdb_files *files, const char *real)
{
    bool closed = true;
    for (struct lmdb_file *f = files->first; f; f = f->next) {
        if (strcmp(f->path, real) == 0) {
            f->stale = true;
            closed = closed && f->holders == 0;
        }
    }
    sweep(files);
    return closed;
}

/* With the lock held: it was cut, or written over by who is no writer of LMDB. The map must not be
   touched any more. */
static bool written_over(struct lmdb_file *f, const struct stat *now)
{
    mdb_filehandle_t fd;
    if (now->st_size < f->size) {
        return true;
    }
    if (now->st_mtim.tv_sec != f->written.tv_sec || now->st_mtim.tv_nsec != f->written.tv_nsec) {
        uint64_t newest;
        if (mdb_env_get_fd(f->env, &fd) != 0 || !lmdb_check_newest(fd, &newest) ||
            newest < f->newest) {
            return true;
        }
        f->newest = newest;
        f->written = now->st_mtim;
        f->size = now->st_size;
    }
    return false;
}

/* With the lock held. *wait: it is being opened or closed by others. */
static struct lmdb_file *known_find(struct lmdb_files *files, const struct stat *now, bool *wait)
{
    *wait = false;
    for (struct lmdb_file *f = files->first; f; f = f->next) {
        if (f->device != now->st_dev || f->inode != now->st_ino) {
            continue;
        }
        if (!f->opening && !f->stale) {
            f->stale = written_over(f, now);
        }
        *wait = f->opening || f->stale;
        return f;
    }
    return NULL;
}

/* With the lock held: who has it under that name, without asking the system. */
static struct lmdb_file *named_find(struct lmdb_files *files, const char *asked)
{
    for (struct lmdb_file *f = files->first; f; f = f->next) {
        if (!f->stale && !f->opening && strcmp(f->asked, asked) == 0) {
            return f;
        }
    }
    return NULL;
}

/* With the lock held: the environment of the file that `now` describes. NULL without a text: others
   had to be waited for, or closed; look again. */
static struct lmdb_file *current_find(struct lmdb_files *files, const char *path,
                                      const struct stat *now, struct arena *arena, const char **why)
{
    char real[PATH_MAX];
    bool wait;
    struct lmdb_file *file = known_find(files, now, &wait);
    if (file && !wait) {
        file->holders++;
        return file;
    }
    if (file && file->holders == 0) {
        sweep(files);
    } else if (file) {
        pthread_cond_wait(&files->changed, &files->lock);
    } else if (realpath(path, real) != NULL) {
        if (replaced_are_closed(files, real)) {
            return file_open(files, path, real, now, arena, why);
        }
        pthread_cond_wait(&files->changed, &files->lock);
    } /* else it went away since, which the next look will say */
    return NULL;
}

static struct lmdb_file *hold(struct lmdb_files *files, const char *path, bool looked,
                              struct arena *arena, const char **why)
{
    *why = NULL;
    pthread_mutex_lock(&files->lock);
    struct lmdb_file *file = looked ? named_find(files, path) : NULL;
    if (file) {
        file->holders++;
    }
    while (file == NULL && *why == NULL) {
        struct stat now;
        pthread_mutex_unlock(&files->lock);
        bool there = stat(path, &now) == 0;
        int code = errno;
        pthread_mutex_lock(&files->lock);
        if (!there) {
            *why = unable(arena, "open environment", arena_printf(arena, " with %s", path),
                          mdb_strerror(code));
        } else {
            file = current_find(files, path, &now, arena, why);
        }
    }
    if (file) {
        file->used = ++files->uses;
    }
    pthread_mutex_unlock(&files->lock);
    return file;
}

static void release(struct lmdb_files *files, struct lmdb_file *file)
{
    pthread_mutex_lock(&files->lock);
    file->holders--;
    if (file->holders == 0) {
        sweep(files);
        pthread_cond_broadcast(&files->changed);
    }
    pthread_mutex_unlock(&files->lock);
}

/* A read transaction, from those that wait or a new one. */
static int reader_begin(struct lmdb_files *files, struct lmdb_file *file, MDB_txn **txn)
{
    *txn = NULL;
    pthread_mutex_lock(&files->lock);
    while (file->resizing) {
        pthread_cond_wait(&files->changed, &files->lock);
    }
    file->reading++;
    if (file->reader_count > 0) {
        *txn = file->readers[--file->reader_count];
    }
    pthread_mutex_unlock(&files->lock);
    if (*txn == NULL) {
        return mdb_txn_begin(file->env, NULL, MDB_RDONLY, txn);
    }
    int code = mdb_txn_renew(*txn);
    if (code) {
        mdb_txn_abort(*txn);
        *txn = NULL;
    }
    return code;
}

static void reader_end(struct lmdb_files *files, struct lmdb_file *file, MDB_txn *txn)
{
    if (txn) {
        mdb_txn_reset(txn);
    }
    pthread_mutex_lock(&files->lock);
    if (txn && file->reader_count < KEPT_READERS) {
        file->readers[file->reader_count++] = txn;
        txn = NULL;
    }
    file->reading--;
    if (file->resizing) {
        pthread_cond_broadcast(&files->changed);
    }
    pthread_mutex_unlock(&files->lock);
    mdb_txn_abort(txn); /* NULL is fine */
}

/* A writer has made the map larger: ours follows when the last who reads here has ended. */
static int map_follow(struct lmdb_files *files, struct lmdb_file *file)
{
    int code = 0;
    pthread_mutex_lock(&files->lock);
    if (!file->resizing) {
        file->resizing = true;
        while (file->reading > 0) {
            pthread_cond_wait(&files->changed, &files->lock);
        }
        code = mdb_env_set_mapsize(file->env, 0);
        file->resizing = false;
        pthread_cond_broadcast(&files->changed);
    }
    pthread_mutex_unlock(&files->lock);
    return code;
}

static int reader_begin_again(struct lmdb_files *files, struct lmdb_file *file, MDB_txn **txn)
{
    int code = reader_begin(files, file, txn);
    if (code != MDB_MAP_RESIZED && code != MDB_READERS_FULL) {
        return code;
    }
    reader_end(files, file, NULL);
    int dead;
    /* Whether the repair went well is told by the second try. */
    (void)(code == MDB_MAP_RESIZED ? map_follow(files, file) : mdb_reader_check(file->env, &dead));
    return reader_begin(files, file, txn);
}

enum lmdb_outcome lmdb_files_get(struct lmdb_files *files, const char *path, bool looked, span key,
                                 struct arena *arena, span *value, const char **why)
{
    struct lmdb_file *file = hold(files, path, looked, arena, why);
    if (file == NULL) {
        return LMDB_NOT_OPEN;
    }
    MDB_txn *txn = NULL;
    MDB_val k = {.mv_size = key.len, .mv_data = NULL}, v = {0};
    int code = MDB_NOTFOUND;
    if (key.len > 0) { /* LMDB has no empty keys, and says so with an error */
        /* LMDB only reads it, in a type that does not say so. */
        memcpy(&k.mv_data, &key.at, sizeof key.at);
        code = reader_begin_again(files, file, &txn);
        code = code ? code : mdb_get(txn, file->dbi, &k, &v);
        if (code == 0) {
            *value = arena_copy(arena, span_of(v.mv_data, v.mv_size));
        }
        reader_end(files, file, txn);
    }
    release(files, file);
    if (code == 0) {
        return LMDB_FOUND;
    }
    if (code == MDB_NOTFOUND) {
        return LMDB_ABSENT;
    }
    *why = arena_printf(arena, "LMDB: lookup error: %s", mdb_strerror(code));
    return LMDB_FAILED;
}
