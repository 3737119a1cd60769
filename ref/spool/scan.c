/* The directories as they are, whatever layout the configuration asks for: Exim's readers look in
   both too, so that split_spool_directory can be changed while messages lie in the spool. */
#include "ref/spool/scan.h"

#include "ref/spool/data_file.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define TEMPORARY "hdr."

static const struct {
    const char *suffix;
    enum spool_part part;
} parts[] = {{"-H", SPOOL_PART_H}, {"-D", SPOOL_PART_D}, {"-J", SPOOL_PART_J}};

/* Which message a file name belongs to, and as what; 0: none. */
static unsigned part_of(span name, span *id)
{
    bool temporary = span_starts(name, SPAN(TEMPORARY));
    span rest = span_from(name, temporary ? sizeof TEMPORARY - 1 : 0);
    size_t length = spool_id_prefix(rest);
    *id = span_first(rest, length);
    if (temporary) {
        return length > 0 && rest.len == length ? SPOOL_PART_TEMP : 0;
    }
    for (size_t i = 0; length > 0 && i < sizeof parts / sizeof *parts; i++) {
        if (span_eq(span_from(rest, length), span_text(parts[i].suffix))) {
            return parts[i].part;
        }
    }
    return 0;
}

static int by_id(const void *a, const void *b)
{
    const struct spool_entry *x = a;
    const struct spool_entry *y = b;
    int order = strcmp(x->id, y->id);
    return order ? order : x->split - y->split;
}

static err scan_one(const char *path, char split, struct arena *arena,
                    struct spool_entries *entries, struct dir_list *files)
{
    TRY(dir_list(path, arena, files));
    for (size_t i = 0; i < files->count; i++) {
        span id;
        unsigned part = part_of(span_text(files->names[i]), &id);
        if (part) {
            struct spool_entry *entry = vec_push(arena, &entries->list);
            memcpy(entry->id, id.at, id.len);
            entry->split = split;
            entry->parts = part;
        }
    }
    return OK;
}

/* One entry for the files of each message. */
static void fold(struct spool_entries *entries)
{
    size_t kept = 0;
    if (entries->list.count > 0) {
        qsort(entries->list.at, entries->list.count, sizeof *entries->list.at, by_id);
    }
    for (size_t i = 0; i < entries->list.count; i++) {
        struct spool_entry *entry = &entries->list.at[i];
        if (kept > 0 && by_id(entry, &entries->list.at[kept - 1]) == 0) {
            entries->list.at[kept - 1].parts |= entry->parts;
        } else {
            entries->list.at[kept++] = *entry;
        }
    }
    entries->list.count = kept;
}

err spool_scan(const char *input, struct arena *arena, struct spool_entries *entries)
{
    struct dir_list top, below;
    *entries = (struct spool_entries){0};
    TRY(scan_one(input, '\0', arena, entries, &top));
    for (size_t i = 0; i < top.count; i++) {
        const char *name = top.names[i];
        const char *path = path_join(arena, input, name);
        if (strlen(name) == 1 && ascii_is_alnum((unsigned char)name[0]) && path_is_dir(path)) {
            TRY(scan_one(path, name[0], arena, entries, &below));
        }
    }
    fold(entries);
    return OK;
}

/* Does nothing if a living process has -D locked. */
static err sweep_entry(int dir, const struct spool_entry *entry)
{
    char data[SPOOL_FILE_ROOM], temporary[SPOOL_FILE_ROOM];
    int fd = -1;
    bool taken = true;
    spool_file_name(entry->id, "-D", data);
    spool_temporary_name(entry->id, temporary);
    if (entry->parts & SPOOL_PART_D) {
        TRY(file_open_at(dir, data, O_RDWR | O_NOFOLLOW, 0, &fd));
    }
    err e = fd >= 0 ? fd_lock(fd, 0, (off_t)spool_data_offset(entry->id), &taken) : OK;
    if (!failed(e) && taken && entry->parts & SPOOL_PART_TEMP) {
        e = file_remove_at(dir, temporary);
    }
    if (!failed(e) && taken && entry->parts & SPOOL_PART_D && !(entry->parts & SPOOL_PART_H)) {
        e = file_remove_at(dir, data);
    }
    if (fd >= 0) {
        close(fd);
    }
    return e;
}

err spool_sweep(const char *input, struct arena *arena)
{
    struct spool_entries entries;
    TRY(spool_scan(input, arena, &entries));
    for (size_t i = 0; i < entries.list.count; i++) {
        const struct spool_entry *entry = &entries.list.at[i];
        bool left = entry->parts & SPOOL_PART_TEMP ||
                    (entry->parts & SPOOL_PART_D && !(entry->parts & SPOOL_PART_H));
        char below[2] = {entry->split, '\0'};
        int dir;
        if (!left) {
            continue;
        }
        TRY(dir_open(path_join(arena, input, below), &dir));
        err e = sweep_entry(dir, entry);
        close(dir);
        TRY(e);
    }
    return OK;
}
