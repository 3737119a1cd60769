/* What mkdir -p and open would do, if every name on the way could be trusted. */
#include "ref/transport/place.h"

#include "base/file.h"
#include "base/span.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

enum { LINKS_MOST = 40 };

struct walk {
    struct arena *arena;
    span rest;            /* names that are still to be walked */
    int dir;              /* where we are */
    unsigned links;
    bool make;
    mode_t mode;
};

/* The directories made here are synced by their names; those that were there are somebody else's. */
static err make_here(int dir, const char *name, mode_t mode)
{
    int made, parent;
    if (mkdirat(dir, name, mode) != 0) {
        return errno == EEXIST ? OK : err_sys(errno, "making a directory");
    }
    TRY(file_open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &made));
    err e = fd_set_mode(made, mode);
    close(made);
    TRY(e);
    TRY(file_open_at(dir, ".", O_RDONLY | O_DIRECTORY, 0, &parent));
    e = dir_sync(parent);
    close(parent);
    return e;
}

/* Puts what the link says in front of the names to walk. */
static err link_follow(struct walk *w, const char *name)
{
    struct stat st;
    char target[PATH_MAX];
    if (fstatat(w->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return err_sys(errno, "looking at a symbolic link");
    }
    if ((st.st_uid != 0 && st.st_uid != geteuid()) || ++w->links > LINKS_MOST) {
        return err_sys(ELOOP, "a symbolic link that is not followed");
    }
    ssize_t len = readlinkat(w->dir, name, target, sizeof target);
    if (len < 0 || (size_t)len == sizeof target) {
        return err_sys(len < 0 ? errno : ENAMETOOLONG, "reading a symbolic link");
    }
    w->rest = span_text(arena_printf(w->arena, "%.*s/%.*s", (int)len, target, SPAN_FMT(w->rest)));
    if (len > 0 && target[0] == '/') {
        close(w->dir);
        return file_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, &w->dir);
    }
    return OK;
}

static err step(struct walk *w, span name)
{
    const char *text = arena_text(w->arena, name);
    int next;
    err e = file_open_at(w->dir, text, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, &next);
    if (e.sys == ENOENT && w->make) {
        TRY(make_here(w->dir, text, w->mode));
        e = file_open_at(w->dir, text, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, &next);
    }
    struct stat st;
    if (e.sys == ENOTDIR && fstatat(w->dir, text, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(st.st_mode)) {
        return link_follow(w, text);
    }
    TRY(e);
    close(w->dir);
    w->dir = next;
    return OK;
}

err place_open(const char *path, bool make, mode_t mode, int *dir)
{
    struct walk w = {.arena = arena_new(), .rest = span_text(path), .dir = -1, .make = make,
                     .mode = mode};
    err e = file_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, &w.dir);
    while (!failed(e) && w.rest.len > 0) {
        span name;
        (void)span_split(w.rest, '/', &name, &w.rest);
        if (name.len > 0 && !span_eq(name, SPAN("."))) {
            e = step(&w, name);
        }
    }
    if (!failed(e)) {
        e = file_open_at(w.dir, ".", O_RDONLY | O_DIRECTORY, 0, dir);
    }
    if (w.dir >= 0) {
        close(w.dir);
    }
    arena_free(w.arena);
    return e;
}

err place_open_below(int dir, const char *name, bool make, mode_t mode, int *below, bool *made)
{
    *made = make && mkdirat(dir, name, mode) == 0;
    if (make && !*made && errno != EEXIST) {
        return err_sys(errno, "making a directory");
    }
    TRY(file_open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, below));
    err e = *made ? fd_set_mode(*below, mode) : OK;
    if (failed(e)) {
        close(*below);
    }
    return e;
}
