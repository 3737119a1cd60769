/* -bs: one session on standard input and output, for local programs and for tests. The caller is
   known by its login and not by an address; nothing it sends can come too early. */
#include "ref/run/modes.h"
#include "ref/run/world.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

static err wait_for(int fd, short events, millis wait)
{
    struct pollfd p = {.fd = fd, .events = events};
    millis until = wait > INT32_MAX ? MILLIS_NEVER : clock_ticks() + wait;
    for (;;) {
        millis left = until == MILLIS_NEVER ? -1 : until - clock_ticks();
        int n = poll(&p, 1, left < 0 && until != MILLIS_NEVER ? 0 : (int)left);
        if (n > 0) {
            return OK;
        }
        if (n == 0) {
            return err_of(ERR_TIMEOUT, "standard input or output");
        }
        if (errno != EINTR) {
            return err_sys(errno, "poll");
        }
    }
}

static err stdio_read(struct wire *w, void *at, size_t room, millis wait, size_t *got)
{
    (void)w;
    TRY(wait_for(STDIN_FILENO, POLLIN, wait));
    ssize_t n = read(STDIN_FILENO, at, room);
    if (n < 0) {
        return err_sys(errno, "reading standard input");
    }
    *got = (size_t)n;
    return n == 0 ? err_of(ERR_CLOSED, "standard input") : OK;
}

static err stdio_write(struct wire *w, span bytes, millis wait)
{
    (void)w;
    while (bytes.len > 0) {
        TRY(wait_for(STDOUT_FILENO, POLLOUT, wait));
        ssize_t n = write(STDOUT_FILENO, bytes.at, bytes.len);
        if (n < 0 && errno != EINTR) {
            return err_sys(errno, "writing standard output");
        }
        bytes = span_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return OK;
}

static bool stdio_pending(struct wire *w)
{
    (void)w;
    return !failed(wait_for(STDIN_FILENO, POLLIN, 0));
}

static void stdio_close(struct wire *w)
{
    (void)w;
}

enum exit_status run_stdin_session(const struct run_options *o, struct arena *arena)
{
    struct run_world *world = ARENA_NEW(arena, struct run_world);
    (void)signal(SIGPIPE, SIG_IGN);
    err e = run_world_open(world, o, arena);
    if (failed(e)) {
        return run_fail(e.kind == ERR_SYNTAX ? EXIT_REFUSED : EXIT_SYSTEM, err_text(e, arena));
    }
    e = run_world_open_spool(world);
    if (failed(e)) {
        run_world_close(world);
        return run_fail(EXIT_SYSTEM, err_text(e, arena));
    }
    const struct passwd *user = getpwuid(getuid());
    struct smtp_peer peer = {.login = user ? user->pw_name : "unknown", .connections = 1};
    struct wire wire = {stdio_read, stdio_write, stdio_pending, stdio_close};
    struct run_instance *in = run_instance_hold(world);
    e = smtp_session_run(&in->server, &peer, &wire);
    run_instance_release(in);
    run_world_close(world);
    return failed(e) && e.kind != ERR_CLOSED ? EXIT_LATER : EXIT_FINE;
}
