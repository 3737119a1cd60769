/* Files: whole reads with a ceiling, and writes that are durable when they return. Every system
   call goes through here, so that tests can make each one fail in turn. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <sys/stat.h>
#include <sys/types.h>

/* The whole file into the arena. ERR_LIMIT if longer than ceiling. Reads pipes and devices too. */
err file_read(const char *path, size_t ceiling, struct arena *arena, span *content) MUST_CHECK;
err file_read_at(int dir, const char *name, size_t ceiling, struct arena *arena,
                 span *content) MUST_CHECK;

/* The same of a regular file; ERR_IO without errno: it is of another sort, so that reading might wait
   or never end. */
err file_read_regular(const char *path, size_t ceiling, struct arena *arena,
                      span *content) MUST_CHECK;

/* Errors of functions that take no arena do not name the file: add it with err_in. */

/* Replaces `name` in the directory open as dir so that at any moment, power loss included, either
   the old or the new content is there: temporary file, fsync, rename, fsync of the directory. Mode
   is exact, whatever the umask. After a failure before the rename the old content is there and no
   temporary file; one of the last fsync leaves the new content, of which the disk may not know. */
err file_replace(int dir, const char *name, span content, mode_t mode) MUST_CHECK;
/* Plain write, not synced; for reports and evidence. */
err file_write(const char *path, span content, mode_t mode) MUST_CHECK;
/* One write call for the whole; for log lines. O_APPEND, created with mode. Errors: nothing of it is left behind. */
err file_append(const char *path, span line, mode_t mode) MUST_CHECK;

/* The steps themselves, for those who hold a descriptor or need their own order of them. dir may be
   AT_FDCWD. file_open_at adds O_CLOEXEC. A name that is not there is fine for file_remove_at. */
err file_open_at(int dir, const char *name, int flags, mode_t mode, int *fd) MUST_CHECK;
err file_link_at(int dir, const char *name, int new_dir, const char *new_name) MUST_CHECK;
err file_rename_at(int dir, const char *name, int new_dir, const char *new_name) MUST_CHECK;
err file_remove_at(int dir, const char *name) MUST_CHECK;

/* What is left to read of fd into the arena. ERR_LIMIT if that is more than ceiling. */
err fd_read_all(int fd, size_t ceiling, struct arena *arena, span *content) MUST_CHECK;
/* Exactly count octets, restarted after signals. ERR_CLOSED: it ended before. */
err fd_read_exactly(int fd, void *at, size_t count) MUST_CHECK;
/* Up to count octets from offset on; *got is less only where the file ends. */
err fd_read_part(int fd, void *at, size_t count, off_t offset, size_t *got) MUST_CHECK;
/* All octets from offset `from` on, in blocks; the position stays, and what put returns ends it. */
err fd_each(int fd, off_t from, err (*put)(void *context, span block), void *context) MUST_CHECK;
/* Tries to lock count octets from offset on (count 0: to the end, wherever that moves) against
   everybody else, other threads and programs with fcntl locks included. *taken is false when it is
   held elsewhere. It goes when fd, and all copies of it, are closed. */
err fd_lock(int fd, off_t offset, off_t count, bool *taken) MUST_CHECK;
/* Cuts the file to `size` octets. */
err fd_truncate(int fd, off_t size) MUST_CHECK;
/* Close that tells what the system said: a late write error shows here on some file systems. */
err fd_close(int fd) MUST_CHECK;
/* All octets, restarted after signals; ERR_IO with ENOSPC when the disk is full. */
err fd_write_all(int fd, span bytes) MUST_CHECK;
/* The same as a `put`: fd points to an int. */
err fd_put(void *fd, span bytes) MUST_CHECK;
/* The same, from offset on. */
err fd_write_at(int fd, span bytes, off_t offset) MUST_CHECK;
/* Exactly that mode, whatever umask made of it when the file was made. Asks first: a change costs
   the file system a transaction. */
err fd_set_mode(int fd, mode_t mode) MUST_CHECK;
err fd_sync(int fd) MUST_CHECK;      /* fsync */
err fd_sync_data(int fd) MUST_CHECK; /* fdatasync */
/* Has the system begin to write what a sync will wait for; proves nothing, and never fails. */
void fd_sync_begin(int fd);
err dir_open(const char *path, int *dir) MUST_CHECK;
err dir_sync(int dir) MUST_CHECK;
/* Makes the directory and those above it; existing ones are fine. */
err dir_make_all(const char *path, mode_t mode) MUST_CHECK;
/* Removes a tree below (and including) path; what is not there is fine. Never follows links. */
err dir_remove_all(const char *path) MUST_CHECK;

struct dir_list {
    const char **names; /* sorted by strcmp; without "." and ".." */
    size_t count;
};
err dir_list(const char *path, struct arena *arena, struct dir_list *list) MUST_CHECK;

/* a + "/" + b; b alone when it is absolute; a alone when b is empty. */
char *path_join(struct arena *arena, const char *a, const char *b);
const char *path_base(const char *path); /* behind the last slash */
/* Before the last slash: "." when there is none, "/" for what stands in the root. */
char *path_dir(struct arena *arena, const char *path);
/* The folder of the program that runs. To be asked before roots or mounts are changed. */
char *path_of_program(struct arena *arena);
bool path_is_file(const char *path);
bool path_is_dir(const char *path);

#endif
