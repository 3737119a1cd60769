/* What a child has and has not. */
#include "base/spawn.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* What `sh -c COMMAND` says on descriptor 1, blanks for line ends. */
static const char *said(struct spawn *wanted, const char *command, char *text, size_t room)
{
    char sh[] = "sh", c[] = "-c", line[256];
    char *words[] = {sh, c, line, NULL}, *none[] = {NULL};
    int out[2], status;
    pid_t pid;
    snprintf(line, sizeof line, "%s", command);
    cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
    wanted->program = "/bin/sh";
    wanted->words = words;
    wanted->environment = wanted->environment ? wanted->environment : none;
    wanted->files[1] = out[1];
    cr_assert_eq(spawn_start(wanted, &pid), 0);
    close(out[1]);
    ssize_t got = read(out[0], text, room - 1);
    close(out[0]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

Test(spawn, descriptors_and_directory)
{
    char text[256];
    int in[2];
    cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
    cr_assert_eq(write(in[1], "read\n", 5), 5);
    struct spawn wanted = {.files = {-1, -1, -1, in[0]}, .directory = "/usr"};
    cr_expect_str_eq(said(&wanted, "read x <&3; echo $x $PWD", text, sizeof text), "read /usr\n");
    close(in[0]);
    close(in[1]);
}

Test(spawn, environment_is_what_was_given)
{
    char text[256], a[] = "A=1";
    char *environment[] = {a, NULL};
    struct spawn wanted = {.files = {-1, -1, -1, -1}, .environment = environment};
    setenv("B", "2", 1);
    cr_expect_str_eq(said(&wanted, "echo $A,$B", text, sizeof text), "1,\n");
}

Test(spawn, signals_are_as_at_the_start)
{
    char text[256];
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &term, NULL), 0);
    signal(SIGPIPE, SIG_IGN);
    struct spawn wanted = {.files = {-1, -1, -1, -1}};
    cr_expect_str_eq(said(&wanted, "kill -TERM $$; echo blocked", text, sizeof text), "");
    cr_expect_str_eq(said(&wanted, "kill -PIPE $$; echo ignored", text, sizeof text), "");
}

Test(spawn, a_group_of_its_own)
{
    char text[256], ours[32];
    struct spawn wanted = {.files = {-1, -1, -1, -1}};
    snprintf(ours, sizeof ours, "%ld\n", (long)getpgrp());
    const char *group = "cut -d ' ' -f 5 /proc/self/stat";
    cr_expect_str_eq(said(&wanted, group, text, sizeof text), ours);
    wanted.group = true;
    cr_expect_str_neq(said(&wanted, group, text, sizeof text), ours);
}

Test(spawn, silence)
{
    char text[256];
    struct spawn wanted = {.files = {-1, -1, STDIN_FILENO, -1}, .silent = true};
    cr_expect_str_eq(said(&wanted, "echo lost >&2; readlink /proc/self/fd/2", text, sizeof text), "/dev/null\n");
}

Test(spawn, what_is_not_there)
{
    char name[] = "x";
    char *words[] = {name, NULL}, *none[] = {NULL};
    pid_t pid;
    struct spawn wanted = {.program = "/no/such/program", .words = words, .environment = none,
                           .files = {-1, -1, -1, -1}};
    cr_expect_eq(spawn_start(&wanted, &pid), ENOENT);
}
