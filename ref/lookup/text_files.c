/* lsearch reads its file from the top for every key, which is fine for ten lines and not for a
   million. Here a file is read once and indexed when a key is first asked for; both are thrown away
   when the system says that the file is another one or has changed. */
#include "ref/lookup/text_files.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#define IDLE_MOST 25u
/* A file that is written twice within one tick of its file system's clock shows the same time both
   times: so soon after a change it is read again. Whole seconds tell of a coarse clock. */
#define TICK_NANOS (50 * NANOS_PER_MILLI)
#define COARSE_TICK_NANOS (2 * NANOS_PER_SECOND)

struct text_file {
    struct text_file *next;
    struct arena *arena;
    const char *name;     /* under which it was read */
    struct stat known;    /* as it was before it was read */
    bool read_too_soon;   /* it may change without showing it */
    bool loading, stale;
    unsigned holders;
    uint64_t used;        /* when last: a count of uses */
    span text;
    pthread_mutex_t lock; /* for the index */
    uint32_t *slots;      /* 1 + where an entry begins; 0: free */
    size_t slot_count;    /* a power of two */
};

struct text_files {
    struct arena *arena;
    pthread_mutex_t lock;
    pthread_cond_t loaded;
    struct text_file *first;
    unsigned idle_most;
    uint64_t uses;
};

struct text_files *text_files_new(void)
{
    struct arena *arena = arena_new();
    struct text_files *files = ARENA_NEW(arena, struct text_files);
    files->arena = arena;
    files->idle_most = IDLE_MOST;
    CHECK(pthread_mutex_init(&files->lock, NULL) == 0);
    CHECK(pthread_cond_init(&files->loaded, NULL) == 0);
    return files;
}

static void file_free(struct text_file *file)
{
    pthread_mutex_destroy(&file->lock);
    arena_free(file->arena);
}

void text_files_free(struct text_files *files)
{
    for (struct text_file *f = files->first; f;) {
        struct text_file *next = f->next;
        CHECK(f->holders == 0);
        file_free(f);
        f = next;
    }
    pthread_cond_destroy(&files->loaded);
    pthread_mutex_destroy(&files->lock);
    arena_free(files->arena);
}

void text_files_limit(struct text_files *files, unsigned idle_most)
{
    files->idle_most = idle_most;
}

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

/* With the lock held: takes files out that nobody holds, the stale ones, and the longest unused
   past the limit. */
static void sweep(struct text_files *files)
{
    for (;;) {
        unsigned idle = 0;
        struct text_file **victim = NULL;
        for (struct text_file **at = &files->first; *at; at = &(*at)->next) {
            if ((*at)->holders > 0 || (*at)->loading) {
                continue;
            }
            idle++;
            if ((*at)->stale) {
                victim = at;
                break;
            }
            if (victim == NULL || (*at)->used < (*victim)->used) {
                victim = at;
            }
        }
        if (victim == NULL || (!(*victim)->stale && idle <= files->idle_most)) {
            return;
        }
        struct text_file *gone = *victim;
        *victim = gone->next;
        file_free(gone);
    }
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
    file->read_too_soon = soon_after_change(&file->known);
    size_t size = (size_t)file->known.st_size, got;
    unsigned char *at = arena_take(file->arena, size);
    TRY(fd_read_part(fd, at, size, 0, &got));
    file->text = span_of(at, got);
    if (fstat(fd, &after) != 0 || !same_content(&file->known, &after)) {
        file->read_too_soon = true;
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

/* With the lock held: the file that has been read already, or NULL; *wait: it is being read. */
static struct text_file *known_find(struct text_files *files, const struct stat *now, bool *wait)
{
    *wait = false;
    for (struct text_file *f = files->first; f; f = f->next) {
        if (f->stale || f->known.st_dev != now->st_dev || f->known.st_ino != now->st_ino) {
            continue;
        }
        if (f->loading) {
            *wait = true;
            return f;
        }
        if (!f->read_too_soon && same_content(&f->known, now)) {
            return f;
        }
        f->stale = true;
    }
    return NULL;
}

static err load_new(struct text_files *files, const char *path, const struct stat *now,
                    struct text_file **out)
{
    struct arena *arena = arena_new();
    struct text_file *file = ARENA_NEW(arena, struct text_file);
    file->arena = arena;
    file->name = arena_text(arena, span_text(path));
    file->known = *now;
    file->loading = true;
    file->holders = 1;
    file->used = ++files->uses;
    CHECK(pthread_mutex_init(&file->lock, NULL) == 0);
    file->next = files->first;
    files->first = file;
    pthread_mutex_unlock(&files->lock);
    struct stat found = *now; /* others compare with it meanwhile */
    struct text_file loaded = {.arena = arena};
    err e = load(&loaded, path);
    pthread_mutex_lock(&files->lock);
    file->known = failed(e) ? found : loaded.known;
    file->read_too_soon = loaded.read_too_soon;
    file->text = loaded.text;
    file->loading = false;
    if (failed(e)) {
        file->stale = true;
        file->holders = 0;
    } else {
        *out = file;
    }
    pthread_cond_broadcast(&files->loaded);
    sweep(files);
    return e;
}

/* With the lock held: the same without asking the system. */
static struct text_file *named_find(struct text_files *files, const char *name)
{
    for (struct text_file *f = files->first; f; f = f->next) {
        if (!f->stale && !f->loading && !f->read_too_soon && strcmp(f->name, name) == 0) {
            return f;
        }
    }
    return NULL;
}

/* With the lock held: the file that `now` describes, read if it has to be. *file stays NULL without
   an error when others are reading it: look again. */
static err current_find(struct text_files *files, const char *path, const struct stat *now,
                        struct text_file **file)
{
    bool wait;
    struct text_file *known = known_find(files, now, &wait);
    if (wait) {
        pthread_cond_wait(&files->loaded, &files->lock);
        return OK;
    }
    if (known == NULL) {
        return load_new(files, path, now, file);
    }
    known->holders++;
    *file = known;
    return OK;
}

err text_file_hold(struct text_files *files, const char *path, bool looked,
                   struct text_file **file)
{
    err e = OK;
    pthread_mutex_lock(&files->lock);
    *file = looked ? named_find(files, path) : NULL;
    if (*file) {
        (*file)->holders++;
    }
    while (*file == NULL && !failed(e)) {
        struct stat now;
        pthread_mutex_unlock(&files->lock);
        e = stat(path, &now) == 0 ? OK : err_sys(errno, "opening a file");
        pthread_mutex_lock(&files->lock);
        if (!failed(e)) {
            e = current_find(files, path, &now, file);
        }
    }
    if (!failed(e)) {
        (*file)->used = ++files->uses;
    }
    pthread_mutex_unlock(&files->lock);
    return e;
}

void text_file_release(struct text_files *files, struct text_file *file)
{
    pthread_mutex_lock(&files->lock);
    CHECK(file->holders > 0);
    file->holders--;
    if (file->holders == 0) {
        sweep(files);
    }
    pthread_mutex_unlock(&files->lock);
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
    file->slots = arena_take_array(file->arena, file->slot_count, sizeof *file->slots);
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
