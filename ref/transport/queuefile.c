/* Spool files handed to another program as they are. The copy has all recipients in its envelope, so
   one copy serves every address of the job, and a second attempt that finds the pair there has nothing
   left to do (docs/adr/0175-one-pair-for-all-recipients.md). The header file appears last, because
   whoever finds one takes the message for complete. */
#include "ref/spool/header_file.h"
#include "ref/transport/drivers.h"
#include "ref/transport/local.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { NAME_ROOM = 40, BLOCK = 65536 };

struct copy {
    const struct transport_job *job;
    const char *directory;        /* expanded */
    const char *id;
    int to;                       /* directory, open */
    bool link;                    /* same file system */
    err failure;
    const char *doing;            /* "linking" */
    const char *name;             /* of the file at hand */
};

static bool fail(struct copy *c, const char *doing, const char *name, err e)
{
    c->failure = e;
    c->doing = doing;
    c->name = name;
    return false;
}

/* --- what is there already ------------------------------------------------------------------- */

/* True if two open files have the same octets, however they came to that. */
static err same_octets(int a, int b, struct arena *arena, bool *same)
{
    unsigned char *one = arena_take(arena, BLOCK), *other = arena_take(arena, BLOCK);
    size_t got = BLOCK, got_other;
    *same = true;
    for (off_t at = 0; *same && got == BLOCK; at += BLOCK) {
        TRY(fd_read_part(a, one, BLOCK, at, &got));
        TRY(fd_read_part(b, other, BLOCK, at, &got_other));
        *same = got == got_other && memcmp(one, other, got) == 0;
    }
    return OK;
}

/* A file of that name that is ours: linked or copied by an earlier attempt, of which nobody was told.
   -H may have been rewritten since; an older one of this message does as well. */
static bool is_ours(struct copy *c, const char *name, int source)
{
    struct arena *arena = arena_new();
    struct envelope old;
    bool same = false;
    int fd;
    if (!failed(file_open_at(c->to, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, &fd))) {
        err e = same_octets(source, fd, arena, &same);
        same = !failed(e) && same;
        close(fd);
        if (!same && name[strlen(name) - 1] == 'H') {
            same = !failed(spool_header_load(c->to, c->id, arena, &old));
        }
    }
    arena_free(arena);
    return same;
}

/* --- one file -------------------------------------------------------------------------------- */

/* Under another name first: neither a crash nor a full disk leaves half a file under this one. */
static bool copy_file(struct copy *c, const char *name, int source)
{
    char temporary[NAME_ROOM];
    int fd;
    snprintf(temporary, sizeof temporary, ".%s.new", name);
    err e = file_remove_at(c->to, temporary);
    if (!failed(e)) {
        e = file_open_at(c->to, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, SPOOL_MODE, &fd);
    }
    if (failed(e)) {
        return fail(c, "creating", name, e);
    }
    const char *doing = "setting perms on";
    e = fd_set_mode(fd, SPOOL_MODE);
    if (!failed(e)) {
        doing = "creating";
        e = fd_each(source, 0, fd_put, &fd);
    }
    e = failed(e) ? e : fd_sync(fd);
    err closing = fd_close(fd);
    e = failed(e) ? e : closing;
    if (!failed(e)) {
        e = file_link_at(c->to, temporary, c->to, name);
    }
    (void)unlinkat(c->to, temporary, 0);
    return failed(e) ? fail(c, doing, name, e) : true;
}

static bool link_file(struct copy *c, const char *name)
{
    err e = file_link_at(c->job->message->dir, name, c->to, name);
    return failed(e) ? fail(c, "linking", name, e) : true;
}

/* *made is false if it was there already. */
static bool hand_over(struct copy *c, const char *name, int source, bool *made)
{
    *made = c->link ? link_file(c, name) : copy_file(c, name, source);
    return *made || (c->failure.sys == EEXIST && is_ours(c, name, source));
}

/* --- the pair -------------------------------------------------------------------------------- */

static bool places_open(struct copy *c)
{
    struct stat from, to;
    err e = file_open_at(AT_FDCWD, c->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &c->to);
    if (failed(e)) {
        return fail(c, "accessing directory", NULL, e);
    }
    if (fstat(c->to, &to) != 0 || fstat(c->job->message->dir, &from) != 0) {
        return fail(c, "accessing directory", NULL, err_sys(errno, "fstat"));
    }
    c->link = to.st_dev == from.st_dev;
    return true;
}

/* Into the spool that it comes from: it would be taken for the copy of itself, and then be lost. */
static bool is_own_spool(const struct copy *c)
{
    struct stat to, input, place;
    return fstat(c->to, &to) == 0 && fstat(c->job->message->spool->dir, &input) == 0 &&
           fstat(c->job->message->dir, &place) == 0 && to.st_dev == input.st_dev &&
           (to.st_ino == input.st_ino || to.st_ino == place.st_ino);
}

static bool pair_copy(struct copy *c)
{
    char *data = arena_printf(c->job->arena, "%s-D", c->id);
    char *header = arena_printf(c->job->arena, "%s-H", c->id);
    bool data_made = false, header_made = false;
    int source;
    if (is_own_spool(c)) {
        return fail(c, "linking", header, err_sys(EEXIST, "the spool itself"));
    }
    if (!hand_over(c, data, c->job->message->data.fd, &data_made)) {
        return false;
    }
    err e = file_open_at(c->job->message->dir, header, O_RDONLY | O_NOFOLLOW, 0, &source);
    bool good = failed(e) ? fail(c, "opening", header, e) : true;
    if (good) {
        /* -D first on the disk too: without it -H would be a message without a body. */
        e = dir_sync(c->to);
        good = failed(e) ? fail(c, "accessing directory", NULL, e)
                         : hand_over(c, header, source, &header_made);
        close(source);
    }
    if (good && failed(e = dir_sync(c->to))) {
        good = fail(c, "accessing directory", NULL, e);
    }
    if (!good && header_made) {
        (void)unlinkat(c->to, header, 0);
    }
    if (!good && data_made) {
        (void)unlinkat(c->to, data, 0);
    }
    return good;
}

/* --- addresses ------------------------------------------------------------------------------- */

/* The directory for one address, or NULL: it has its result. */
static const char *directory_of(const struct transport_job *job, struct delivery_address *a)
{
    const char *name = job->transport->name;
    struct local_scene scene;
    local_scene_open(&scene, job, a);
    struct expanded e = expand(job->transport->own.queuefile->directory, job->expansion);
    local_scene_close(&scene);
    if (e.outcome != EXPAND_OK) {
        local_defer(a, 0, span_text(arena_printf(
                              job->arena, "%s transport: failed to expand dirname option: %s", name,
                              e.why)));
        return NULL;
    }
    if (e.value.tainted) {
        local_defer(a, DELIVERY_ERROR_UNKNOWN_HOST,
                    span_text(arena_printf(job->arena, "%s transport: tainted directory \"%.*s\" is "
                                           "not permitted", name, SPAN_FMT(e.value.text))));
    } else if (!span_starts(e.value.text, SPAN("/"))) {
        local_defer(a, DELIVERY_ERROR_UNKNOWN_HOST,
                    span_text(arena_printf(job->arena, "%s transport directory: %.*s is not absolute",
                                           name, SPAN_FMT(e.value.text))));
    } else {
        return arena_text(job->arena, e.value.text);
    }
    a->result.panic = true;
    return NULL;
}

static span failure_text(const struct copy *c)
{
    const char *file = c->name == NULL
                           ? c->directory
                           : path_join(c->job->arena, c->directory, c->name);
    return span_text(arena_printf(c->job->arena, "%s transport %s%s %s failed with error: %s",
                                  c->job->transport->name, c->doing,
                                  c->name == NULL ? ":" : " file:", file,
                                  strerror(c->failure.sys)));
}

/* Every address that has this directory gets the result of the one copy. */
static err directory_run(const struct transport_job *job, const char *const *directories,
                         size_t first)
{
    struct copy c = {.job = job, .directory = directories[first],
                     .id = job->message->envelope.id, .to = -1};
    bool good = job->message->envelope.fake_delivery || (places_open(&c) && pair_copy(&c));
    if (c.to >= 0) {
        close(c.to);
    }
    for (size_t i = first; i < job->count; i++) {
        struct delivery_address *a = job->addresses[i];
        if (directories[i] == NULL || strcmp(directories[i], c.directory) != 0) {
            continue;
        }
        if (good) {
            a->result.file = span_text(c.directory);
            a->result.shared = i > first;
            TRY(local_done(job, a));
        } else {
            local_defer(a, c.failure.sys, failure_text(&c));
            a->result.panic = c.name == NULL;
        }
    }
    return OK;
}

void transport_queuefile_run(struct transport_job *job)
{
    const char **directories = arena_take_array(job->arena, job->count, sizeof *directories);
    for (size_t i = 0; i < job->count; i++) {
        directories[i] = directory_of(job, job->addresses[i]);
    }
    err e = OK;
    for (size_t i = 0; i < job->count && !failed(e); i++) {
        if (directories[i] != NULL && job->addresses[i]->result.outcome == DELIVERY_NONE) {
            e = directory_run(job, directories, i);
        }
    }
    local_stop(job, e);
}
