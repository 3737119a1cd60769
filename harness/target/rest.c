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

#define STATUS_ROOM 4096
#define LIST_ROOM 65536  /* a page, of any machine: what a list is read in, whole numbers */
#define LIST_WHOLE 4000  /* a shorter piece is the last */
#define TRIES 3

/* A thread of a process below root, and its files, open while it is watched. */
struct watched_thread {
    pid_t pid;
    int state, children, runs; /* /proc/PID/task/TID/stat, children (or -1), and schedstat or status */
    uint64_t ran; /* what `runs` said when rest_still was asked last */
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
    bool lists; /* this kernel has those of children; else all of /proc is searched for them */
    VEC(struct watched_process) processes;
    VEC(struct watched_thread) threads;
    pids found; /* in this look, root first */
    bool gone;  /* one has ended since rest_still was asked last */
};

/* What a look comes to. LOST: a file that should be there is not: somebody ended or began meanwhile. */
enum sight { SIGHT_ASLEEP, SIGHT_AWAKE, SIGHT_LOST };

struct rest_watch *rest_watch_new(pid_t root)
{
    struct arena *arena = arena_new();
    struct rest_watch *w = ARENA_NEW(arena, struct rest_watch);
    w->root = root;
    w->arena = arena;
    w->lists = access("/proc/thread-self/children", R_OK) == 0;
    pthread_mutex_init(&w->mutex, NULL);
    return w;
}

static void drop_threads(struct rest_watch *w, struct watched_process *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->threads.count; i++) {
        if (w->threads.at[i].pid == p->pid) {
            close(w->threads.at[i].state);
            if (w->lists) {
                close(w->threads.at[i].children);
            }
            close(w->threads.at[i].runs);
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
            w->gone = true;
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

/* What changes with every run of a thread: its time on a CPU, or where a kernel does not measure that
   (it says 0) the switches that its status counts. */
static int open_runs(pid_t pid, const char *tid)
{
    char first;
    int fd = open_file(pid, tid, "schedstat");
    if (fd >= 0 && pread(fd, &first, 1, 0) == 1 && first != '0') {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return open_file(pid, tid, "status");
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
        *t = (struct watched_thread){.pid = p->pid,
                                     .state = open_file(p->pid, d->d_name, "stat"),
                                     .children = w->lists ? open_file(p->pid, d->d_name, "children") : -1,
                                     .runs = open_runs(p->pid, d->d_name)};
        p->threads++;
        if (t->state < 0 || (w->lists && t->children < 0) || t->runs < 0) {
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
    char text[LIST_ROOM + 1];
    off_t from = 0;
    ssize_t n;
    do {
        n = pread(fd, text, LIST_ROOM, from);
        if (n < 0) {
            return false; /* gone */
        }
        text[n] = '\0';
        char *at = text;
        for (long child; (child = strtol(at, &at, 10)) > 0;) {
            vec_add(w->arena, &w->found, (pid_t)child);
        }
        from += n;
    } while (n >= LIST_WHOLE);
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

/* One process: its threads and their children. False: it is lost. */
static bool walk_process(struct rest_watch *w, struct watched_process *p)
{
    struct stat now;
    p->met = true;
    if (fstat(dirfd(p->tasks), &now) < 0 ||
        (now.st_nlink != p->threads + 2 && !watch_threads(w, p))) {
        return false;
    }
    for (size_t i = 0; i < w->threads.count; i++) {
        if (w->lists && w->threads.at[i].pid == p->pid && !take_children(w, w->threads.at[i].children)) {
            return false;
        }
    }
    return true;
}

static void search_below(struct rest_watch *w)
{
    struct arena *scratch = arena_new();
    pids below = {0};
    process_descendants(w->root, scratch, &below);
    for (size_t i = 0; i < below.count; i++) {
        vec_add(w->arena, &w->found, below.at[i]);
    }
    arena_free(scratch);
}

static bool walk(struct rest_watch *w)
{
    bool there = true;
    w->found.count = 0;
    vec_add(w->arena, &w->found, w->root);
    if (!w->lists) {
        search_below(w);
    }
    for (size_t i = 0; i < w->processes.count; i++) {
        w->processes.at[i].met = false;
    }
    for (size_t i = 0; there && i < w->found.count; i++) {
        struct watched_process *p = watch_process(w, w->found.at[i]);
        there = p && walk_process(w, p);
    }
    drop_processes(w, !there);
    return there;
}

/* 0: nothing can be read. */
static uint64_t runs_of(const struct watched_thread *t)
{
    unsigned char text[STATUS_ROOM];
    uint64_t sum = 0;
    ssize_t n = pread(t->runs, text, sizeof text, 0);
    for (ssize_t i = 0; i < n; i++) {
        sum = sum * 1099511628211U + text[i];
    }
    return sum;
}

static bool have_run(struct rest_watch *w)
{
    bool some = w->gone;
    w->gone = false;
    for (size_t i = 0; i < w->threads.count; i++) {
        struct watched_thread *t = &w->threads.at[i];
        uint64_t ran = t->pid == w->root ? 0 : runs_of(t);
        some = some || ran != t->ran;
        t->ran = ran;
    }
    return some;
}

static enum sight look(struct rest_watch *w, bool still)
{
    if (!walk(w)) {
        return SIGHT_LOST;
    }
    if (still && have_run(w)) {
        return SIGHT_AWAKE;
    }
    for (size_t i = 0; i < w->threads.count; i++) {
        bool lost;
        if (w->threads.at[i].pid != w->root && !is_asleep(w->threads.at[i].state, &lost)) {
            return lost ? SIGHT_LOST : SIGHT_AWAKE;
        }
    }
    return SIGHT_ASLEEP;
}

static bool ask(struct rest_watch *w, bool still, size_t *count)
{
    enum sight sight = SIGHT_LOST;
    pthread_mutex_lock(&w->mutex);
    for (unsigned i = 0; i < TRIES && sight == SIGHT_LOST; i++) {
        sight = look(w, still);
    }
    *count = w->found.count - 1;
    pthread_mutex_unlock(&w->mutex);
    return sight == SIGHT_ASLEEP; /* where somebody begins or ends each time, somebody is at work */
}

bool rest_look(struct rest_watch *w, size_t *count)
{
    return ask(w, false, count);
}

bool rest_still(struct rest_watch *w, size_t *count)
{
    return ask(w, true, count);
}
