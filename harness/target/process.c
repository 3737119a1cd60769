/* Processes by the kernel's own account of them: /proc tells who descends from whom and who
   sleeps. */
#include "harness/target/process.h"

#include "base/buf.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_CEILING ((size_t)64 << 20)

/* ---- starting ---- */

/* Ours, with the lines of `more` in place of those of the same names. */
static char *const *environment(const char *const *more, struct arena *arena)
{
    VEC(char *) all = {0};
    for (char **e = environ; *e; e++) {
        size_t name = strcspn(*e, "=");
        bool again = false;
        for (size_t i = 0; more && more[i] && !again; i++) {
            again = strncmp(*e, more[i], name + 1) == 0;
        }
        if (!again) {
            vec_add(arena, &all, *e);
        }
    }
    for (size_t i = 0; more && more[i]; i++) {
        vec_add(arena, &all, arena_text(arena, span_text(more[i])));
    }
    vec_add(arena, &all, NULL);
    return all.at;
}

static int open_append(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

struct plumbing {
    int in;  /* child's standard input */
    int out;
    int error;
};

/* In the child, between fork and exec: only async-signal-safe calls. */
_Noreturn static void become(const struct command *c, const struct plumbing *p, char *const *argv,
                             char *const *env)
{
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(p->in, 0) < 0 || dup2(p->out, 1) < 0 || dup2(p->error, 2) < 0 ||
        (c->dir && chdir(c->dir) < 0)) {
        _exit(126);
    }
    (void)execvpe(argv[0], argv, env);
    _exit(errno == ENOENT ? 127 : 126);
}

static char *const *argv_of(const struct command *c, struct arena *arena)
{
    VEC(char *) argv = {0};
    for (size_t i = 0; c->argv[i]; i++) {
        vec_add(arena, &argv, arena_text(arena, span_text(c->argv[i])));
    }
    vec_add(arena, &argv, NULL);
    return argv.at;
}

static err start(const struct command *c, const struct plumbing *p, struct arena *arena, pid_t *pid)
{
    char *const *argv = argv_of(c, arena);
    char *const *env = environment(c->env, arena);
    /* A copy of the judge's pages would cost more than all that the child does with them. No handler can
       run in it: the judge has none. */
    *pid = vfork();
    if (*pid < 0) {
        return err_sys(errno, "fork");
    }
    if (*pid == 0) {
        become(c, p, argv, env);
    }
    return OK;
}

/* Opens what the command names; in and out may already be set (not -1). */
static err plumb(const struct command *c, struct plumbing *p, struct arena *arena)
{
    if (p->in < 0) {
        p->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    p->error = c->error_path ? open_append(c->error_path) : fcntl(2, F_DUPFD_CLOEXEC, 3);
    if (p->out < 0) {
        const char *path = c->output_path ? c->output_path : c->error_path;
        p->out = path ? open_append(path) : fcntl(2, F_DUPFD_CLOEXEC, 3);
    }
    if (p->in < 0 || p->error < 0 || p->out < 0) {
        return err_sys(errno, arena_printf(arena, "opening the files of %s", c->argv[0]));
    }
    return OK;
}

static void close_plumbing(const struct plumbing *p)
{
    const int fds[] = {p->in, p->out, p->error};
    for (size_t i = 0; i < 3; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
}

err command_start(const struct command *c, struct arena *arena, pid_t *pid)
{
    struct plumbing p = {-1, -1, -1};
    err e = plumb(c, &p, arena);
    if (!failed(e)) {
        e = start(c, &p, arena, pid);
    }
    close_plumbing(&p);
    return e;
}

/* ---- running to the end ---- */

struct pump {
    int to;   /* our end of its standard input, or -1 */
    int from; /* our end of its standard output, or -1 */
    span input;
    struct buf output;
};

static void pump_in(struct pump *p)
{
    ssize_t n = write(p->to, p->input.at, p->input.len);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    p->input = n < 0 ? SPAN_EMPTY : span_from(p->input, (size_t)n);
    if (p->input.len == 0) {
        close(p->to);
        p->to = -1;
    }
}

static void pump_out(struct pump *p)
{
    unsigned char piece[8192];
    ssize_t n = read(p->from, piece, sizeof piece);
    if (n > 0) {
        buf_put(&p->output, span_of(piece, (size_t)n));
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(p->from);
        p->from = -1;
    }
}

/* Moves bytes until the command has ended or the deadline is there. A daemon that it left behind
   may hold its output open for ever, so its end decides, not the end of the output. */
static err pump_until_end(struct pump *p, pid_t pid, const struct command *c, int *status)
{
    bool over = false;
    millis deadline = clock_ticks() + c->wait;
    for (;;) {
        struct pollfd fds[2] = {{p->to, POLLOUT, 0}, {p->from, POLLIN, 0}};
        int ready = poll(fds, 2, over ? 0 : 5);
        if (ready > 0 && p->to >= 0 && fds[0].revents) {
            pump_in(p);
        }
        if (ready > 0 && p->from >= 0 && fds[1].revents) {
            pump_out(p);
            continue;
        }
        if (over) {
            return OK;
        }
        over = waitpid(pid, status, WNOHANG) == pid;
        bool stopped = !over && c->stoppable && process_interrupted();
        if (stopped || (!over && clock_ticks() > deadline)) {
            (void)kill(-pid, SIGKILL);
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, status, 0);
            while (waitpid(-pid, NULL, 0) > 0) { /* its children are ours now; they did not crash */
            }
            return stopped ? err_of(ERR_CLOSED, "interrupted")
                           : err_of(ERR_TIMEOUT, "it did not end in time and was killed");
        }
    }
}

err command_run(const struct command *c, struct arena *arena, span *output, struct ended *how)
{
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    struct plumbing p = {-1, -1, -1};
    struct pump pump = {-1, -1, c->input, {0}};
    pid_t pid = -1;
    int status = 0;
    err e = OK;
    buf_init(&pump.output, OUTPUT_CEILING);
    if ((c->input.len && pipe2(in, O_CLOEXEC) < 0) || (output && pipe2(out, O_CLOEXEC) < 0)) {
        e = err_sys(errno, "pipe");
    }
    p.in = in[0];
    p.out = out[1];
    pump.to = in[1];
    pump.from = out[0];
    if (!failed(e)) {
        e = plumb(c, &p, arena);
    }
    if (!failed(e)) {
        e = start(c, &p, arena, &pid);
    }
    close_plumbing(&p);
    if (!failed(e)) {
        if (pump.to >= 0) {
            (void)fcntl(pump.to, F_SETFL, O_NONBLOCK);
        }
        e = pump_until_end(&pump, pid, c, &status);
    }
    if (pump.to >= 0) {
        close(pump.to);
    }
    if (pump.from >= 0) {
        close(pump.from);
    }
    if (output) {
        *output = arena_copy(arena, buf_span(&pump.output));
    }
    buf_wipe(&pump.output);
    *how = (struct ended){WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                          WIFSIGNALED(status) ? WTERMSIG(status) : 0};
    return err_in(e, arena, "%s", c->argv[0]);
}

/* ---- what they do ---- */

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};

sigset_t process_hold_interrupts(void)
{
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof interrupts / sizeof *interrupts; i++) {
        sigaddset(&held, interrupts[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &held, NULL);
    return held;
}

bool process_interrupted(void)
{
    sigset_t waiting;
    bool any = false;
    for (size_t i = 0; sigpending(&waiting) == 0 && i < sizeof interrupts / sizeof *interrupts; i++) {
        any = any || sigismember(&waiting, interrupts[i]) == 1;
    }
    return any;
}

err process_become_subreaper(void)
{
    return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? err_sys(errno, "PR_SET_CHILD_SUBREAPER") : OK;
}

/* State letter and parent out of /proc/.../stat: what stands behind the last bracket, since the
   command name may hold anything. */
static bool read_stat(const char *path, char *state, pid_t *parent)
{
    char text[512];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) {
        return false;
    }
    text[n] = '\0';
    const char *close_bracket = strrchr(text, ')');
    int ppid;
    if (!close_bracket || sscanf(close_bracket + 1, " %c %d", state, &ppid) != 2) {
        return false;
    }
    *parent = ppid;
    return true;
}

struct known {
    pid_t pid;
    pid_t parent;
};

static bool listed(const pids *list, pid_t pid)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i] == pid) {
            return true;
        }
    }
    return false;
}

void process_descendants(pid_t root, struct arena *arena, pids *found)
{
    VEC(struct known) all = {0};
    DIR *proc = opendir("/proc");
    const struct dirent *d;
    found->count = 0;
    while (proc && (d = readdir(proc))) {
        uint64_t pid;
        char state;
        pid_t parent;
        if (span_to_u64(span_text(d->d_name), &pid) && pid < INT32_MAX &&
            read_stat(arena_printf(arena, "/proc/%s/stat", d->d_name), &state, &parent) &&
            state != 'Z' && state != 'X') {
            *vec_push(arena, &all) = (struct known){(pid_t)pid, parent};
        }
    }
    if (proc) {
        closedir(proc);
    }
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < all.count; i++) {
            bool below = all.at[i].parent == root || listed(found, all.at[i].parent);
            if (below && all.at[i].pid != root && !listed(found, all.at[i].pid)) {
                vec_add(arena, found, all.at[i].pid);
                grew = true;
            }
        }
    }
}

/* ---- ending ---- */

/* False: no child is left, and so nothing below us: orphans are our children. */
static bool reap(void)
{
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
    }
    return pid == 0;
}

static void signal_all(int signal_number, struct arena *arena)
{
    pids below = {0};
    process_descendants(getpid(), arena, &below);
    for (size_t i = 0; i < below.count; i++) {
        (void)kill(below.at[i], signal_number);
    }
}

void process_kill_all(struct arena *arena)
{
    /* Stopped first: a child that hears of its parent's death must not have time to say goodbye. Again
       and again: a process may fork while the list is read, one whose other threads still end cannot be
       reaped yet, and one whose parent ends now is not ours yet; left alone it would be found later, and
       taken for one that died by itself. */
    signal_all(SIGSTOP, arena);
    for (unsigned round = 0; round < 1000 && reap(); round++) {
        signal_all(SIGKILL, arena);
        usleep(2000);
    }
}

bool process_end_all(millis grace, struct arena *arena)
{
    millis deadline = clock_ticks() + grace;
    signal_all(SIGTERM, arena);
    while (reap()) {
        if (clock_ticks() >= deadline) {
            process_kill_all(arena);
            return false;
        }
        usleep(2000);
    }
    return true;
}
