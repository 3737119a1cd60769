/* After a crash. What a dead process had in its intake is compared with the spool, message by message: the body
   must be as it arrived; a -H may have been written anew since, durably, and is then no beginning of
   the old one. A message that is told to be gone, by any process, is taken away; all others are there
   in the end. Twice is allowed, never is not (RFC 5321 6.1). */
#include "ref/spool/intake.h"

#include "ref/spool/data_file.h"
#include "ref/spool/header_file.h"
#include "ref/spool/id.h"

#include "base/file.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_MOST ((size_t)256 << 20)

struct told {
    struct spool_intake_record record;
    bool ours; /* of a process that is dead */
};

struct found {
    const char *name;
    int fd;
    bool ours; /* locked: nobody lives who has it */
};

struct recovery {
    const char *directory;
    struct arena *arena;
    int folder;
    VEC(struct told) told;
    VEC(struct found) files;
    bool some; /* of them are ours */
    VEC(struct spool_intake_record) gone; /* sorted */
    size_t restored;
};

static void read_half(struct recovery *r, span half, bool ours)
{
    uint64_t generation = spool_intake_head_read(half);
    span rest = span_from(half, SPOOL_INTAKE_HEAD);
    struct spool_intake_record record;
    while (generation != 0 && spool_intake_record_read(&rest, generation, r->arena, &record)) {
        vec_add(r->arena, &r->told, ((struct told){record, ours}));
    }
}

/* Of a file that is not there any more there is nothing to know: it was settled meanwhile. */
static err find_file(struct recovery *r, const char *name)
{
    struct found found = {.name = name};
    err e = file_open_at(r->folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0, &found.fd);
    if (e.kind == ERR_IO && e.sys == ENOENT) {
        return OK;
    }
    TRY(e);
    vec_add(r->arena, &r->files, found);
    struct found *last = &r->files.at[r->files.count - 1];
    e = fd_lock(last->fd, 0, 0, &last->ours);
    r->some = r->some || last->ours;
    return e;
}

static err read_file(struct recovery *r, const struct found *file)
{
    span text;
    TRY(fd_read_all(file->fd, FILE_MOST, r->arena, &text));
    read_half(r, span_first(text, text.len / 2), file->ours);
    read_half(r, span_from(text, text.len / 2), file->ours);
    return OK;
}

static int by_id(const void *a, const void *b)
{
    const struct spool_intake_record *x = a;
    const struct spool_intake_record *y = b;
    int order = strcmp(x->id, y->id);
    return order ? order : strcmp(x->place, y->place);
}

static bool is_gone(const struct recovery *r, const struct spool_intake_record *record)
{
    return r->gone.count > 0 &&
           bsearch(record, r->gone.at, r->gone.count, sizeof *r->gone.at, by_id) != NULL;
}

/* ERR_IO with ENOENT: not there. */
static err content_of(struct recovery *r, int dir, const char *name, span *text)
{
    int fd;
    TRY(file_open_at(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, &fd));
    err e = fd_read_all(fd, SPOOL_HEADER_FILE_LIMIT, r->arena, text);
    if (!failed(e)) {
        e = fd_sync(fd);
    }
    close(fd);
    return e;
}

/* What the disk made of it: nothing, its beginning, or NULs for what never came there. */
static bool is_torn(span now, span then)
{
    size_t same = 0;
    while (same < now.len && same < then.len && now.at[same] == then.at[same]) {
        same++;
    }
    while (same < now.len && now.at[same] == '\0') {
        same++;
    }
    return same == now.len && !span_eq(now, then);
}

static err write_new(int dir, const char *name, span text)
{
    int fd;
    TRY(file_open_at(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, SPOOL_MODE, &fd));
    err e = fd_set_mode(fd, SPOOL_MODE);
    e = failed(e) ? e : fd_write_all(fd, text);
    e = failed(e) ? e : fd_sync(fd);
    err closing = fd_close(fd);
    return failed(e) ? e : closing;
}

/* -D before -H: without the latter there is no message yet. */
static err restore(struct recovery *r, int dir, const struct spool_intake_record *record)
{
    char data[SPOOL_FILE_ROOM], header[SPOOL_FILE_ROOM];
    span now = SPAN_EMPTY;
    bool written = false;
    spool_file_name(record->id, "-D", data);
    spool_file_name(record->id, "-H", header);
    err e = content_of(r, dir, data, &now);
    if ((e.kind == ERR_IO && e.sys == ENOENT) || (!failed(e) && !span_eq(now, record->data))) {
        written = true;
        e = write_new(dir, data, record->data);
    }
    TRY(e);
    e = content_of(r, dir, header, &now);
    if ((e.kind == ERR_IO && e.sys == ENOENT) || (!failed(e) && is_torn(now, record->header))) {
        written = true;
        e = file_replace(dir, header, record->header, SPOOL_MODE);
    }
    TRY(e);
    r->restored += written;
    return dir_sync(dir);
}

static err put_right(struct recovery *r, const struct spool_intake_record *record)
{
    char name[SPOOL_FILE_ROOM];
    int dir;
    const char *place = path_join(r->arena, r->directory, record->place);
    if (record->kind == SPOOL_INTAKE_ARRIVED && is_gone(r, record)) {
        return OK;
    }
    TRY(dir_make_all(place, SPOOL_DIR_MODE));
    TRY(dir_open(place, &dir));
    err e = OK;
    if (record->kind == SPOOL_INTAKE_ARRIVED) {
        e = restore(r, dir, record);
    } else {
        e = file_remove_at(dir, spool_file_name(record->id, "-D", name));
        e = failed(e) ? e : file_remove_at(dir, spool_file_name(record->id, "-H", name));
        e = failed(e) ? e : dir_sync(dir);
    }
    close(dir);
    return err_in(e, r->arena, "%s: message %s", place, record->id);
}

static void sort_the_gone(struct recovery *r)
{
    for (size_t i = 0; i < r->told.count; i++) {
        if (r->told.at[i].record.kind == SPOOL_INTAKE_GONE) {
            vec_add(r->arena, &r->gone, r->told.at[i].record);
        }
    }
    if (r->gone.count > 0) {
        qsort(r->gone.at, r->gone.count, sizeof *r->gone.at, by_id);
    }
}

/* The files of the living are read too: they may tell that a message of a dead one is gone. */
static err put_all_right(struct recovery *r)
{
    for (size_t i = 0; i < r->files.count; i++) {
        TRY(read_file(r, &r->files.at[i]));
    }
    sort_the_gone(r);
    for (size_t i = 0; i < r->told.count; i++) {
        if (r->told.at[i].ours) {
            TRY(put_right(r, &r->told.at[i].record));
        }
    }
    for (size_t i = 0; i < r->files.count; i++) {
        if (r->files.at[i].ours) {
            TRY(file_remove_at(r->folder, r->files.at[i].name));
        }
    }
    return dir_sync(r->folder);
}

err spool_intake_recover(const char *directory, struct arena *arena, size_t *restored)
{
    struct recovery r = {.directory = directory, .arena = arena_new()};
    struct dir_list names;
    const char *folder = path_join(arena, directory, SPOOL_INTAKE_FOLDER);
    *restored = 0;
    err e = dir_open(folder, &r.folder);
    if (failed(e)) {
        arena_free(r.arena);
        bool none = e.kind == ERR_IO && (e.sys == ENOENT || e.sys == ENOTDIR);
        return none ? OK : err_in(e, arena, "%s", folder);
    }
    e = dir_list(folder, r.arena, &names);
    for (size_t i = 0; !failed(e) && i < names.count; i++) {
        e = find_file(&r, names.names[i]);
    }
    if (!failed(e) && r.some) {
        e = put_all_right(&r);
    }
    for (size_t i = 0; i < r.files.count; i++) {
        close(r.files.at[i].fd); /* and its lock */
    }
    close(r.folder);
    *restored = r.restored;
    e = err_in(e, arena, "%s (it holds mail that was answered 250: mend the disk, start again)", folder);
    arena_free(r.arena);
    return e;
}
