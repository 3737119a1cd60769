/* lsearch reads its file from the top for every key, which is fine for ten lines and not for a
   million. Here a file is read once and indexed when a key is first asked for; both are thrown away
   when the system says that the file is another one or has changed. */
#include "ref/lookup/text_files.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>

/* A file that is written twice within one tick of its file system's clock shows the same time both
   times: so soon after a change it is read again. Whole seconds tell of a coarse clock. */
#define TICK_NANOS (50 * NANOS_PER_MILLI)
#define COARSE_TICK_NANOS (2 * NANOS_PER_SECOND)

struct text_file {
    struct kept_file kept;
    struct stat known; /* as it was before it was read */
    span text;
    pthread_mutex_t lock; /* for the index */
    uint32_t *slots;      /* 1 + where an entry begins; 0: free */
    size_t slot_count;    /* a power of two */
};

static bool same_content(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool soon_after_change(const struct stat *s)
{
    instant changed = (instant)s->st_mtim.tv_sec * NANOS_PER_SECOND + s->st_mtim.tv_nsec;
    instant tick = s->st_mtim.tv_nsec == 0 ? COARSE_TICK_NANOS : TICK_NANOS;
    return clock_now(clock_system()) - changed < tick;
}

/* Reads the open file; one that grows meanwhile is read again by whoever comes next. */
static err content_read(struct text_file *file, int fd)
{
    struct stat after;
    if (fstat(fd, &file->known) != 0) {
        return err_sys(errno, "looking at a file");
    }
    if (!S_ISREG(file->known.st_mode)) {
        return err_sys(0, "not a regular file");
    }
    if (file->known.st_size > (off_t)TEXT_FILE_OCTETS) {
        return err_of(ERR_LIMIT, "the file is larger than may be read");
    }
    file->kept.unsure = soon_after_change(&file->known);
    size_t size = (size_t)file->known.st_size, got;
    unsigned char *at = arena_take(file->kept.arena, size);
    TRY(fd_read_part(fd, at, size, 0, &got));
    file->text = span_of(at, got);
    if (fstat(fd, &after) != 0 || !same_content(&file->known, &after)) {
        file->kept.unsure = true;
    }
    return OK;
}

static err load(struct text_file *file, const char *path)
{
    int fd;
    /* Not blocking: a pipe without a writer would keep us. */
    TRY(file_open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0, &fd));
    err e = content_read(file, fd);
    err closing = fd_close(fd);
    return failed(e) ? e : closing;
}

/* The lock is away while it is read. */
static err load_new(struct kept_files *files, const char *path, const struct stat *now,
                    struct kept_file **out)
{
    struct text_file *file = kept_file_new(files, path, now, sizeof *file);
    CHECK(pthread_mutex_init(&file->lock, NULL) == 0);
    pthread_mutex_unlock(&files->lock);
    err e = load(file, path);
    pthread_mutex_lock(&files->lock);
    if (!failed(e)) {
        file->kept.device = file->known.st_dev;
        file->kept.inode = file->known.st_ino;
        *out = &file->kept;
    }
    kept_file_opened(files, &file->kept, !failed(e));
    return e;
}

static err text_find(struct kept_files *files, const char *path, const struct stat *now,
                     struct arena *arena, struct kept_file **out)
{
    (void)arena;
    for (struct kept_file *f = files->first; f; f = f->next) {
        if (f->stale || !kept_file_is(f, now)) {
            continue;
        }
        if (f->opening) {
            kept_files_wait(files);
            return OK;
        }
        if (!f->unsure && same_content(&((struct text_file *)f)->known, now)) {
            *out = f;
            return OK;
        }
        f->stale = true;
    }
    return load_new(files, path, now, out);
}

static void text_close(struct kept_file *file)
{
    pthread_mutex_destroy(&((struct text_file *)file)->lock);
}

void text_files_init(struct kept_files *files)
{
    kept_files_init(files, text_find, text_close);
}

err text_file_hold(struct kept_files *files, const char *path, bool looked, struct text_file **file)
{
    struct kept_file *kept;
    err e = kept_file_hold(files, path, looked, NULL, &kept);
    *file = (struct text_file *)kept;
    return e;
}

void text_file_release(struct kept_files *files, struct text_file *file)
{
    kept_file_release(files, &file->kept);
}

static uint64_t key_hash(span key)
{
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
    for (size_t i = 0; i < key.len; i++) {
        hash = (hash ^ ascii_lower(key.at[i])) * 0x100000001b3;
    }
    return hash ^ hash >> 32;
}

/* The slot of the key: that of its entry, or the free one where it would be. */
static size_t slot_of(const struct text_file *file, span key, struct arena *scratch,
                      struct text_entry *entry)
{
    size_t slot = (size_t)key_hash(key) & (file->slot_count - 1);
    for (; file->slots[slot] != 0; slot = (slot + 1) & (file->slot_count - 1)) {
        size_t at = file->slots[slot] - 1;
        CHECK(text_entry_next(file->text, &at, entry));
        if (span_eq_caseless(text_entry_key(entry, scratch), key)) {
            break;
        }
    }
    return slot;
}

static void index_make(struct text_file *file)
{
    struct arena *scratch = arena_new();
    struct text_entry entry, other;
    size_t count = 0;
    for (size_t at = 0; text_entry_next(file->text, &at, &entry);) {
        count++;
    }
    file->slot_count = 16;
    while (file->slot_count < 2 * count) {
        file->slot_count *= 2;
    }
    file->slots = arena_take_array(file->kept.arena, file->slot_count, sizeof *file->slots);
    for (size_t at = 0; text_entry_next(file->text, &at, &entry);) {
        /* The first of equal keys stays: it is the one that a search from the top would find. */
        size_t slot = slot_of(file, text_entry_key(&entry, scratch), scratch, &other);
        if (file->slots[slot] == 0) {
            file->slots[slot] = (uint32_t)(entry.line.at - file->text.at) + 1;
        }
    }
    arena_free(scratch);
}

bool text_entry_find(struct text_file *file, span key, struct arena *arena,
                     struct text_entry *entry)
{
    pthread_mutex_lock(&file->lock);
    if (file->slots == NULL) {
        index_make(file);
    }
    pthread_mutex_unlock(&file->lock);
    return file->slots[slot_of(file, key, arena, entry)] != 0;
}

span text_file_text(const struct text_file *file)
{
    return file->text;
}
