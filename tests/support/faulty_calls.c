/* The calls under which files change, wrapped by the linker (--wrap, see faulty_calls.cmake). Before each
   of them call_fails() is asked: it sets errno and says yes, or it ends the process. */
#include "tests/support/faulty_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int __real_openat(int dir, const char *name, int flags, ...);
int __real_close(int fd);
ssize_t __real_write(int fd, const void *at, size_t len);
int __real_fcntl(int fd, int command, ...);

int __wrap_openat(int dir, const char *name, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    char what[64];
    snprintf(what, sizeof what, "openat %s", strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
    return call_fails(what) ? -1 : __real_openat(dir, name, flags, mode);
}

/* As the system does it: the descriptor is gone also when close tells of an error. */
int __wrap_close(int fd)
{
    int sys = call_fails("close") ? errno : 0;
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
    if (call_fails("write")) {
        int sys = errno;
        (void)!__real_write(fd, at, len / 2);
        errno = sys;
        return -1;
    }
    return __real_write(fd, at, len);
}

#define WRAP(result, name, declared, given)          \
    result __real_##name declared;                   \
    result __wrap_##name declared                    \
    {                                                \
        return call_fails(#name) ? -1 : __real_##name given; \
    }

WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, sync_file_range, (int fd, off_t from, off_t count, unsigned flags), (fd, from, count, flags))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, fstat, (int fd, struct stat *s), (fd, s))
WRAP(int, fstatat, (int dir, const char *name, struct stat *s, int flags), (dir, name, s, flags))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, mkdirat, (int dir, const char *name, mode_t mode), (dir, name, mode))
WRAP(int, unlinkat, (int dir, const char *name, int flags), (dir, name, flags))
WRAP(int, faccessat, (int dir, const char *name, int mode, int flags), (dir, name, mode, flags))
WRAP(int, linkat, (int dir, const char *name, int new_dir, const char *new_name, int flags),
     (dir, name, new_dir, new_name, flags))
WRAP(int, renameat, (int dir, const char *name, int new_dir, const char *new_name),
     (dir, name, new_dir, new_name))
WRAP(ssize_t, pread, (int fd, void *at, size_t count, off_t offset), (fd, at, count, offset))

int __wrap_fcntl(int fd, int command, void *argument)
{
    return call_fails("fcntl") ? -1 : __real_fcntl(fd, command, argument);
}

ssize_t call_write(int fd, const void *at, size_t len)
{
    return __real_write(fd, at, len);
}

int call_open(const char *name, int flags, unsigned mode)
{
    return __real_openat(AT_FDCWD, name, flags, mode);
}

int call_close(int fd)
{
    return __real_close(fd);
}
