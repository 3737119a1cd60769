/* refmta on a disk that fails: the calls that touch files are wrapped by the linker (--wrap), and
   the one that DISK_FAULT=NUMBER:ERRNO:MARKER names fails once, or with ERRNO 0 the process is
   killed in front of it. Only the threads of sessions are counted. MARKER is made then, and says
   which call it was. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Atomic unsigned calls;

int __real_openat(int dir, const char *name, int flags, ...);
int __real_close(int fd);
ssize_t __real_write(int fd, const void *at, size_t len);

static bool fails(const char *name)
{
    unsigned at;
    int sys, marker_at;
    const char *order = getenv("DISK_FAULT");
    if (order == NULL || gettid() == getpid() ||
        sscanf(order, "%u:%d:%n", &at, &sys, &marker_at) != 2 || ++calls != at) {
        return false;
    }
    int marker = __real_openat(AT_FDCWD, order + marker_at, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (marker < 0) {
        return false;
    }
    (void)!__real_write(marker, name, strlen(name));
    (void)__real_close(marker);
    if (sys == 0) {
        (void)kill(getpid(), SIGKILL);
    }
    errno = sys;
    return true;
}

int __wrap_openat(int dir, const char *name, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    char what[64];
    snprintf(what, sizeof what, "openat %s", strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
    return fails(what) ? -1 : __real_openat(dir, name, flags, mode);
}

/* As the system does it: the descriptor is gone also when close tells of an error. */
int __wrap_close(int fd)
{
    int sys = fails("close") ? errno : 0;
    int result = __real_close(fd);
    if (sys != 0) {
        errno = sys;
        return -1;
    }
    return result;
}

/* When it fails, half of it is there: so it is with a disk that fills up. */
ssize_t __wrap_write(int fd, const void *at, size_t len)
{
    if (fails("write")) {
        int sys = errno;
        (void)!__real_write(fd, at, len / 2);
        errno = sys;
        return -1;
    }
    return __real_write(fd, at, len);
}

#define WRAP(result, name, declared, given) \
    result __real_##name declared;          \
    result __wrap_##name declared           \
    {                                       \
        return fails(#name) ? -1 : __real_##name given; \
    }

WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, sync_file_range, (int fd, off_t from, off_t count, unsigned flags), (fd, from, count, flags))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, fstat, (int fd, struct stat *s), (fd, s))
WRAP(int, mkdirat, (int dir, const char *name, mode_t mode), (dir, name, mode))
WRAP(int, unlinkat, (int dir, const char *name, int flags), (dir, name, flags))
WRAP(int, faccessat, (int dir, const char *name, int mode, int flags), (dir, name, mode, flags))
WRAP(int, renameat, (int dir, const char *name, int new_dir, const char *new_name),
     (dir, name, new_dir, new_name))

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, void *argument)
{
    return fails("fcntl") ? -1 : __real_fcntl(fd, command, argument);
}
