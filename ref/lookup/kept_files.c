/* Files of lines and LMDB environments are kept by the same rules; only how one is opened, and how it
   shows that it has changed, is different. */
#include "ref/lookup/kept_files.h"

#include "base/check.h"

#include <errno.h>

#define IDLE_MOST 25u

void kept_files_init(struct kept_files *files, kept_find *find,
                     void (*close)(struct kept_file *file))
{
    *files = (struct kept_files){.idle_most = IDLE_MOST, .find = find, .close = close};
    CHECK(pthread_mutex_init(&files->lock, NULL) == 0);
    CHECK(pthread_cond_init(&files->changed, NULL) == 0);
}

static void take_out(struct kept_files *files, struct kept_file **at)
{
    struct kept_file *gone = *at;
    *at = gone->next;
    files->close(gone);
    arena_free(gone->arena);
}

void kept_files_end(struct kept_files *files)
{
    while (files->first) {
        CHECK(files->first->holders == 0);
        take_out(files, &files->first);
    }
    pthread_cond_destroy(&files->changed);
    pthread_mutex_destroy(&files->lock);
}

void kept_files_sweep(struct kept_files *files)
{
    for (;;) {
        unsigned idle = 0;
        struct kept_file **victim = NULL;
        for (struct kept_file **at = &files->first; *at; at = &(*at)->next) {
            if ((*at)->holders > 0) {
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
        take_out(files, victim);
    }
}

void kept_files_wait(struct kept_files *files)
{
    pthread_cond_wait(&files->changed, &files->lock);
}

bool kept_file_is(const struct kept_file *file, const struct stat *now)
{
    return file->device == now->st_dev && file->inode == now->st_ino;
}

void *kept_file_new(struct kept_files *files, const char *path, const struct stat *now, size_t size)
{
    struct arena *arena = arena_new();
    struct kept_file *file = arena_take(arena, size);
    *file = (struct kept_file){.next = files->first,
                               .arena = arena,
                               .name = arena_text(arena, span_text(path)),
                               .device = now->st_dev,
                               .inode = now->st_ino,
                               .opening = true,
                               .holders = 1};
    files->first = file;
    return file;
}

void kept_file_opened(struct kept_files *files, struct kept_file *file, bool good)
{
    file->opening = false;
    file->stale = !good;
    file->holders--;
    pthread_cond_broadcast(&files->changed);
}

/* Who has it under that name, without asking the system. */
static struct kept_file *named(const struct kept_files *files, const char *name)
{
    for (struct kept_file *f = files->first; f; f = f->next) {
        if (!f->stale && !f->opening && !f->unsure && strcmp(f->name, name) == 0) {
            return f;
        }
    }
    return NULL;
}

err kept_file_hold(struct kept_files *files, const char *path, bool looked, struct arena *arena,
                   struct kept_file **file)
{
    err e = OK;
    pthread_mutex_lock(&files->lock);
    *file = looked ? named(files, path) : NULL;
    while (*file == NULL && !failed(e)) {
        struct stat now;
        pthread_mutex_unlock(&files->lock);
        e = stat(path, &now) == 0 ? OK : err_sys(errno, "opening a file");
        pthread_mutex_lock(&files->lock);
        if (!failed(e)) {
            e = files->find(files, path, &now, arena, file);
        }
    }
    if (*file) {
        (*file)->holders++;
        (*file)->used = ++files->uses;
    }
    kept_files_sweep(files);
    pthread_mutex_unlock(&files->lock);
    return e;
}

void kept_file_release(struct kept_files *files, struct kept_file *file)
{
    pthread_mutex_lock(&files->lock);
    CHECK(file->holders > 0);
    file->holders--;
    if (file->holders == 0) {
        kept_files_sweep(files);
        pthread_cond_broadcast(&files->changed);
    }
    pthread_mutex_unlock(&files->lock);
}
