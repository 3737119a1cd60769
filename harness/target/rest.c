/* Sees that a target rests: all its threads sleep, read from /proc through files kept open, since a run
   asks this after every step and opening them anew costs more than the step (rest.h). */
#include "harness/target/rest.h"

#include "harness/target/process.h"

#include "base/arena.h"
#include "base/vec.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_ROOM 4096
#define TRIES 3

/* A thread of a process below root, and its files, open while it is watched. */
struct watched_thread {
    pid_t pid;
    int state, children; /* /proc/PID/task/TID/stat and children */
};

struct watched_process {
    pid_t pid;
    DIR *tasks; /* /proc/PID/task; the number of its links tells the number of threads */
    size_t threads;
    bool met; /* in this look */
};

struct rest_watch {
    pid_t root;
    pthread_mutex_t mutex;
    struct arena *arena;
    VEC(struct watched_process) processes;
    VEC(struct watched_thread) threads;
    pids found; /* in this look, root first */
};

/* What a look comes to. LOST: a file that should be there is not: somebody ended or began meanwhile,
   or this kernel has no lists of children. */
enum sight { SIGHT_ASLEEP, SIGHT_AWAKE, SIGHT_LOST };

struct rest_watch *rest_watch_new(pid_t root)
{
    struct arena *arena = arena_new();
    struct rest_watch *w = ARENA_NEW(arena, struct rest_watch);
    w->root = root;
    w->arena = arena;
    pthread_mutex_init(&w->mutex, NULL);
    return w;
}

static void drop_threads(struct rest_watch *w, struct watched_process *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->threads.count; i++) {
        if (w->threads.at[i].pid == p->pid) {
            close(w->threads.at[i].state);
            close(w->threads.at[i].children);
        } else {
            w->threads.at[kept++] = w->threads.at[i];
        }
    }
    w->threads.count = kept;
    p->threads = 0;
}

/* Those that were not met in this look, or all. */
static void drop_processes(struct rest_watch *w, bool all)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->processes.count; i++) {
        struct watched_process *p = &w->processes.at[i];
        if (all || !p->met) {
            drop_threads(w, p);
            closedir(p->tasks);
        } else {
            w->processes.at[kept++] = *p;
        }
    }
    w->processes.count = kept;
}

void rest_watch_free(struct rest_watch *w)
{
    if (w) {
        drop_processes(w, true);
        pthread_mutex_destroy(&w->mutex);
        arena_free(w->arena);
    }
}

static int open_file(pid_t pid, const char *tid, const char *name)
{
    char path[80];
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/%s", (int)pid, tid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Opens the files of its threads, as they are now. */
static bool watch_threads(struct rest_watch *w, struct watched_process *p)
{
    const struct dirent *d;
    drop_threads(w, p);
    rewinddir(p->tasks);
    while ((d = readdir(p->tasks))) {
        if (!ascii_is_digit((unsigned char)d->d_name[0])) {
            continue;
        }
        struct watched_thread *t = vec_push(w->arena, &w->threads);
        *t = (struct watched_thread){p->pid, open_file(p->pid, d->d_name, "stat"),
                                     open_file(p->pid, d->d_name, "children")};
        p->threads++;
        if (t->state < 0 || t->children < 0) {
            return false;
        }
    }
    return true;
}

static struct watched_process *watch_process(struct rest_watch *w, pid_t pid)
{
    char path[40];
    for (size_t i = 0; i < w->processes.count; i++) {
        if (w->processes.at[i].pid == pid) {
            return &w->processes.at[i];
        }
    }
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks) {
        return NULL;
    }
    struct watched_process *p = vec_push(w->arena, &w->processes);
    *p = (struct watched_process){.pid = pid, .tasks = tasks};
    return p;
}

static bool take_children(struct rest_watch *w, int fd)
{
    char text[LIST_ROOM];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n < 0 || (size_t)n >= sizeof text - 1) {
        return false; /* gone, or longer than the room */
    }
    text[n] = '\0';
    char *at = text;
    for (long child; (child = strtol(at, &at, 10)) > 0;) {
        vec_add(w->arena, &w->found, (pid_t)child);
    }
    return true;
}

/* The letter behind the last bracket, since the command name may hold anything. */
static bool is_asleep(int fd, bool *lost)
{
    char text[512];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    const char *bracket = strrchr(text, ')');
    *lost = !bracket || bracket[1] == '\0';
    return !*lost && strchr("SZXI", bracket[2]) != NULL;
}

/* One process: its threads' states and their children. */
static enum sight look_at(struct rest_watch *w, struct watched_process *p)
{
    struct stat now;
    p->met = true;
    if (fstat(dirfd(p->tasks), &now) < 0 ||
        (now.st_nlink != p->threads + 2 && !watch_threads(w, p))) {
        return SIGHT_LOST;
    }
    for (size_t i = 0; i < w->threads.count; i++) {
        const struct watched_thread *t = &w->threads.at[i];
        bool lost;
        if (t->pid != p->pid) {
            continue;
        }
        if (!take_children(w, t->children)) {
            return SIGHT_LOST;
        }
        if (p->pid != w->root && !is_asleep(t->state, &lost)) {
            return lost ? SIGHT_LOST : SIGHT_AWAKE;
        }
    }
    return SIGHT_ASLEEP;
}

static enum sight look(struct rest_watch *w)
{
    enum sight sight = SIGHT_ASLEEP;
    w->found.count = 0;
    vec_add(w->arena, &w->found, w->root);
    for (size_t i = 0; i < w->processes.count; i++) {
        w->processes.at[i].met = false;
    }
    for (size_t i = 0; sight == SIGHT_ASLEEP && i < w->found.count; i++) {
        struct watched_process *p = watch_process(w, w->found.at[i]);
        sight = p ? look_at(w, p) : SIGHT_LOST;
    }
    if (sight != SIGHT_AWAKE) {
        drop_processes(w, sight == SIGHT_LOST);
    }
    return sight;
}

bool rest_look(struct rest_watch *w, size_t *count)
{
    enum sight sight = SIGHT_LOST;
    pthread_mutex_lock(&w->mutex);
    for (unsigned i = 0; i < TRIES && sight == SIGHT_LOST; i++) {
        sight = look(w);
    }
    *count = w->found.count - 1;
    if (sight == SIGHT_LOST) {
        struct arena *scratch = arena_new();
        sight = process_all_asleep(w->root, scratch, count) ? SIGHT_ASLEEP : SIGHT_AWAKE;
        arena_free(scratch);
    }
    pthread_mutex_unlock(&w->mutex);
    return sight == SIGHT_ASLEEP;
}
