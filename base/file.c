/* Files and directories. Every call to the system that touches one is made in this file, by its
   plain libc name: a test build wraps those names and makes each call fail in turn, which proves
   that what is promised about crashes and full disks holds. */
#include "base/file.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_OCTETS ((size_t)65536)
/* Leftovers of crashed runs that file_replace will step over. */
#define TEMPORARY_NAMES 100u

/* Closes fd because of a failure, and keeps the errno that tells of it. */
static err give_up(int fd, const char *what)
{
    int sys = errno;
    close(fd);
    return err_sys(sys, what);
}

/* Closes fd; the first failure of the two is the one to report. */
static err close_after(int fd, err e)
{
    err closing = fd_close(fd);
    return failed(e) ? e : closing;
}

err file_open_at(int dir, const char *name, int flags, mode_t mode, int *fd)
{
    int opened;
    do {
        opened = openat(dir, name, flags | O_CLOEXEC, mode);
    } while (opened < 0 && errno == EINTR);
    if (opened < 0) {
        return err_sys(errno, "opening a file");
    }
    *fd = opened;
    return OK;
}

err file_link_at(int dir, const char *name, int new_dir, const char *new_name)
{
    return linkat(dir, name, new_dir, new_name, 0) == 0 ? OK
                                                        : err_sys(errno, "linking a file");
}

err file_rename_at(int dir, const char *name, int new_dir, const char *new_name)
{
    return renameat(dir, name, new_dir, new_name) == 0 ? OK
                                                       : err_sys(errno, "renaming a file");
}

err file_remove_at(int dir, const char *name)
{
    return unlinkat(dir, name, 0) == 0 || errno == ENOENT
               ? OK
               : err_sys(errno, "removing a file");
}

err fd_close(int fd)
{
    /* The descriptor is gone even after EINTR; a second close could hit another thread's file. */
    return close(fd) == 0 || errno == EINTR ? OK : err_sys(errno, "closing a file");
}

err fd_read_all(int fd, size_t ceiling, struct arena *arena, span *content)
{
    struct buf all;
    buf_init(&all, ceiling);
    err e = OK;
    for (;;) {
        /* One octet past the ceiling is asked for, to tell "just fits" from "too long". */
        unsigned char extra;
        size_t room = ceiling - all.len < READ_OCTETS ? ceiling - all.len : READ_OCTETS;
        unsigned char *at = room ? buf_reserve(&all, room) : &extra;
        ssize_t got = read(fd, at, room ? room : 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            e = err_sys(errno, "reading a file");
        } else if (got > 0 && !room) {
            e = err_of(ERR_LIMIT, "the file is larger than may be read");
        }
        if (got <= 0 || failed(e)) {
            break;
        }
        buf_add(&all, (size_t)got);
    }
    if (!failed(e)) {
        *content = arena_copy(arena, buf_span(&all));
    }
    buf_wipe(&all);
    return e;
}

err fd_read_part(int fd, void *at, size_t count, off_t offset, size_t *got)
{
    unsigned char *to = at;
    for (*got = 0; *got < count;) {
        ssize_t octets = pread(fd, to + *got, count - *got, offset + (off_t)*got);
        if (octets < 0 && errno == EINTR) {
            continue;
        }
        if (octets < 0) {
            return err_sys(errno, "reading a file");
        }
        if (octets == 0) {
            break;
        }
        *got += (size_t)octets;
    }
    return OK;
}

err fd_each(int fd, off_t from, err (*put)(void *context, span block), void *context)
{
    unsigned char block[16384];
    size_t got = sizeof block;
    for (off_t at = from; got == sizeof block; at += (off_t)got) {
        TRY(fd_read_part(fd, block, sizeof block, at, &got));
        if (got > 0) {
            TRY(put(context, span_of(block, got)));
        }
    }
    return OK;
}

err file_read_at(int dir, const char *name, size_t ceiling, struct arena *arena,
                 span *content)
{
    int fd = -1;
    err e = file_open_at(dir, name, O_RDONLY, 0, &fd);
    if (!failed(e)) {
        e = close_after(fd, fd_read_all(fd, ceiling, arena, content));
    }
    return err_in(e, arena, "%s", name);
}

err file_read(const char *path, size_t ceiling, struct arena *arena, span *content)
{
    return file_read_at(AT_FDCWD, path, ceiling, arena, content);
}

err file_read_regular(const char *path, size_t ceiling, struct arena *arena, span *content)
{
    int fd = -1;
    struct stat s;
    err e = file_open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd);
    if (!failed(e)) {
        /* A directory is told by the reading. */
        bool fit = fstat(fd, &s) == 0 && (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode));
        e = close_after(fd, fit ? fd_read_all(fd, ceiling, arena, content)
                                : err_of(ERR_IO, "it is no regular file"));
    }
    return err_in(e, arena, "%s", path);
}

err fd_write_all(int fd, span bytes)
{
    while (bytes.len) {
        ssize_t count = write(fd, bytes.at, bytes.len);
        if (count >= 0) {
            bytes = span_from(bytes, (size_t)count);
        } else if (errno != EINTR) {
            return err_sys(errno, "writing a file");
        }
    }
    return OK;
}

err fd_put(void *fd, span bytes)
{
    return fd_write_all(*(const int *)fd, bytes);
}

err fd_read_exactly(int fd, void *at, size_t count)
{
    size_t got = 0;
    while (got < count) {
        ssize_t n = read(fd, (unsigned char *)at + got, count - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? err_sys(errno, "reading") : err_of(ERR_CLOSED, "the other end is closed");
        }
        got += (size_t)n;
    }
    return OK;
}

err fd_write_at(int fd, span bytes, off_t offset)
{
    while (bytes.len) {
        ssize_t count = pwrite(fd, bytes.at, bytes.len, offset);
        if (count >= 0) {
            bytes = span_from(bytes, (size_t)count);
            offset += count;
        } else if (errno != EINTR) {
            return err_sys(errno, "writing a file");
        }
    }
    return OK;
}

err fd_set_mode(int fd, mode_t mode)
{
    struct stat s;
    if (fstat(fd, &s) == 0 && (s.st_mode & 07777) == mode) {
        return OK;
    }
    return fchmod(fd, mode) == 0 ? OK : err_sys(errno, "setting a file's mode");
}

err fd_sync(int fd)
{
    return fsync(fd) == 0 ? OK : err_sys(errno, "syncing a file to disk");
}

err fd_sync_data(int fd)
{
    return fdatasync(fd) == 0 ? OK : err_sys(errno, "syncing a file to disk");
}

void fd_sync_begin(int fd)
{
    (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

err fd_truncate(int fd, off_t size)
{
    return ftruncate(fd, size) == 0 ? OK : err_sys(errno, "cutting a file");
}

err fd_lock(int fd, off_t offset, off_t count, bool *taken)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = count};
    *taken = fcntl(fd, F_OFD_SETLK, &lock) == 0;
    if (*taken || errno == EAGAIN || errno == EACCES) {
        return OK;
    }
    return err_sys(errno, "locking a file");
}

/* A new file beside `name` that nobody else has. *temporary lives in arena. */
static err open_temporary(int dir, const char *name, struct arena *arena, char **temporary,
                          int *fd)
{
    err e = OK;
    for (unsigned i = 0; i < TEMPORARY_NAMES; i++) {
        *temporary = arena_printf(arena, ".%s.%ld.%u.new", name, (long)gettid(), i);
        e = file_open_at(dir, *temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600,
                         fd);
        if (!failed(e) || e.sys != EEXIST) {
            break;
        }
    }
    return e;
}

static err fill_temporary(int fd, span content, mode_t mode)
{
    TRY(fd_write_all(fd, content));
    if (fchmod(fd, mode) != 0) {
        return err_sys(errno, "setting a file's mode");
    }
    return fd_sync(fd);
}

err file_replace(int dir, const char *name, span content, mode_t mode)
{
    struct arena *arena = arena_new();
    char *temporary = NULL;
    int fd = -1;
    err e = open_temporary(dir, name, arena, &temporary, &fd);
    if (!failed(e)) {
        e = close_after(fd, fill_temporary(fd, content, mode));
        if (!failed(e)) {
            e = file_rename_at(dir, temporary, dir, name);
        }
        if (failed(e)) {
            (void)unlinkat(dir, temporary, 0);
        } else {
            e = dir_sync(dir);
        }
    }
    arena_free(arena);
    /* what is static text here, so it outlives the arena */
    return e;
}

err file_write(const char *path, span content, mode_t mode)
{
    int fd;
    TRY(file_open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode, &fd));
    return close_after(fd, fd_write_all(fd, content));
}

/* What a full disk took of it goes again, unless somebody else has written behind it: half a line would be the
   beginning of the next one. */
static err append_whole(int fd, span line)
{
    struct stat now;
    span left = line;
    while (left.len > 0) {
        ssize_t count = write(fd, left.at, left.len);
        if (count >= 0) {
            left = span_from(left, (size_t)count);
        } else if (errno != EINTR) {
            err e = err_sys(errno, "writing a file");
            off_t done = (off_t)(line.len - left.len), end = lseek(fd, 0, SEEK_CUR);
            if (done > 0 && end >= done && fstat(fd, &now) == 0 && now.st_size == end) {
                (void)!ftruncate(fd, end - done);
            }
            return e;
        }
    }
    return OK;
}

err file_append(const char *path, span line, mode_t mode)
{
    int fd;
    TRY(file_open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, mode, &fd));
    return close_after(fd, append_whole(fd, line));
}

err dir_open(const char *path, int *dir)
{
    return file_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, dir);
}

err dir_sync(int dir)
{
    return fsync(dir) == 0 ? OK : err_sys(errno, "syncing a directory to disk");
}

static err make_one(const char *path, mode_t mode)
{
    if (mkdir(path, mode) == 0 || (errno == EEXIST && path_is_dir(path))) {
        return OK;
    }
    return err_sys(errno, "making a directory");
}

err dir_make_all(const char *path, mode_t mode)
{
    struct arena *arena = arena_new();
    span whole = span_text(path);
    err e = OK;
    for (size_t i = 1; i <= whole.len && !failed(e); i++) {
        bool part_ends = i == whole.len || whole.at[i] == '/';
        if (part_ends && whole.at[i - 1] != '/') {
            e = make_one(arena_text(arena, span_first(whole, i)), mode);
        }
    }
    arena_free(arena);
    return e;
}

/* NULL: there are no more. */
static err next_name(DIR *stream, const char **name)
{
    const struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(stream);
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    *name = entry ? entry->d_name : NULL;
    return entry || errno == 0 ? OK : err_sys(errno, "reading a directory");
}

static err remove_tree(int dir, const char *name);

/* Takes over fd, a directory's. */
static err empty_directory(int fd)
{
    DIR *stream = fdopendir(fd);
    if (!stream) {
        return give_up(fd, "reading a directory");
    }
    const char *name;
    err e = next_name(stream, &name);
    while (!failed(e) && name) {
        e = remove_tree(fd, name);
        if (!failed(e)) {
            e = next_name(stream, &name);
        }
    }
    closedir(stream);
    return e;
}

static err remove_tree(int dir, const char *name)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) {
        return OK;
    }
    if (errno != EISDIR) {
        return err_sys(errno, "removing a file");
    }
    int fd;
    TRY(file_open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &fd));
    TRY(empty_directory(fd));
    if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
        return OK;
    }
    return err_sys(errno, "removing a directory");
}

err dir_remove_all(const char *path)
{
    return remove_tree(AT_FDCWD, path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

err dir_list(const char *path, struct arena *arena, struct dir_list *list)
{
    DIR *stream = opendir(path);
    if (!stream) {
        return err_in(err_sys(errno, "reading a directory"), arena, "%s", path);
    }
    VEC(const char *) names = {0};
    const char *name;
    err e;
    while (!failed(e = next_name(stream, &name)) && name) {
        vec_add(arena, &names, arena_text(arena, span_text(name)));
    }
    closedir(stream);
    if (names.count) {
        qsort(names.at, names.count, sizeof *names.at, by_name);
    }
    *list = (struct dir_list){names.at, names.count};
    return err_in(e, arena, "%s", path);
}

char *path_join(struct arena *arena, const char *a, const char *b)
{
    if (b[0] == '/' || a[0] == '\0') {
        return arena_text(arena, span_text(b));
    }
    if (b[0] == '\0') {
        return arena_text(arena, span_text(a));
    }
    size_t first = strlen(a);
    size_t second = strlen(b);
    bool between = a[first - 1] != '/';
    char *path = arena_take(arena, first + between + second + 1);
    memcpy(path, a, first);
    memcpy(path + first, "/", between);
    memcpy(path + first + between, b, second);
    return path;
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *path_dir(struct arena *arena, const char *path)
{
    span whole = span_text(path);
    size_t slash = span_find_last_byte(whole, '/');
    if (slash == SPAN_NONE) {
        return arena_text(arena, SPAN("."));
    }
    return arena_text(arena, slash == 0 ? SPAN("/") : span_first(whole, slash));
}

char *path_of_program(struct arena *arena)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n < 0 ? 0 : n] = '\0';
    return path_dir(arena, self);
}

static bool path_is(const char *path, mode_t type)
{
    struct stat s;
    return stat(path, &s) == 0 && (s.st_mode & S_IFMT) == type;
}

bool path_is_file(const char *path)
{
    return path_is(path, S_IFREG);
}

bool path_is_dir(const char *path)
{
    return path_is(path, S_IFDIR);
}
