/* A thread beside the play that waits for inotify and reads the clock. What the kernel tells late, or
   not at all, is missing from a drawing and from nothing else, so nothing here is an error. */
#include "harness/case/watch.h"

#include "base/check.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { EVENTS_MOST = 300, FOLDERS_MOST = 64, DEPTH = 3, LINE_MOST = 400, NEWS_MOST = 65536 };

struct folder {
    int wd;
    const char *path;
    const char *shown; /* in front of a file's name */
    const char *kind;  /* "spool", "mail" */
    const char *log;   /* the one file of interest, or NULL */
    off_t read;        /* of the log */
    unsigned depth;
};
struct sight {
    instant at;
    const char *kind;
    const char *text;
};
struct watch {
    struct arena *arena; /* of the thread while it runs */
    pthread_t thread;
    int inotify, stop;
    VEC(struct folder) folders;
    VEC(struct sight) sights;
};

static void see(struct watch *w, instant at, const char *kind, const char *text)
{
    if (w->sights.count < EVENTS_MOST) {
        vec_add(w->arena, &w->sights, ((struct sight){at, kind, text}));
    }
}

static void add_folder(struct watch *w, struct folder f)
{
    uint32_t mask = f.log ? IN_MODIFY | IN_CREATE | IN_MOVED_TO
                          : IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
    struct dir_list list;
    if (w->folders.count >= FOLDERS_MOST) {
        return;
    }
    f.wd = inotify_add_watch(w->inotify, f.path, mask | IN_MASK_CREATE | IN_ONLYDIR);
    if (f.wd < 0) {
        return; /* not there, or watched already */
    }
    vec_add(w->arena, &w->folders, f);
    if (f.log || f.depth == DEPTH || failed(dir_list(f.path, w->arena, &list))) {
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        const char *path = path_join(w->arena, f.path, list.names[i]);
        if (path_is_dir(path)) {
            add_folder(w, (struct folder){.path = path, .kind = f.kind, .depth = f.depth + 1,
                                          .shown = arena_printf(w->arena, "%s%s/", f.shown,
                                                                list.names[i])});
        }
    }
}

/* New whole lines; half a line waits for its rest. */
static void read_log(struct watch *w, struct folder *f, instant at)
{
    static const size_t chunk = NEWS_MOST;
    unsigned char *news = arena_take(w->arena, chunk);
    size_t got = 0;
    int fd = open(f->log, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (!failed(fd_read_part(fd, news, chunk, f->read, &got))) {
        span rest = span_of(news, got), line;
        while (span_find_byte(rest, '\n') != SPAN_NONE) {
            size_t before = rest.len;
            (void)span_line(&rest, &line);
            f->read += (off_t)(before - rest.len);
            see(w, at, f->kind, arena_text(w->arena, span_first(line, LINE_MOST)));
        }
    }
    close(fd);
}

static struct folder *folder_of(struct watch *w, int wd)
{
    for (size_t i = 0; i < w->folders.count; i++) {
        if (w->folders.at[i].wd == wd) {
            return &w->folders.at[i];
        }
    }
    return NULL;
}

static void take(struct watch *w, const struct inotify_event *e, instant at)
{
    struct folder *f = folder_of(w, e->wd);
    if (!f || e->len == 0) {
        return;
    }
    if (f->log) {
        if (strcmp(e->name, path_base(f->log)) == 0) {
            read_log(w, f, at);
        }
        return;
    }
    bool came = (e->mask & (IN_CREATE | IN_MOVED_TO)) != 0;
    if ((e->mask & IN_ISDIR) == 0) {
        see(w, at, f->kind, arena_printf(w->arena, "%s %s%s", came ? "+" : "-", f->shown, e->name));
    } else if (came && f->depth < DEPTH) {
        struct folder below = {.path = path_join(w->arena, f->path, e->name), .kind = f->kind,
                               .shown = arena_printf(w->arena, "%s%s/", f->shown, e->name),
                               .depth = f->depth + 1};
        add_folder(w, below);
    }
}

static bool drain(struct watch *w)
{
    _Alignas(struct inotify_event) unsigned char room[8192];
    ssize_t got = read(w->inotify, room, sizeof room);
    instant at = clock_now(clock_system());
    for (ssize_t i = 0; i < got;) {
        struct inotify_event head;
        memcpy(&head, room + i, sizeof head);
        take(w, (const struct inotify_event *)(const void *)(room + i), at);
        i += (ssize_t)(sizeof head + head.len);
    }
    return got > 0;
}

static void *watch_thread(void *context)
{
    struct watch *w = context;
    struct pollfd fds[2] = {{w->inotify, POLLIN, 0}, {w->stop, POLLIN, 0}};
    while (fds[1].revents == 0) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR) {
            break;
        }
        (void)drain(w);
    }
    while (drain(w)) {
    }
    return NULL;
}

/* Logs are files; a spool or mailboxes are folders, named with %-words behind them. */
static void add_place(struct watch *w, enum surface surface, const char *place)
{
    const char *path = arena_text(w->arena, span_text(place));
    struct stat st;
    if (place[0] != '/') {
        return; /* a command */
    }
    if (surface == SURFACE_LOG) {
        bool there = stat(path, &st) == 0;
        add_folder(w, (struct folder){.path = path_dir(w->arena, path), .kind = "log", .log = path,
                                      .shown = "", .read = there ? st.st_size : 0});
        return;
    }
    size_t percent = span_find_byte(span_text(path), '%');
    if (percent != SPAN_NONE) {
        path = path_dir(w->arena, arena_text(w->arena, span_first(span_text(path), percent + 1)));
    }
    const char *input = path_join(w->arena, path, "input");
    add_folder(w, (struct folder){.path = path_is_dir(input) ? input : path, .shown = "",
                                  .kind = surface == SURFACE_MAILBOX ? "mail" : "spool"});
}

struct watch *watch_begin(const struct target *t, struct arena *arena)
{
    enum surface surface;
    struct watch *w = ARENA_NEW(arena, struct watch);
    const char *place;
    w->arena = arena_new();
    w->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    w->stop = eventfd(0, EFD_CLOEXEC);
    for (size_t i = 0; (place = target_place(t, i, &surface)) != NULL; i++) {
        if (surface == SURFACE_LOG || surface == SURFACE_SPOOL || surface == SURFACE_MAILBOX) {
            add_place(w, surface, place);
        }
    }
    if (w->folders.count > 0 && w->stop >= 0 &&
        pthread_create(&w->thread, NULL, watch_thread, w) == 0) {
        return w;
    }
    (void)close(w->inotify);
    (void)close(w->stop);
    arena_free(w->arena);
    return NULL;
}

void watch_end(struct watch *w, instant start, struct arena *arena, struct report_case *rc)
{
    uint64_t one = 1;
    if (!w) {
        return;
    }
    (void)failed(fd_write_all(w->stop, span_of(&one, sizeof one)));
    (void)pthread_join(w->thread, NULL);
    for (size_t i = 0; i < w->sights.count; i++) {
        const struct sight *s = &w->sights.at[i];
        *vec_push(arena, &rc->events) =
            (struct report_event){.at = (s->at - start) / 1000, .kind = s->kind, .from = "sut",
                                  .text = arena_text(arena, span_text(s->text))};
    }
    close(w->inotify);
    close(w->stop);
    arena_free(w->arena);
}
