/* The life of a hints file. It is not synced: what a power failure takes are hints, and what it may
   leave, a damaged file, is found before it is used (ref/lmdb) and made anew (docs/adr/0142). */
#include "ref/hints/file.h"

#include "base/check.h"
#include "base/file.h"
#include "ref/lmdb/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>

#define READERS 1024u /* threads that read at once, of all processes */

void hint_env_init(struct hint_env *e)
{
    CHECK(pthread_rwlock_init(&e->lock, NULL) == 0);
}

static void env_close(struct hint_env *e)
{
    if (e->env) {
        mdb_env_close(e->env);
        e->env = NULL;
    }
}

void hint_env_wipe(struct hint_env *e)
{
    env_close(e);
    pthread_rwlock_destroy(&e->lock);
}

void hint_env_complain(struct hint_env *e, const char *what, int code)
{
    if (e->log && !atomic_exchange(&e->complained, true)) {
        char line[512];
        (void)snprintf(line, sizeof line, "hints %s: %s: %s; going on without", e->path, what,
                       mdb_strerror(code));
        e->log(e->context, line);
    }
}

void hint_env_works(struct hint_env *e)
{
    if (e->complained) {
        e->complained = false;
    }
}

/* The tree is walked by reads before LMDB's map is trusted. */
static bool is_whole(struct hint_env *e)
{
    MDB_txn *txn;
    mdb_filehandle_t fd;
    if (mdb_env_get_fd(e->env, &fd) != 0 || mdb_txn_begin(e->env, NULL, MDB_RDONLY, &txn) != 0) {
        return false;
    }
    err walk;
    do {
        walk = lmdb_check_tree(fd, mdb_txn_id(txn));
        mdb_txn_reset(txn);
    } while (walk.kind == ERR_DEFER && mdb_txn_renew(txn) == 0);
    mdb_txn_abort(txn);
    return !failed(walk);
}

static bool header_is_whole(const char *path)
{
    int fd;
    if (failed(file_open_at(AT_FDCWD, path, O_RDONLY, 0, &fd))) {
        return true; /* not there: LMDB makes it */
    }
    struct stat s;
    bool whole = fstat(fd, &s) == 0 && (s.st_size == 0 || !failed(lmdb_check_header(fd)));
    err closing = fd_close(fd);
    return whole && !failed(closing);
}

/* 0, an errno, or one of LMDB's numbers. */
static int env_open(struct hint_env *e)
{
    MDB_txn *txn;
    if (!header_is_whole(e->path)) {
        return MDB_CORRUPTED;
    }
    int code = mdb_env_create(&e->env);
    if (code) {
        e->env = NULL;
        return code;
    }
    code = mdb_env_set_mapsize(e->env, e->map_octets);
    code = code ? code : mdb_env_set_maxreaders(e->env, READERS);
    code = code ? code : mdb_env_open(e->env, e->path, MDB_NOSUBDIR | MDB_NOTLS | MDB_NOSYNC, 0640);
    if (code == 0 && !is_whole(e)) {
        code = MDB_CORRUPTED;
    }
    code = code ? code : mdb_txn_begin(e->env, NULL, 0, &txn);
    if (code == 0) {
        int dead;
        (void)mdb_reader_check(e->env, &dead);
        code = mdb_dbi_open(txn, NULL, 0, &e->dbi);
        if (code) {
            mdb_txn_abort(txn);
        } else {
            code = mdb_txn_commit(txn);
        }
    }
    struct stat s;
    if (code == 0 && stat(e->path, &s) == 0) {
        e->device = s.st_dev;
        e->inode = s.st_ino;
        e->size = s.st_size;
    }
    if (code) {
        env_close(e);
    }
    return code;
}

static bool is_damage(int code)
{
    return code == MDB_INVALID || code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND ||
           code == MDB_VERSION_MISMATCH || code == MDB_PANIC;
}

/* With the lock for writing. */
static bool open_or_make(struct hint_env *e)
{
    char lock[4096];
    err made = dir_make_all(e->folder, 0750);
    int code = failed(made) ? made.sys : env_open(e);
    if (is_damage(code)) {
        hint_env_complain(e, "it is damaged and is made anew", code);
        e->complained = false;
        (void)snprintf(lock, sizeof lock, "%s-lock", e->path);
        err gone = file_remove_at(AT_FDCWD, e->path);
        gone = failed(gone) ? gone : file_remove_at(AT_FDCWD, lock);
        code = failed(gone) ? gone.sys : env_open(e);
    }
    if (code) {
        hint_env_complain(e, "it cannot be opened", code);
    }
    return code == 0;
}

/* It is open and is the file of that name, and was not cut since. */
static bool is_current(const struct hint_env *e, bool *there)
{
    struct stat s;
    *there = stat(e->path, &s) == 0;
    return e->env != NULL && *there && s.st_dev == e->device && s.st_ino == e->inode &&
           s.st_size >= e->size;
}

bool hint_env_hold(struct hint_env *e, bool make)
{
    bool there;
    for (unsigned tries = 0; tries < 3; tries++) {
        CHECK(pthread_rwlock_rdlock(&e->lock) == 0);
        if (is_current(e, &there)) {
            return true;
        }
        bool nothing = !there && !make && e->env == NULL;
        pthread_rwlock_unlock(&e->lock);
        if (nothing) {
            return false;
        }
        CHECK(pthread_rwlock_wrlock(&e->lock) == 0);
        bool open = is_current(e, &there);
        if (!open) {
            env_close(e);
            open = (there || make) && open_or_make(e);
        }
        pthread_rwlock_unlock(&e->lock);
        if (!open) {
            return false;
        }
    }
    return false;
}

void hint_env_release(struct hint_env *e)
{
    pthread_rwlock_unlock(&e->lock);
}
