/* The body goes to disk as it comes in; a block of it is held so that the file grows by large
   writes whatever pieces the network hands over. */
#include "ref/spool/data_file.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

size_t spool_data_offset(const char *id)
{
    return strlen(id) + sizeof "-D\n" - 1;
}

err spool_data_flush(struct spool_data *data)
{
    err e = fd_write_all(data->fd, span_of(data->block, data->held));
    data->held = 0;
    return e;
}

err spool_data_create(int dir, const char *id, struct arena *arena, struct spool_data *data)
{
    char name[SPOOL_FILE_ROOM];
    spool_file_name(id, "-D", name);
    data->size = 0;
    data->zeros = 0;
    data->ends_in_lf = true;
    data->held = 0;
    data->block = data->first;
    data->room = sizeof data->first;
    data->arena = arena;
    data->fd = -1;
    TRY(file_open_at(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, SPOOL_MODE, &data->fd));
    data->held = (size_t)snprintf((char *)data->block, data->room, "%s\n", name);
    return OK;
}

static unsigned long zeros_of(span text)
{
    unsigned long sum = 0;
    for (size_t at; (at = span_find_byte(text, '\0')) != SPAN_NONE; sum++) {
        text = span_from(text, at + 1);
    }
    return sum;
}

/* The block is full: most bodies never come here. A file that grows by much at a time costs the system less. */
static err make_room(struct spool_data *data)
{
    if (data->room == SPOOL_DATA_BLOCK) {
        TRY(fd_write_all(data->fd, span_of(data->block, SPOOL_DATA_PIECE)));
        data->held -= SPOOL_DATA_PIECE;
        memcpy(data->block, data->block + SPOOL_DATA_PIECE, data->held);
        return OK;
    }
    data->block = arena_octets(data->arena, SPOOL_DATA_BLOCK);
    data->room = SPOOL_DATA_BLOCK;
    memcpy(data->block, data->first, data->held);
    return OK;
}

/* Whole blocks, so that the file grows by whole pages: of a page begun the system clears the rest. */
err spool_data_write(struct spool_data *data, span body)
{
    if (body.len == 0) {
        return OK;
    }
    data->zeros += zeros_of(body);
    data->size += body.len;
    data->ends_in_lf = body.at[body.len - 1] == '\n';
    while (body.len > 0) {
        if (data->held == data->room) {
            TRY(make_room(data));
        }
        span piece = span_first(body, data->room - data->held);
        memcpy(data->block + data->held, piece.at, piece.len);
        data->held += piece.len;
        body = span_from(body, piece.len);
    }
    return OK;
}

err spool_data_sync(struct spool_data *data)
{
    TRY(spool_data_flush(data));
    return fd_sync_data(data->fd);
}

/* The first line must be the file's own name. */
static err check_name(int fd, const char *name)
{
    char line[SPOOL_FILE_ROOM + 1];
    size_t want = strlen(name) + 1;
    ssize_t got = pread(fd, line, want, 0);
    if (got < 0) {
        return err_sys(errno, "reading a spool data file");
    }
    if ((size_t)got != want || line[want - 1] != '\n' || memcmp(line, name, want - 1) != 0) {
        return err_syntax(0, "the first line of a spool data file is not its own name");
    }
    return OK;
}

err spool_data_open(int dir, const char *id, int *fd, uint64_t *body_size)
{
    char name[SPOOL_FILE_ROOM];
    struct stat st;
    spool_file_name(id, "-D", name);
    *fd = -1;
    TRY(file_open_at(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0, fd)); /* it may be a pipe */
    err e = check_name(*fd, name);
    if (!failed(e) && (fstat(*fd, &st) != 0 ||
                       lseek(*fd, (off_t)spool_data_offset(id), SEEK_SET) < 0)) {
        e = err_sys(errno, "reading a spool data file");
    }
    if (failed(e)) {
        close(*fd);
        *fd = -1;
        return e;
    }
    *body_size = (uint64_t)st.st_size - spool_data_offset(id);
    return OK;
}
