/* What stands round the text of a message in a mailbox, and how much of all of it there may be. */
#include "ref/transport/writer.h"

#include "base/file.h"
#include "ref/transport/message_text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct writer {
    int fd;
    uint64_t size, room;
    struct message_text text;
};

static err put(void *context, span block)
{
    struct writer *w = context;
    if (block.len > w->room - w->size) {
        return err_of(ERR_LIMIT, "the quota is used up");
    }
    w->size += block.len;
    return fd_write_all(w->fd, block);
}

static err put_text(void *context, span block)
{
    struct writer *w = context;
    return message_text_put(&w->text, block);
}

err writer_run(const struct deposit_job *j, int fd, uint64_t room, uint64_t *size)
{
    struct writer w = {.fd = fd, .room = room};
    const struct message_form form = {.crlf = j->d->crlf, .check = j->d->check,
                                      .escape = j->d->escape, .check_header = true};
    message_text_begin(&w.text, &form);
    w.text.put = put;
    w.text.context = &w;
    TRY(put(&w, j->d->prefix));
    TRY(j->text->pour(j->text->context, put_text, &w));
    TRY(message_text_end(&w.text));
    TRY(put(&w, j->d->suffix));
    *size = w.size;
    return OK;
}

void writer_failed(const struct deposit_job *j, err e, const char *file)
{
    if (e.kind == ERR_LIMIT) {
        deposit_defer(j->r, DELIVERY_ERROR_QUOTA, j->arena,
                      "mailbox is full (MTA-imposed quota exceeded while writing to %s)", file);
    } else if (e.kind == ERR_IO && (e.sys == EDQUOT || e.sys == ENOSPC)) {
        deposit_defer(j->r, e.sys, j->arena, "mailbox is full%s: writing to %s",
                      e.sys == EDQUOT ? "" : " (no room on the disk)", file);
    } else if (e.kind == ERR_IO) {
        deposit_defer(j->r, e.sys, j->arena, "error while writing to %s: %s", file, e.what);
    } else {
        deposit_defer(j->r, 0, j->arena, "%s", e.what);
    }
}

static uint64_t used_below(int dir, unsigned depth)
{
    uint64_t sum = 0;
    DIR *stream = NULL;
    int copy;
    if (!failed(file_open_at(dir, ".", O_RDONLY | O_DIRECTORY, 0, &copy))) {
        stream = fdopendir(copy);
        if (stream == NULL) {
            close(copy);
        }
    }
    for (const struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
        struct stat st;
        int below;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        if (S_ISREG(st.st_mode)) {
            sum += (uint64_t)st.st_size;
        } else if (S_ISDIR(st.st_mode) && depth > 0 &&
                   !failed(file_open_at(dir, entry->d_name,
                                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &below))) {
            sum += used_below(below, depth - 1);
            close(below);
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    return sum;
}

uint64_t writer_used(int dir)
{
    return used_below(dir, 2);
}
