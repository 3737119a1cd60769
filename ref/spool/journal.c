/* One line, one write, one sync: a delivery counts from the moment its line is on disk. */
#include "ref/spool/journal.h"

#include "ref/spool/data_file.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define JOURNAL_LIMIT (64u << 20)
#define LINE_LIMIT 4096

/* A line that a crash cut short does not count, and must not become the beginning of the next. */
static err drop_torn_end(int fd)
{
    char end[LINE_LIMIT];
    off_t size = lseek(fd, 0, SEEK_END);
    off_t from = size > (off_t)sizeof end ? size - (off_t)sizeof end : 0;
    size_t got;
    if (size <= 0) {
        return size < 0 ? err_sys(errno, "journal") : OK;
    }
    TRY(fd_read_part(fd, end, sizeof end, from, &got));
    size_t last = span_find_last_byte(span_of(end, got), '\n');
    off_t whole = last != SPAN_NONE ? from + (off_t)last + 1 : from;
    return whole < size ? fd_truncate(fd, whole) : OK;
}

err spool_journal_open(int dir, const char *id, struct spool_journal *journal)
{
    char name[SPOOL_FILE_ROOM];
    journal->fd = -1;
    TRY(file_open_at(dir, spool_file_name(id, "-J", name), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK,
                     SPOOL_MODE, &journal->fd));
    err e = drop_torn_end(journal->fd);
    if (failed(e)) {
        spool_journal_close(journal);
    }
    return e;
}

err spool_journal_note(struct spool_journal *journal, span text)
{
    char line[LINE_LIMIT];
    if (text.len == 0 || span_find_byte(text, '\n') != SPAN_NONE) {
        return err_syntax(0, "journal: an address on one line expected");
    }
    if (text.len >= sizeof line) {
        return err_of(ERR_LIMIT, "journal: the address is too long");
    }
    memcpy(line, text.at, text.len);
    line[text.len] = '\n';
    return fd_write_all(journal->fd, span_of(line, text.len + 1));
}

err spool_journal_add(struct spool_journal *journal, span address)
{
    TRY(spool_journal_note(journal, address));
    return fd_sync(journal->fd);
}

void spool_journal_close(struct spool_journal *journal)
{
    if (journal->fd >= 0) {
        close(journal->fd);
    }
    journal->fd = -1;
}

struct map spool_journal_done(const struct envelope *e, struct arena *arena)
{
    struct map done = {0};
    for (size_t i = 0; i < e->done.count; i++) {
        (void)map_put(&done, arena, e->done.at[i], &e->done.at[i]);
    }
    return done;
}

err spool_journal_merge(int dir, const char *id, struct envelope *e, struct arena *arena,
                        bool *found)
{
    char name[SPOOL_FILE_ROOM];
    span text;
    span line;
    *found = false;
    err result = file_read_at(dir, spool_file_name(id, "-J", name), JOURNAL_LIMIT, arena, &text);
    if (result.kind == ERR_IO && result.sys == ENOENT) {
        return OK;
    }
    TRY(result);
    *found = true;
    struct map done = spool_journal_done(e, arena);
    while (span_split(text, '\n', &line, &text)) {
        if (line.len > 0 && map_get(&done, line) == NULL) {
            (void)map_put(&done, arena, line, found);
            vec_add(arena, &e->done, line);
        }
    }
    return OK;
}

err spool_journal_remove(int dir, const char *id)
{
    char name[SPOOL_FILE_ROOM];
    return file_remove_at(dir, spool_file_name(id, "-J", name));
}
