/* What base/file.h promises of a disk that fails: each system call under file_replace fails in
   turn, or the process dies in front of it, and the name has its old or its new content, whole. The
   calls are wrapped by the linker (--wrap), so the product has no hook for this. */
#include "base/check.h"
#include "base/file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Tests may have what the product may not: the linker's wraps find their orders in statics. */
static bool armed;
static int calls;         /* since armed */
static int fail_at;       /* this call fails, counted from 1; 0: none */
static int fail_with;     /* its errno; 0: the process ends instead */
static size_t write_most; /* octets that one write takes; 0: all */
static char order[256];   /* the calls made, in words */

static bool fails(const char *name)
{
    if (!armed) {
        return false;
    }
    calls++;
    size_t used = strlen(order);
    snprintf(order + used, sizeof order - used, "%s%s", used ? " " : "", name);
    if (calls != fail_at) {
        return false;
    }
    if (fail_with == 0) {
        _exit(77);
    }
    errno = fail_with;
    return true;
}

int __real_openat(int dir, const char *name, int flags, ...);
ssize_t __real_write(int fd, const void *at, size_t len);
int __real_fchmod(int fd, mode_t mode);
int __real_fsync(int fd);
int __real_close(int fd);
int __real_renameat(int dir, const char *name, int new_dir, const char *new_name);
int __real_unlinkat(int dir, const char *name, int flags);

int __wrap_openat(int dir, const char *name, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails("openat") ? -1 : __real_openat(dir, name, flags, mode);
}

ssize_t __wrap_write(int fd, const void *at, size_t len)
{
    if (fails("write")) {
        return -1;
    }
    return __real_write(fd, at, armed && write_most && write_most < len ? write_most : len);
}

int __wrap_fchmod(int fd, mode_t mode)
{
    return fails("fchmod") ? -1 : __real_fchmod(fd, mode);
}

int __wrap_fsync(int fd)
{
    return fails("fsync") ? -1 : __real_fsync(fd);
}

/* As the system does it: the descriptor is gone also when close tells of an error. */
int __wrap_close(int fd)
{
    int sys = fails("close") ? errno : 0;
    int result = __real_close(fd);
    if (sys) {
        errno = sys;
        return -1;
    }
    return result;
}

int __wrap_renameat(int dir, const char *name, int new_dir, const char *new_name)
{
    return fails("renameat") ? -1 : __real_renameat(dir, name, new_dir, new_name);
}

int __wrap_unlinkat(int dir, const char *name, int flags)
{
    return fails("unlinkat") ? -1 : __real_unlinkat(dir, name, flags);
}

/* A directory with one file, "name", of the old content. */
struct place {
    struct arena *arena;
    char path[64];
    int dir;
};

static void place_make(struct place *p)
{
    p->arena = arena_new();
    snprintf(p->path, sizeof p->path, "/tmp/disk-test-XXXXXX");
    cr_assert_not_null(mkdtemp(p->path));
    cr_assert_not(failed(dir_open(p->path, &p->dir)));
    cr_assert_not(failed(file_replace(p->dir, "name", SPAN("old"), 0600)));
}

static void place_clear(struct place *p)
{
    close(p->dir);
    cr_expect_not(failed(dir_remove_all(p->path)));
    arena_free(p->arena);
}

static err replace(struct place *p, int at, int sys)
{
    calls = 0;
    order[0] = '\0';
    fail_at = at;
    fail_with = sys;
    armed = true;
    err e = file_replace(p->dir, "name", SPAN("new and longer"), 0600);
    armed = false;
    return e;
}

static span content(struct place *p)
{
    span all = SPAN("(unreadable)");
    cr_expect_not(failed(file_read_at(p->dir, "name", 100, p->arena, &all)));
    return all;
}

static size_t names_in(struct place *p)
{
    struct dir_list list = {0};
    cr_expect_not(failed(dir_list(p->path, p->arena, &list)));
    return list.count;
}

Test(disk, content_is_on_disk_before_its_name_and_the_name_before_success)
{
    struct place p;
    place_make(&p);
    cr_assert_not(failed(replace(&p, 0, 0)));
    cr_expect_str_eq(order, "openat write fchmod fsync close renameat fsync");
    cr_expect(span_eq(content(&p), SPAN("new and longer")));
    place_clear(&p);
}

Test(disk, whichever_call_fails_the_old_or_the_new_is_there_and_nothing_else)
{
    static const int reasons[] = {EIO, ENOSPC, EDQUOT};
    for (size_t r = 0; r < sizeof reasons / sizeof *reasons; r++) {
        for (int at = 1; at <= 7; at++) {
            struct place p;
            place_make(&p);
            err e = replace(&p, at, reasons[r]);
            cr_expect_eq(e.kind, ERR_IO, "call %d: %s", at, order);
            cr_expect_eq(e.sys, reasons[r], "call %d: %s", at, order);
            span seen = content(&p);
            cr_expect(span_eq(seen, at <= 6 ? SPAN("old") : SPAN("new and longer")),
                      "call %d: %s: \"%.*s\"", at, order, SPAN_FMT(seen));
            cr_expect_eq(names_in(&p), (size_t)1, "call %d: %s: a temporary file is left",
                         at, order);
            place_clear(&p);
        }
    }
}

Test(disk, a_process_that_dies_leaves_the_old_or_the_new)
{
    for (int at = 1; at <= 7; at++) {
        struct place p;
        int status;
        place_make(&p);
        pid_t child = fork();
        if (child == 0) {
            (void)!failed(replace(&p, at, 0));
            _exit(0);
        }
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert_eq(WEXITSTATUS(status), 77, "call %d was reached", at);
        span seen = content(&p);
        cr_expect(span_eq(seen, at <= 6 ? SPAN("old") : SPAN("new and longer")), "call %d",
                  at);
        cr_assert_not(failed(replace(&p, 0, 0)), "and the next one works: call %d", at);
        place_clear(&p);
    }
}

Test(disk, writes_go_on_where_they_stopped)
{
    struct place p;
    place_make(&p);
    write_most = 4;
    err e = replace(&p, 0, 0);
    cr_expect_not(failed(e));
    cr_expect(span_eq(content(&p), SPAN("new and longer")));
    write_most = 4;
    e = replace(&p, 3, EINTR);
    write_most = 0;
    cr_expect_not(failed(e), "a signal is no failure: %s", order);
    cr_expect(span_eq(content(&p), SPAN("new and longer")));
    place_clear(&p);
}
