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

/* Transactions of each file that wait for the next lookup, without a snapshot. */
#define KEPT_READERS 8u

struct lmdb_file {
    struct kept_file kept;
    const char *path;    /* without links: the lock file stands beside it */
    off_t size;          /* the largest seen: LMDB's files do not shrink */
    struct timespec written; /* when that was */
    uint64_t newest;     /* transaction in it, which does not go back either */
    MDB_env *env;
    MDB_dbi dbi;
    bool resizing;
    unsigned reading;
    MDB_txn *readers[KEPT_READERS];
    unsigned reader_count;
};

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
    const char *with = arena_printf(arena, " with %s", file->kept.name);
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

/* With the lock held: an environment for a file that has none; the lock is away meanwhile. *out stays
   NULL without an error: it is another file by now. */
static err file_open(struct lmdb_files *files, const char *asked, const char *real,
                     const struct stat *now, struct arena *arena, struct kept_file **out)
{
    struct lmdb_file *file = kept_file_new(&files->kept, asked, now, sizeof *file);
    file->size = now->st_size;
    file->path = arena_text(file->kept.arena, span_text(real));
    pthread_mutex_unlock(&files->kept.lock);
    const char *refused = open_file(file, files->nolock, arena);
    struct stat opened;
    mdb_filehandle_t fd = -1;
    bool same = refused == NULL && mdb_env_get_fd(file->env, &fd) == 0 && fstat(fd, &opened) == 0 &&
                kept_file_is(&file->kept, &opened) && lmdb_check_newest(fd, &file->newest);
    pthread_mutex_lock(&files->kept.lock);
    kept_file_opened(&files->kept, &file->kept, same);
    *out = same ? &file->kept : NULL;
    return refused ? err_of(ERR_IO, refused) : OK;
}

/* With the lock held: what was opened under this name is another file by now. Both share a lock
   file, so it has to be closed before; true if nobody uses it any more. */
static bool replaced_are_closed(struct kept_files *files, const char *real)
{
    bool closed = true;
    for (struct kept_file *f = files->first; f; f = f->next) {
        if (strcmp(((struct lmdb_file *)f)->path, real) == 0) {
            f->stale = true;
            closed = closed && f->holders == 0;
        }
    }
    kept_files_sweep(files);
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

static err lmdb_find(struct kept_files *kept, const char *path, const struct stat *now,
                     struct arena *arena, struct kept_file **out)
{
    char real[PATH_MAX];
    struct kept_file *f = kept->first;
    while (f && !kept_file_is(f, now)) {
        f = f->next;
    }
    if (f && !f->opening && !f->stale) {
        f->stale = written_over((struct lmdb_file *)f, now);
    }
    if (f && !f->opening && !f->stale) {
        *out = f;
    } else if (f && f->holders == 0) {
        kept_files_sweep(kept);
    } else if (f) {
        kept_files_wait(kept);
    } else if (realpath(path, real) != NULL) {
        if (replaced_are_closed(kept, real)) {
            return file_open((struct lmdb_files *)kept, path, real, now, arena, out);
        }
        kept_files_wait(kept);
    } /* else it went away since, which the next look will say */
    return OK;
}

static void lmdb_close(struct kept_file *kept)
{
    struct lmdb_file *file = (struct lmdb_file *)kept;
    for (unsigned i = 0; i < file->reader_count; i++) {
        mdb_txn_abort(file->readers[i]);
    }
    if (file->env) {
        mdb_env_close(file->env);
    }
}

void lmdb_files_init(struct lmdb_files *files)
{
    kept_files_init(&files->kept, lmdb_find, lmdb_close);
}

/* A read transaction, from those that wait or a new one. */
static int reader_begin(struct lmdb_files *files, struct lmdb_file *file, MDB_txn **txn)
{
    *txn = NULL;
    pthread_mutex_lock(&files->kept.lock);
    while (file->resizing) {
        kept_files_wait(&files->kept);
    }
    file->reading++;
    if (file->reader_count > 0) {
        *txn = file->readers[--file->reader_count];
    }
    pthread_mutex_unlock(&files->kept.lock);
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
    pthread_mutex_lock(&files->kept.lock);
    if (txn && file->reader_count < KEPT_READERS) {
        file->readers[file->reader_count++] = txn;
        txn = NULL;
    }
    file->reading--;
    if (file->resizing) {
        pthread_cond_broadcast(&files->kept.changed);
    }
    pthread_mutex_unlock(&files->kept.lock);
    mdb_txn_abort(txn); /* NULL is fine */
}

/* A writer has made the map larger: ours follows when the last who reads here has ended. */
static int map_follow(struct lmdb_files *files, struct lmdb_file *file)
{
    int code = 0;
    pthread_mutex_lock(&files->kept.lock);
    if (!file->resizing) {
        file->resizing = true;
        while (file->reading > 0) {
            kept_files_wait(&files->kept);
        }
        code = mdb_env_set_mapsize(file->env, 0);
        file->resizing = false;
        pthread_cond_broadcast(&files->kept.changed);
    }
    pthread_mutex_unlock(&files->kept.lock);
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
    struct kept_file *kept;
    err e = kept_file_hold(&files->kept, path, looked, arena, &kept);
    if (failed(e)) {
        *why = e.sys == 0 ? e.what
                          : unable(arena, "open environment", arena_printf(arena, " with %s", path),
                                   mdb_strerror(e.sys));
        return LMDB_NOT_OPEN;
    }
    struct lmdb_file *file = (struct lmdb_file *)kept;
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
    kept_file_release(&files->kept, kept);
    if (code == 0) {
        return LMDB_FOUND;
    }
    if (code == MDB_NOTFOUND) {
        return LMDB_ABSENT;
    }
    *why = arena_printf(arena, "LMDB: lookup error: %s", mdb_strerror(code));
    return LMDB_FAILED;
}
