/* A file for each message: in a maildir, or in a directory under a name of one's own. Written where
   nobody looks, synced, and then linked to where it is looked for: a link, unlike a renaming, never
   takes the place of another message. */
#include "ref/transport/place.h"
#include "ref/transport/writer.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct maildir {
    struct deposit_job *j;
    const char *path;
    int dir;                      /* of the whole */
    int tmp, new;                 /* a maildir's; else both are dir */
    const char *name;             /* in tmp */
    bool made;                    /* some part of it: the directory has to be synced */
};

static bool refuse(const struct maildir *m, err e, const char *what)
{
    return deposit_defer(m->j->r, e.sys, m->j->arena, "%s %s: %s", what, m->path, e.what);
}

/* --- directories ---------------------------------------------------------------------------- */

static bool parts_open(struct maildir *m)
{
    static const char *const names[] = {"tmp", "new", "cur"};
    const struct deposit *d = m->j->d;
    int fds[3] = {-1, -1, -1};
    err e = OK;
    for (size_t i = 0; i < 3 && !failed(e); i++) {
        bool made = false;
        e = place_open_below(m->dir, names[i], d->create_directory, d->directory_mode, &fds[i],
                             &made);
        m->made |= made;
    }
    m->tmp = fds[0];
    m->new = fds[1];
    if (fds[2] >= 0) {
        close(fds[2]);
    }
    return failed(e) ? refuse(m, e, "maildir") : true;
}

static bool open_all(struct maildir *m)
{
    const struct deposit *d = m->j->d;
    bool make = d->create_directory && deposit_may_create(d, d->path);
    err e = place_open(m->path, make, d->directory_mode, &m->dir);
    if (failed(e)) {
        return refuse(m, e, "directory");
    }
    m->tmp = m->new = m->dir;
    if (d->kind == DEPOSIT_MAILDIR) {
        return parts_open(m);
    }
    return true;
}

static void close_all(const struct maildir *m)
{
    if (m->tmp >= 0 && m->tmp != m->dir) {
        close(m->tmp);
    }
    if (m->new >= 0 && m->new != m->dir) {
        close(m->new);
    }
    if (m->dir >= 0) {
        close(m->dir);
    }
}

/* --- names ---------------------------------------------------------------------------------- */

/* Seconds, microseconds, message and try: no two deliveries have the same, on no two hosts. */
static const char *name_make(const struct maildir *m, uint64_t try)
{
    const struct deposit *d = m->j->d;
    long long micros = (long long)(d->now / 1000);
    const char *again = try == 0 ? "" : arena_printf(m->j->arena, "R%llu", (unsigned long long)try);
    return arena_printf(m->j->arena, "%s%lld.M%lldQ%.*s%s.%.*s",
                        d->kind == DEPOSIT_MAILDIR ? "" : "temp.", micros / 1000000,
                        micros % 1000000, SPAN_FMT(d->id), again, SPAN_FMT(d->host));
}

static bool name_expand(struct maildir *m, enum deposit_name which, uint64_t value, span *text)
{
    const struct deposit_names *names = m->j->names;
    err e = names->make(names->context, which, value, text);
    if (!failed(e) && (span_find_byte(*text, '/') != SPAN_NONE ||
                       span_find_byte(*text, '\0') != SPAN_NONE)) {
        e = err_of(ERR_DEFER, arena_printf(m->j->arena, "name of a file with a slash: \"%.*s\"",
                                           SPAN_FMT(*text)));
    }
    return failed(e) ? deposit_defer(m->j->r, 0, m->j->arena, "%s", e.what) : true;
}

/* The name that it is to have, below new. NULL: the job has its result. */
static const char *final_name(struct maildir *m, int fd)
{
    const struct deposit *d = m->j->d;
    span text = SPAN_EMPTY;
    struct stat st;
    if (d->kind == DEPOSIT_MAILDIR) {
        if (d->has_tag && !name_expand(m, DEPOSIT_NAME_TAG, m->j->r->size, &text)) {
            return NULL;
        }
        return arena_printf(m->j->arena, "%s%s%.*s", m->name,
                            text.len > 0 && ascii_is_alnum(text.at[0]) ? ":" : "", SPAN_FMT(text));
    }
    if (fstat(fd, &st) != 0) {
        refuse(m, err_sys(errno, "looking at a file"), "directory");
        return NULL;
    }
    if (!name_expand(m, DEPOSIT_NAME_FILE, (uint64_t)st.st_ino, &text)) {
        return NULL;
    }
    if (text.len == 0 || text.at[0] == '.') {
        deposit_defer(m->j->r, 0, m->j->arena, "directory_file gives no name: \"%.*s\"",
                      SPAN_FMT(text));
        return NULL;
    }
    return arena_text(m->j->arena, text);
}

/* --- the message ---------------------------------------------------------------------------- */

static bool write_temporary(struct maildir *m, int fd)
{
    const struct deposit *d = m->j->d;
    uint64_t used = d->quota == 0 ? 0 : writer_used(m->dir);
    uint64_t room = d->quota == 0 ? UINT64_MAX : d->quota > used ? d->quota - used : 0;
    err e = fd_set_mode(fd, d->mode);
    if (!failed(e)) {
        e = writer_run(m->j, fd, room, &m->j->r->size);
    }
    if (!failed(e)) {
        e = fd_sync(fd);
    }
    if (failed(e)) {
        writer_failed(m->j, e, m->path);
    }
    return !failed(e);
}

/* Puts it where it is seen. ERR_IO with EEXIST: the name is taken. */
static err publish(struct maildir *m, const char *name)
{
    TRY(file_link_at(m->tmp, m->name, m->new, name));
    err e = dir_sync(m->new);
    if (!failed(e) && m->made) {
        e = dir_sync(m->dir);
    }
    if (failed(e)) {
        (void)unlinkat(m->new, name, 0);
    }
    return e;
}

static bool make_message(struct maildir *m, int fd, bool *taken)
{
    const char *name = NULL;
    *taken = false;
    if (!write_temporary(m, fd) || (name = final_name(m, fd)) == NULL) {
        return false;
    }
    err e = publish(m, name);
    *taken = e.sys == EEXIST;
    if (failed(e)) {
        return deposit_defer(m->j->r, e.sys, m->j->arena, "name %s in %s: %s", name, m->path,
                             e.what);
    }
    m->j->r->file = span_text(arena_printf(m->j->arena, "%s%s%s", m->path,
                                           m->j->d->kind == DEPOSIT_MAILDIR ? "/new/" : "/", name));
    m->j->r->outcome = DELIVERY_DONE;
    m->j->r->error = 0;
    m->j->r->text = SPAN_EMPTY;
    return true;
}

/* With the next free name in tmp. False: the job has its result, or the name is taken in new. */
static bool try_once(struct maildir *m, uint64_t try, bool *taken)
{
    int fd;
    m->name = name_make(m, try);
    err e = file_open_at(m->tmp, m->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, m->j->d->mode,
                         &fd);
    *taken = e.sys == EEXIST;
    if (failed(e)) {
        return refuse(m, e, "file in");
    }
    bool done = make_message(m, fd, taken);
    close(fd);
    (void)unlinkat(m->tmp, m->name, 0);
    return done;
}

void deposit_in_directory(struct deposit_job *j)
{
    struct maildir m = {.j = j, .path = arena_text(j->arena, j->d->path), .dir = -1, .tmp = -1,
                        .new = -1};
    bool taken = true;
    if (open_all(&m)) {
        for (uint64_t i = 0; i <= j->d->maildir_retries && taken; i++) {
            (void)try_once(&m, i, &taken);
        }
    }
    close_all(&m);
}
