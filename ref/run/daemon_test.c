/* A whole daemon in a process of its own, on a port that the system chooses: start, limits,
   reload, crash, drain, and the clock that a test moves. */
#include "ref/run/modes.h"

#include "base/file.h"
#include "base/socket.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct daemon {
    char dir[64];
    struct arena *arena;
    struct run_options options;
    pid_t pid;
    int env; /* our end of --env-socket */
};

static void write_file(struct daemon *d, const char *name, const char *text)
{
    cr_assert_not(failed(file_write(path_join(d->arena, d->dir, name), span_text(text), 0600)));
}

static void write_conf(struct daemon *d, const char *more)
{
    write_file(d, "conf", arena_printf(d->arena,
        "primary_hostname = mx.test.ex\nspool_directory = %s/spool\ntimezone = UTC\n"
        "acl_smtp_rcpt = accept recipients = *@test.ex\nlog_selector = +pid\nsmtp_banner = mx.test.ex ESMTP\n%s",
        d->dir, more));
}

static span log_of(struct daemon *d)
{
    span text = SPAN_EMPTY;
    (void)!failed(file_read(path_join(d->arena, d->dir, "spool/log/mainlog"), 1 << 20,
                            d->arena, &text));
    return text;
}

static void nap(void)
{
    (void)usleep(10000);
}

/* Waits until the log holds the text; its offset. */
static size_t wait_log(struct daemon *d, const char *text)
{
    for (int i = 0; i < 1000; i++) {
        size_t at = span_find(log_of(d), span_text(text));
        if (at != SPAN_NONE) {
            return at;
        }
        nap();
    }
    cr_assert_fail("no \"%s\" in the log:\n%.*s", text, SPAN_FMT(log_of(d)));
    return 0;
}

static void start(struct daemon *d, const char *more, const char *env)
{
    memset(d, 0, sizeof *d);
    d->arena = arena_new();
    d->env = -1;
    (void)snprintf(d->dir, sizeof d->dir, "/tmp/refmta-daemon-XXXXXX");
    cr_assert_not_null(mkdtemp(d->dir));
    write_conf(d, more);
    d->options.config = path_join(d->arena, d->dir, "conf");
    d->options.interfaces = "127.0.0.1.0";
    d->options.pid_file = path_join(d->arena, d->dir, "pid");
    int ends[2];
    if (env != NULL) {
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        write_file(d, "env", env);
        d->options.env_file = path_join(d->arena, d->dir, "env");
        d->options.env_socket = arena_printf(d->arena, "%d", ends[1]);
    }
    d->pid = fork();
    if (d->pid == 0) {
        _exit((int)run_daemon_foreground(&d->options, d->arena));
    }
    if (env != NULL) {
        close(ends[1]);
        d->env = ends[0];
    }
    for (int i = 0; i < 1000 && !path_is_file(d->options.pid_file); i++) {
        nap();
    }
    cr_assert(path_is_file(d->options.pid_file), "no pid file");
}

/* Tells it to stop and gives its exit status. */
static int stop(struct daemon *d)
{
    int status = -1;
    kill(d->pid, SIGTERM);
    waitpid(d->pid, &status, 0);
    cr_expect_not(path_is_file(d->options.pid_file), "the pid file stays");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void finish(struct daemon *d)
{
    if (d->env >= 0) {
        close(d->env);
    }
    cr_expect_not(failed(dir_remove_all(d->dir)));
    arena_free(d->arena);
}

static int call(struct daemon *d)
{
    span log = log_of(d);
    size_t at = span_find(log, SPAN("listening for SMTP on [127.0.0.1]:"));
    cr_assert_neq(at, SPAN_NONE);
    struct address to;
    int fd = -1;
    uint16_t port = (uint16_t)atoi((const char *)log.at + at + 34);
    cr_assert(address_parse(SPAN("127.0.0.1"), port, &to));
    cr_assert_not(failed(socket_connect(&to, NULL, 5000, &fd)));
    return fd;
}

static void say(int fd, const char *text)
{
    cr_expect_not(failed(socket_write(fd, span_text(text), 5000)));
}

/* Reads one reply line and compares it; NULL: the end is expected. */
static void hear(int fd, const char *expected)
{
    char line[512];
    size_t len = 0, got;
    while (len < sizeof line - 1 && (len == 0 || line[len - 1] != '\n')) {
        if (failed(socket_read(fd, line + len, 1, 10000, &got))) {
            break;
        }
        len += got;
    }
    line[len] = '\0';
    cr_expect_str_eq(line, expected ? expected : "", "heard %s", line);
}

Test(run_daemon, serves_and_drains, .timeout = 60)
{
    struct daemon d;
    start(&d, "", NULL);
    int fd = call(&d);
    hear(fd, "220 mx.test.ex ESMTP\r\n");
    say(fd, "HELO c.test\r\n");
    hear(fd, "250 mx.test.ex Hello c.test [127.0.0.1]\r\n");
    cr_expect_eq(stop(&d), 0);
    hear(fd, "421 4.3.0 mx.test.ex is shutting down, closing connection\r\n");
    hear(fd, NULL);
    close(fd);
    finish(&d);
}

Test(run_daemon, too_many_connections_are_told_421, .timeout = 60)
{
    struct daemon d;
    start(&d, "smtp_accept_max = 2\nsmtp_accept_max_per_host = 1\n", NULL);
    int one = call(&d);
    hear(one, "220 mx.test.ex ESMTP\r\n");
    int two = call(&d);
    hear(two, "421 4.7.0 mx.test.ex too many connections from your address, try later\r\n");
    hear(two, NULL);
    say(one, "QUIT\r\n");
    hear(one, "221 2.0.0 mx.test.ex closing connection\r\n");
    close(one);
    close(two);
    cr_expect_eq(stop(&d), 0);
    finish(&d);
}

Test(run_daemon, reloads_on_sighup, .timeout = 60)
{
    struct daemon d;
    start(&d, "", NULL);
    write_conf(&d, "nonsense\n");
    kill(d.pid, SIGHUP);
    (void)wait_log(&d, "SIGHUP received: the old configuration stays: refmta configuration "
                       "error in line 7");
    write_conf(&d, "smtp_accept_max_per_host = 1\n");
    kill(d.pid, SIGHUP);
    (void)wait_log(&d, "SIGHUP received: configuration read again");
    int one = call(&d), two = call(&d);
    hear(one, "220 mx.test.ex ESMTP\r\n");
    hear(two, "421 4.7.0 mx.test.ex too many connections from your address, try later\r\n");
    close(one);
    close(two);
    cr_expect_eq(stop(&d), 0);
    finish(&d);
}

Test(run_daemon, a_crash_costs_no_more_than_its_sessions, .timeout = 60)
{
    struct daemon d;
    start(&d, "", NULL);
    size_t at = wait_log(&d, "daemon started: pid=");
    pid_t serving = (pid_t)atol((const char *)log_of(&d).at + at + 20);
    cr_assert(serving > 1 && serving != d.pid);
    kill(serving, SIGKILL);
    (void)wait_log(&d, "was ended by signal 9; another one is started");
    int fd = call(&d);
    hear(fd, "220 mx.test.ex ESMTP\r\n");
    close(fd);
    cr_expect_eq(stop(&d), 0);
    finish(&d);
}

Test(run_daemon, a_second_daemon_leaves_the_pid_file_to_the_first, .timeout = 60)
{
    struct daemon d;
    start(&d, "", NULL);
    (void)wait_log(&d, "daemon started");
    struct daemon second = d;
    second.pid = fork();
    if (second.pid == 0) {
        _exit((int)run_daemon_foreground(&second.options, second.arena));
    }
    (void)wait_log(&d, "is that of another daemon");
    int status = -1;
    kill(second.pid, SIGTERM);
    waitpid(second.pid, &status, 0);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
    cr_expect(path_is_file(d.options.pid_file), "the first one's");
    cr_expect_eq(stop(&d), 0);
    finish(&d);
}

static bool pid_file_has(const struct daemon *d, pid_t pid)
{
    span text = SPAN_EMPTY;
    return !failed(file_read(d->options.pid_file, 100, d->arena, &text)) &&
           span_eq(span_trim_space(text), span_text(arena_printf(d->arena, "%ld", (long)pid)));
}

/* A restart does not wait for the last message of the daemon before. */
Test(run_daemon, who_is_told_to_stop_leaves_the_pid_file_to_the_next, .timeout = 60)
{
    struct daemon d;
    start(&d, "", NULL);
    int busy = call(&d), idle = call(&d);
    hear(busy, "220 mx.test.ex ESMTP\r\n");
    hear(idle, "220 mx.test.ex ESMTP\r\n");
    say(busy, "HELO c.test\r\n");
    hear(busy, "250 mx.test.ex Hello c.test [127.0.0.1]\r\n");
    say(busy, "MAIL FROM:<a@c.test>\r\n");
    hear(busy, "250 2.1.0 OK\r\n");
    say(busy, "RCPT TO:<u@test.ex>\r\n");
    hear(busy, "250 2.1.5 Accepted\r\n");
    say(busy, "DATA\r\n");
    hear(busy, "354 Enter message, ending with \".\" on a line by itself\r\n");
    kill(d.pid, SIGTERM);
    hear(idle, "421 4.3.0 mx.test.ex is shutting down, closing connection\r\n");
    struct daemon next = d;
    next.pid = fork();
    if (next.pid == 0) {
        _exit((int)run_daemon_foreground(&next.options, next.arena));
    }
    for (int i = 0; i < 1000 && !pid_file_has(&d, next.pid); i++) {
        nap();
    }
    cr_expect(pid_file_has(&d, next.pid), "it has begun");
    say(busy, ".\r\n");
    int status = -1;
    waitpid(d.pid, &status, 0);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
    cr_expect(pid_file_has(&d, next.pid), "the first has ended");
    close(busy);
    close(idle);
    cr_expect_eq(stop(&next), 0);
    finish(&d);
}

Test(run_daemon, a_port_in_use_is_said_so, .timeout = 60)
{
    struct daemon d, second;
    start(&d, "", NULL);
    span log = log_of(&d);
    size_t at = wait_log(&d, "[127.0.0.1]:");
    second = d;
    second.options.interfaces =
        arena_printf(d.arena, "127.0.0.1.%d", atoi((const char *)log.at + at + 12));
    second.options.pid_file = path_join(d.arena, d.dir, "pid2");
    pid_t pid = fork();
    if (pid == 0) {
        _exit((int)run_daemon_foreground(&second.options, second.arena));
    }
    int status = 0;
    waitpid(pid, &status, 0);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SYSTEM, "status %d", status);
    cr_expect_not(path_is_file(second.options.pid_file));
    cr_expect_eq(stop(&d), 0);
    finish(&d);
}

/* RFC 5321 4.5.3.2.7: five minutes at least. The test lets them pass at once. */
Test(run_daemon, a_moved_clock_ends_an_idle_session, .timeout = 60)
{
    struct daemon d;
    start(&d, "", "clock = 1000\npid = 77\n");
    int fd = call(&d);
    hear(fd, "220 mx.test.ex ESMTP\r\n");
    char answer = 0;
    write_file(&d, "env", "clock = 1299\n");
    cr_assert(write(d.env, "x", 1) == 1 && read(d.env, &answer, 1) == 1);
    say(fd, "NOOP\r\n");
    hear(fd, "250 2.0.0 OK\r\n");
    (void)usleep(100000);
    write_file(&d, "env", "clock = 1600\n");
    cr_assert(write(d.env, "x", 1) == 1 && read(d.env, &answer, 1) == 1);
    cr_expect_eq(answer, '+');
    hear(fd, "421 4.4.2 mx.test.ex waited too long for input, closing connection\r\n");
    hear(fd, NULL);
    close(fd);
    cr_expect_eq(stop(&d), 0);
    finish(&d);
}
