/* -bd and -bdf. The parent opens the sockets, then does nothing but watch its children: one serves,
   one delivers. A bug that ends the serving process costs the sessions it had and nothing else
   (docs/adr/0022-supervisor.md), one that ends the delivering process the attempts at hand
   (docs/adr/0170-a-process-that-delivers.md). Signals go to the parent, whose number is in the pid
   file, and are handed on. */
#include "base/check.h"
#include "base/file.h"
#include "ref/run/confine.h"
#include "ref/run/delivery.h"
#include "ref/run/modes.h"
#include "ref/run/serve.h"
#include "ref/run/tls.h"
#include "ref/spool/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CRASHES_MOST = 5,          /* in a row, each within CRASH_SOON of its start */
    CRASH_SOON = 1000,         /* milliseconds */
};

struct supervisor {
    struct run_world *world;
    struct run_listeners listeners;
    const char *pid_file;
    int pid_lock; /* the file, open and locked; -1: none is this daemon's */
    int ready[2];              /* the serving process writes a byte when it accepts */
    int background;            /* -bd: the waiting parent's end of a pipe; else -1 */
    bool listens;              /* -bd; else it is a daemon of queue runs alone */
    pid_t child;               /* serves */
    pid_t deliverer;
    struct run_feed feed;      /* from the one to the other */
    millis deliverer_started;
    unsigned crashes, deliverer_crashes;
    bool announced, stopping;
};

/* --- the serving process -------------------------------------------------------------------- */

static void tell_ready(void *arg)
{
    struct supervisor *s = arg;
    while (write(s->ready[1], "+", 1) < 0 && errno == EINTR) {
    }
}

static void number_take(struct run_world *world, uint32_t beside)
{
    world->env.pid = world->env.path == NULL ? (uint32_t)getpid() : world->env.pid + beside;
    world->instance->log.options.pid = (long)world->env.pid;
}

static enum exit_status child_run(struct supervisor *s, struct arena *arena)
{
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) {
        return run_fail(EXIT_SYSTEM, "prctl(PR_SET_PDEATHSIG) failed");
    }
    number_take(s->world, 0);
    s->world->stored = run_feed_put;
    s->world->stored_context = &s->feed;
    err e = run_world_open_spool(s->world);
    if (failed(e)) {
        return run_fail(EXIT_SYSTEM, err_text(e, arena));
    }
    if (!s->announced) { /* one that was ended by a bug comes back with whatever certificate there is */
        e = run_tls_check(s->world, s->world->instance->conf, arena);
    }
    if (failed(e)) {
        return run_fail(EXIT_REFUSED, err_text(e, arena));
    }
    e = spool_sweep_all(&s->world->spool, arena);
    if (!failed(e)) {
        e = run_confine(s->world, arena);
    }
    if (failed(e)) {
        return run_fail(EXIT_SYSTEM, err_text(e, arena));
    }
    enum exit_status status = run_serve(s->world, &s->listeners, tell_ready, s);
    run_world_close(s->world);
    return status;
}

/* --- the delivering process ----------------------------------------------------------------- */

static enum exit_status deliverer_run(struct supervisor *s, struct arena *arena)
{
    /* A name of its own, so that ps tells the two apart. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || prctl(PR_SET_NAME, "refmta-deliver") != 0) {
        return run_fail(EXIT_SYSTEM, "prctl failed in the delivering process");
    }
    /* Ids of reports come from this process's number, so that they differ from the other's. */
    number_take(s->world, 1);
    run_listeners_close(&s->listeners);
    err e = run_world_open_spool(s->world);
    if (failed(e)) {
        return run_fail(EXIT_SYSTEM, err_text(e, arena));
    }
    enum exit_status status = run_deliverer(s->world, &s->feed);
    run_world_close(s->world);
    return status;
}

/* *child: 0 when the system has no room for another process. */
static bool process_start(struct supervisor *s, struct arena *arena, pid_t *child,
                          enum exit_status (*run)(struct supervisor *s, struct arena *arena))
{
    pid_t parent = getpid(), made = fork();
    if (made == 0) {
        exit((int)(getppid() == parent ? run(s, arena) : EXIT_SYSTEM));
    }
    *child = made > 0 ? made : 0;
    return made > 0;
}

static bool deliverer_start(struct supervisor *s, struct arena *arena)
{
    s->deliverer_started = clock_ticks();
    return process_start(s, arena, &s->deliverer, deliverer_run);
}

/* --- the supervising process ---------------------------------------------------------------- */

/* The file is locked until its daemon is told to stop, by this process and not by its children, which may outlive
   it. Whether another daemon has it is not told of by a number: that may be of before the machine was started. */
static bool pid_file_taken(const struct supervisor *s)
{
    int fd = -1;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool taken = !failed(file_open_at(AT_FDCWD, s->pid_file, O_RDONLY | O_NONBLOCK, 0, &fd)) &&
                 fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (fd >= 0) {
        (void)close(fd);
    }
    return taken;
}

/* Without a lock it is as good as with an older program. */
static void pid_file_lock(const struct supervisor *s, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
    (void)fcntl(s->pid_lock, F_SETLK, &lock);
}

/* If it is this daemon's still: another one may have its own there. */
static void pid_file_remove(const struct supervisor *s)
{
    struct stat own, there;
    if (s->pid_lock >= 0 && fstat(s->pid_lock, &own) == 0 && stat(s->pid_file, &there) == 0 &&
        own.st_ino == there.st_ino && own.st_dev == there.st_dev) {
        (void)unlink(s->pid_file);
    }
    if (s->pid_lock >= 0) {
        (void)close(s->pid_lock);
    }
}

static void pid_file_write(struct supervisor *s, struct arena *arena)
{
    int dir = -1;
    if (pid_file_taken(s)) {
        log_printf(&s->world->instance->log, LOG_MAIN, SPAN_EMPTY,
                   "pid file %s is that of another daemon and is left to it (-oP names one for this one)", s->pid_file);
        return;
    }
    err e = dir_open(path_dir(arena, s->pid_file), &dir);
    if (!failed(e)) {
        const char *text = arena_printf(arena, "%ld\n", (long)getpid());
        e = file_replace(dir, path_base(s->pid_file), span_text(text), 0644);
        (void)close(dir);
    }
    if (!failed(e)) {
        e = file_open_at(AT_FDCWD, s->pid_file, O_RDONLY, 0, &s->pid_lock);
    }
    if (!failed(e)) {
        pid_file_lock(s, F_RDLCK);
    }
    if (failed(e)) {
        e = err_in(e, arena, "pid file %s", s->pid_file);
        (void)run_fail(EXIT_SYSTEM, err_text(e, arena));
    }
}

/* The serving process accepts: now the pid file may appear, and -bd may return. */
static void announce(struct supervisor *s, struct arena *arena)
{
    if (s->announced) {
        return;
    }
    s->announced = true;
    pid_file_write(s, arena);
    if (s->background >= 0) {
        (void)!write(s->background, "+", 1);
        (void)close(s->background);
        s->background = -1;
    }
}

/* Waits for the byte, or for the end of the process that would write it. */
static bool wait_ready(int fd)
{
    char byte;
    ssize_t got;
    while ((got = read(fd, &byte, 1)) < 0 && errno == EINTR) {
    }
    return got == 1;
}

static void crash_log(const struct supervisor *s, const char *what, pid_t child, int status)
{
    bool killed = WIFSIGNALED(status);
    log_printf(&s->world->instance->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY,
               "%s process %ld %s %d; another one is started", what, (long)child,
               killed ? "was ended by signal" : "ended with status",
               killed ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void signal_children(const struct supervisor *s, int sig)
{
    const pid_t children[] = {s->child, s->deliverer};
    for (size_t i = 0; i < 2; i++) {
        if (children[i] > 0) {
            (void)kill(children[i], sig);
        }
    }
}

/* It may end at any time and is started again; one that ends as soon as it starts is left alone: what
   it would have delivered waits for a queue run. */
static void deliverer_look(struct supervisor *s, struct arena *arena)
{
    int status = 0;
    if (s->deliverer <= 0 || waitpid(s->deliverer, &status, WNOHANG) != s->deliverer) {
        return;
    }
    pid_t was = s->deliverer;
    s->deliverer = 0;
    if (s->stopping) {
        return;
    }
    s->deliverer_crashes =
        clock_ticks() - s->deliverer_started < CRASH_SOON ? s->deliverer_crashes + 1 : 0;
    if (s->deliverer_crashes > CRASHES_MOST) {
        log_printf(&s->world->instance->log, LOG_MAIN | LOG_PANIC, SPAN_EMPTY,
                   "the delivering process ends as soon as it starts: messages are left in the queue");
        return;
    }
    crash_log(s, "delivering", was, status);
    (void)deliverer_start(s, arena);
}

/* Until the delivering process has ended. */
static void deliverer_await(struct supervisor *s)
{
    while (s->deliverer > 0 && waitpid(s->deliverer, NULL, 0) < 0 && errno == EINTR) {
    }
    s->deliverer = 0;
}

/* Hands signals on until the child that serves has ended (without one: the one that delivers); its
   status. */
static int watch(struct supervisor *s, const sigset_t *set, struct arena *arena)
{
    int status = 0;
    for (;;) {
        siginfo_t info;
        int sig = sigwaitinfo(set, &info);
        if (sig == SIGTERM || sig == SIGINT) {
            s->stopping = true;
            pid_file_lock(s, F_UNLCK);
            signal_children(s, SIGTERM);
        } else if (sig == SIGHUP) {
            signal_children(s, SIGHUP);
        } else if (sig == SIGCHLD) {
            deliverer_look(s, arena);
            if (s->listens ? waitpid(s->child, &status, WNOHANG) == s->child
                           : s->deliverer <= 0) {
                return status;
            }
        }
    }
}

/* -q15m without -bd. */
static enum exit_status supervise_runs(struct supervisor *s, const sigset_t *set,
                                       struct arena *arena)
{
    announce(s, arena);
    (void)watch(s, set, arena);
    return s->stopping ? EXIT_FINE
                       : run_fail(EXIT_SYSTEM, "the delivering process ends as soon as it starts");
}

static enum exit_status supervise(struct supervisor *s, const sigset_t *set, struct arena *arena)
{
    if (!run_feed_open(&s->feed) || !deliverer_start(s, arena)) {
        return run_fail(EXIT_SYSTEM, "cannot start the delivering process");
    }
    if (!s->listens) {
        return supervise_runs(s, set, arena);
    }
    for (;;) {
        millis started = clock_ticks();
        if (pipe2(s->ready, O_CLOEXEC) != 0 || !process_start(s, arena, &s->child, child_run)) {
            return run_fail(EXIT_SYSTEM, "cannot start the serving process");
        }
        (void)close(s->ready[1]);
        bool ready = wait_ready(s->ready[0]);
        (void)close(s->ready[0]);
        if (ready) {
            announce(s, arena);
        }
        int status = watch(s, set, arena);
        if (s->stopping) {
            deliverer_await(s);
            return EXIT_FINE;
        }
        if (!s->announced) {
            signal_children(s, SIGTERM);
            deliverer_await(s);
            return WIFEXITED(status) ? (enum exit_status)WEXITSTATUS(status) : EXIT_SYSTEM;
        }
        s->crashes = clock_ticks() - started < CRASH_SOON ? s->crashes + 1 : 0;
        if (s->crashes > CRASHES_MOST) {
            signal_children(s, SIGTERM);
            deliverer_await(s);
            return run_fail(EXIT_SYSTEM,
                            "the serving process ends as soon as it starts: giving up");
        }
        crash_log(s, "serving", s->child, status);
    }
}

/* --- the modes ------------------------------------------------------------------------------ */

static void signals_block(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGCHLD);
    CHECK(sigprocmask(SIG_BLOCK, set, NULL) == 0);
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

static const char *pid_file_path(const struct run_options *o, const struct conf_main *m,
                                 struct arena *arena)
{
    return o->pid_file != NULL        ? o->pid_file
           : m->pid_file_path[0] != 0 ? m->pid_file_path
                                      : path_join(arena, m->spool_directory, "refmta-daemon.pid");
}

static enum exit_status daemon_run(const struct run_options *o, bool listens, int background,
                                   struct arena *arena)
{
    struct run_world *world = ARENA_NEW(arena, struct run_world);
    struct supervisor s = {.world = world, .listens = listens, .background = background,
                           .pid_lock = -1};
    s.feed.alone = !listens;
    sigset_t set;
    signals_block(&set);
    err e = run_world_open(world, o, arena);
    if (failed(e)) {
        return run_fail(e.kind == ERR_SYNTAX ? EXIT_REFUSED : EXIT_SYSTEM, err_text(e, arena));
    }
    s.pid_file = pid_file_path(o, &world->instance->conf->main, arena);
    if (listens) {
        e = run_listeners_open(&s.listeners, world->instance->conf, o->interfaces, arena);
    }
    if (failed(e)) {
        run_world_close(world);
        return run_fail(e.kind == ERR_SYNTAX ? EXIT_USAGE : EXIT_SYSTEM, err_text(e, arena));
    }
    enum exit_status status = supervise(&s, &set, arena);
    pid_file_remove(&s);
    run_listeners_close(&s.listeners);
    run_world_close(world);
    return status;
}

enum exit_status run_daemon_foreground(const struct run_options *o, struct arena *arena)
{
    return daemon_run(o, true, -1, arena);
}

/* Returns when the daemon is ready, or with its status when it could not start. */
static enum exit_status wait_started(pid_t daemon, int ready)
{
    int status;
    if (wait_ready(ready)) {
        return EXIT_FINE;
    }
    while (waitpid(daemon, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? (enum exit_status)WEXITSTATUS(status) : EXIT_SYSTEM;
}

static enum exit_status background(const struct run_options *o, bool listens, struct arena *arena)
{
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0) {
        return run_fail(EXIT_SYSTEM, "cannot make a pipe");
    }
    pid_t daemon = fork();
    if (daemon < 0) {
        return run_fail(EXIT_SYSTEM, "cannot start the daemon");
    }
    if (daemon > 0) {
        (void)close(ready[1]);
        return wait_started(daemon, ready[0]);
    }
    (void)close(ready[0]);
    (void)setsid();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDOUT_FILENO);
    }
    return daemon_run(o, listens, ready[1], arena);
}

enum exit_status run_daemon_background(const struct run_options *o, struct arena *arena)
{
    return background(o, true, arena);
}

enum exit_status run_queue_daemon(const struct run_options *o, struct arena *arena)
{
    return background(o, false, arena);
}
