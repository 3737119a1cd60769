/* Behind what is in a file: mbox, and what else its prefix, suffix and check_string make of it. Between
   being looked at, opened, locked and written the file may become another one; so every step asks
   whether it is still the one that was found good. */
#include "ref/transport/lock.h"
#include "ref/transport/place.h"
#include "ref/transport/writer.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

/* Made and removed by somebody as often as we look: not for ever. */
enum { RACES_MOST = 10 };

struct mbox {
    struct deposit_job *j;
    const char *path, *name;      /* name: the last part of path */
    int dir, fd;
    bool created;
    struct stat st;               /* of what was found or made */
};

enum step { STEP_GOOD, STEP_AGAIN, STEP_OVER };

static enum step PRINTF_LIKE(3, 4) refuse(struct mbox *m, int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    deposit_defer(m->j->r, error, m->j->arena, "mailbox %s %s", m->path,
                  arena_vprintf(m->j->arena, format, args));
    va_end(args);
    return STEP_OVER;
}

/* --- is it good? ---------------------------------------------------------------------------- */

static enum step check_mode(struct mbox *m)
{
    const struct deposit *d = m->j->d;
    unsigned mode = m->st.st_mode & 07777;
    if (!S_ISREG(m->st.st_mode) || mode == d->mode) {
        return STEP_GOOD;
    }
    if ((d->mode & ~mode) != 0 && d->mode_fail_narrower) {
        return refuse(m, DELIVERY_ERROR_MODE, "has the wrong mode %03o (%03o expected)", mode, d->mode);
    }
    return STEP_GOOD;
}

/* What stands in m->st: a file that belongs to whom we deliver as, and is nobody's trap. */
static enum step check(struct mbox *m)
{
    const struct deposit *d = m->j->d;
    if (!S_ISREG(m->st.st_mode) && !(S_ISFIFO(m->st.st_mode) && d->allow_fifo)) {
        return refuse(m, DELIVERY_ERROR_NOT_REGULAR, "is not a regular file%s",
                      d->allow_fifo ? " or named pipe" : "");
    }
    if (m->st.st_nlink != 1) {
        return refuse(m, DELIVERY_ERROR_NOT_REGULAR, "has too many links (%lu)",
                      (unsigned long)m->st.st_nlink);
    }
    if (d->check_owner && m->st.st_uid != d->uid) {
        return refuse(m, DELIVERY_ERROR_OWNER, "has wrong uid (%lu != %lu)",
                      (unsigned long)m->st.st_uid, (unsigned long)d->uid);
    }
    if (d->check_group && m->st.st_gid != d->gid) {
        return refuse(m, DELIVERY_ERROR_OWNER, "has wrong gid (%lu != %lu)",
                      (unsigned long)m->st.st_gid, (unsigned long)d->gid);
    }
    return check_mode(m);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* --- opening -------------------------------------------------------------------------------- */

static enum step open_failed(struct mbox *m, err e)
{
    if (e.sys == ENOENT || e.sys == EEXIST || e.sys == ELOOP) {
        return STEP_AGAIN;
    }
    deposit_defer(m->j->r, e.sys, m->j->arena, e.sys == ENXIO ? "named pipe %s has no reader"
                                                              : "mailbox %s cannot be opened",
                  m->path);
    return STEP_OVER;
}

static enum step open_existing(struct mbox *m, int links)
{
    const struct deposit *d = m->j->d;
    struct stat found = m->st;
    enum step s = check(m);
    if (s != STEP_GOOD) {
        return s;
    }
    int way = S_ISFIFO(m->st.st_mode) ? O_WRONLY : O_RDWR;
    err e = file_open_at(m->dir, m->name, way | O_APPEND | O_NONBLOCK | O_NOCTTY | links, 0,
                         &m->fd);
    if (failed(e)) {
        return open_failed(m, e);
    }
    if (fstat(m->fd, &m->st) != 0 || !same_file(&m->st, &found) ||
        m->st.st_uid != found.st_uid || m->st.st_mode != found.st_mode) {
        return refuse(m, DELIVERY_ERROR_CHANGED, "was changed between being looked at and opened");
    }
    if (S_ISREG(m->st.st_mode) && (m->st.st_mode & 07777 & ~d->mode) != 0 &&
        (d->mode & ~m->st.st_mode) == 0) {
        e = fd_set_mode(m->fd, d->mode);
    }
    if (failed(e)) {
        deposit_defer(m->j->r, e.sys, m->j->arena, "mode of mailbox %s cannot be changed", m->path);
        return STEP_OVER;
    }
    return STEP_GOOD;
}

/* links: O_NOFOLLOW, or 0 for a link that leads nowhere yet. */
static enum step open_new(struct mbox *m, int links)
{
    const struct deposit *d = m->j->d;
    if (d->file_must_exist) {
        return refuse(m, ENOENT, "does not exist (file_must_exist is set)");
    }
    if (!deposit_may_create(d, d->path)) {
        return refuse(m, EACCES, "may not be made (create_file = %.*s)", SPAN_FMT(d->create_file));
    }
    int how = O_RDWR | O_APPEND | O_CREAT | O_NOCTTY | links | (links ? O_EXCL : 0);
    err e = file_open_at(m->dir, m->name, how, d->mode, &m->fd);
    if (failed(e)) {
        return open_failed(m, e);
    }
    m->created = links != 0;
    e = fd_set_mode(m->fd, d->mode);
    if (failed(e) || fstat(m->fd, &m->st) != 0) {
        deposit_defer(m->j->r, failed(e) ? e.sys : errno, m->j->arena,
                      "mode of mailbox %s cannot be set", m->path);
        return STEP_OVER;
    }
    return STEP_GOOD;
}

static enum step open_link(struct mbox *m)
{
    const struct deposit *d = m->j->d;
    if (!d->allow_symlink) {
        return refuse(m, DELIVERY_ERROR_NOT_REGULAR, "is a symbolic link");
    }
    if (m->st.st_uid != 0 && m->st.st_uid != d->uid) {
        return refuse(m, DELIVERY_ERROR_OWNER, "is a symbolic link of somebody else");
    }
    if (fstatat(m->dir, m->name, &m->st, 0) == 0) {
        return open_existing(m, 0);
    }
    return errno == ENOENT ? open_new(m, 0) : refuse(m, errno, "cannot be looked at");
}

static enum step open_once(struct mbox *m)
{
    if (fstatat(m->dir, m->name, &m->st, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? open_new(m, O_NOFOLLOW) : refuse(m, errno, "cannot be looked at");
    }
    return S_ISLNK(m->st.st_mode) ? open_link(m) : open_existing(m, O_NOFOLLOW);
}

/* True if the name still leads to what is open. */
static bool still_there(const struct mbox *m)
{
    struct stat now;
    return fstatat(m->dir, m->name, &now, m->j->d->allow_symlink ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
           same_file(&now, &m->st);
}

static void shut(struct mbox *m)
{
    if (m->fd >= 0) {
        close(m->fd);
    }
    m->fd = -1;
}

/* Open, locked, and still the file of that name: or the job has its result. */
static bool open_locked(struct mbox *m)
{
    const struct deposit *d = m->j->d;
    uint64_t tries = d->lock_retries == 0 ? 1 : d->lock_retries;
    unsigned races = 0;
    for (uint64_t i = 0; i < tries;) {
        bool taken = false;
        enum step s = open_once(m);
        if (s == STEP_OVER) {
            return false;
        }
        if (s == STEP_GOOD) {
            err e = mailbox_lock_open(d, m->fd, &taken);
            if (failed(e)) {
                return deposit_defer(m->j->r, e.sys, m->j->arena, "mailbox %s cannot be locked",
                                     m->path);
            }
            if (taken && still_there(m)) {
                return true;
            }
            shut(m);
            i += taken ? 0 : 1;
        }
        if ((s == STEP_AGAIN || taken) && ++races > RACES_MOST) {
            return deposit_defer(m->j->r, DELIVERY_ERROR_CHANGED, m->j->arena,
                                 "mailbox %s is made and removed again and again", m->path);
        }
        if (s == STEP_GOOD && !taken && i < tries) {
            mailbox_wait(d->lock_interval);
        }
    }
    return deposit_defer(m->j->r, DELIVERY_ERROR_LOCK_FAILED, m->j->arena,
                         "failed to lock mailbox %s (fcntl%s)", m->path,
                         d->use_flock_lock ? "/flock" : "");
}

/* --- writing -------------------------------------------------------------------------------- */

/* A crash may have cut the message before ours short: its last line gets its end, and in an mbox the
   empty line behind it, lest ours be taken for a part of it. */
static err end_torn(const struct mbox *m)
{
    unsigned char tail[2] = {'\n', '\n'};
    size_t count = m->st.st_size < 2 ? (size_t)m->st.st_size : 2, got;
    bool mbox = span_starts(m->j->d->prefix, SPAN("From "));
    TRY(fd_read_part(m->fd, tail + 2 - count, count, m->st.st_size - (off_t)count, &got));
    span end = tail[1] != '\n' ? SPAN("\n\n") : tail[0] != '\n' ? SPAN("\n") : SPAN_EMPTY;
    return fd_write_all(m->fd, mbox ? end : span_first(end, tail[1] != '\n' ? 1 : 0));
}

static err append(struct mbox *m)
{
    const struct deposit *d = m->j->d;
    uint64_t used = (uint64_t)m->st.st_size;
    uint64_t room = d->quota == 0 ? UINT64_MAX : d->quota > used ? d->quota - used : 0;
    TRY(end_torn(m));
    TRY(writer_run(m->j, m->fd, room, &m->j->r->size));
    TRY(fd_sync(m->fd));
    return m->created ? dir_sync(m->dir) : OK;
}

/* Reading the tail must not look as if somebody had read the mail. */
static void restore_access_time(const struct mbox *m)
{
    const struct timespec times[2] = {m->st.st_atim, {.tv_nsec = UTIME_OMIT}};
    (void)futimens(m->fd, times);
}

static void write_regular(struct mbox *m)
{
    err e = fstat(m->fd, &m->st) == 0 ? append(m) : err_sys(errno, "looking at it");
    if (failed(e)) {
        /* Under the lock still: nothing was read by anybody. */
        err cut = m->created ? file_remove_at(m->dir, m->name) : fd_truncate(m->fd, m->st.st_size);
        (void)failed(cut);
        writer_failed(m->j, e, m->path);
        return;
    }
    restore_access_time(m);
    m->j->r->outcome = DELIVERY_DONE;
}

static void write_pipe(struct mbox *m)
{
    int flags = fcntl(m->fd, F_GETFL);
    err e = flags >= 0 && fcntl(m->fd, F_SETFL, flags & ~O_NONBLOCK) == 0
                ? writer_run(m->j, m->fd, UINT64_MAX, &m->j->r->size)
                : err_sys(errno, "setting up a pipe");
    if (failed(e)) {
        writer_failed(m->j, e, m->path);
        return;
    }
    m->j->r->outcome = DELIVERY_DONE;
}

void deposit_mbox(struct deposit_job *j)
{
    const struct deposit *d = j->d;
    struct mbox m = {.j = j, .path = arena_text(j->arena, d->path), .dir = -1, .fd = -1};
    struct mailbox_lock lock = {0};
    m.name = path_base(m.path);
    const char *directory = path_dir(j->arena, m.path);
    bool make = d->create_directory && deposit_may_create(d, d->path);
    err e = place_open(directory, make, d->directory_mode, &m.dir);
    if (failed(e)) {
        deposit_defer(j->r, e.sys, j->arena, "directory %s of a mailbox: %s", directory, e.what);
        return;
    }
    if ((!d->use_lockfile || mailbox_lock_file(j, m.dir, m.name, &lock)) && open_locked(&m)) {
        if (S_ISFIFO(m.st.st_mode)) {
            write_pipe(&m);
        } else {
            write_regular(&m);
        }
    }
    shut(&m);
    mailbox_unlock(&lock);
    close(m.dir);
}
