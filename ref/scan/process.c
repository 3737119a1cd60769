/* It has a group of its own, so that whatever a library leaves running goes with it. */
#include "ref/scan/process.h"

#include "base/err.h"
#include "base/file.h"
#include "base/socket.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 65536 };

static int start(const struct scan_process *p, int in, int out, struct arena *arena, pid_t *pid)
{
    char *words[] = {arena_text(arena, SPAN("refmta")), arena_text(arena, span_text(p->option)), NULL};
    char *environment[] = {arena_text(arena, SPAN("PATH=/usr/local/bin:/usr/bin:/bin")), NULL};
    struct spawn wanted = {.program = "/proc/self/exe", .words = words, .environment = environment,
                           .files = {in, out, -1, p->body}, .silent = true, .group = true};
    return spawn_start(&wanted, pid);
}

/* To the end of the pipe. NULL: it came. */
static const char *answer_read(int fd, millis wait, struct buf *answer)
{
    int64_t until = clock_ticks() + wait;
    for (;;) {
        size_t room = answer->ceiling - answer->len;
        unsigned char *at = buf_reserve(answer, room < BLOCK ? room : BLOCK);
        if (at == NULL || room == 0) {
            return "it says too much";
        }
        if (failed(socket_wait(fd, false, until - clock_ticks()))) {
            return "it did not end in time";
        }
        ssize_t got = read(fd, at, room < BLOCK ? room : BLOCK);
        if (got == 0) {
            return NULL;
        }
        if (got < 0 && errno != EINTR && errno != EAGAIN) {
            return "its answer cannot be read";
        }
        buf_add(answer, got > 0 ? (size_t)got : 0);
    }
}

static const char *ended(pid_t pid, struct arena *arena)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return NULL;
        }
    }
    (void)kill(-pid, SIGKILL);
    if (WIFSIGNALED(status)) {
        return arena_printf(arena, "the client library was ended by signal %d", WTERMSIG(status));
    }
    return WEXITSTATUS(status) == 0 ? NULL
                                    : arena_printf(arena, "the client library ended the process (%d)",
                                                   WEXITSTATUS(status));
}

const char *scan_process_run(const struct scan_process *p, struct arena *arena, struct buf *answer)
{
    int ends[2] = {-1, -1};
    pid_t pid;
    const char *how = "no process can be made for it";
    int in = memfd_create("request", MFD_CLOEXEC);
    if (in < 0 || failed(fd_write_all(in, p->request)) || pipe2(ends, O_CLOEXEC) != 0) {
        goto over;
    }
    int sys = start(p, in, ends[1], arena, &pid);
    (void)close(ends[1]);
    if (sys == 0) {
        how = answer_read(ends[0], p->wait, answer);
        if (how != NULL) {
            (void)kill(-pid, SIGKILL);
        }
        const char *end = ended(pid, arena);
        how = how != NULL ? how : end;
    } else {
        how = arena_printf(arena, "it cannot be started: %s", strerror(sys));
    }
    (void)close(ends[0]);
over:
    if (in >= 0) {
        (void)close(in);
    }
    return how;
}
