/* Running, watching and ending child processes. */
#include "harness/target/process.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena *arena;
static void make(void)
{
    arena = arena_new();
}
static void drop(void)
{
    process_kill_all(arena);
    arena_free(arena);
}
TestSuite(process, .init = make, .fini = drop, .timeout = 60);

static struct command shell(const char *script)
{
    const char **argv = arena_take_array(arena, 4, sizeof *argv);
    argv[0] = "/bin/sh";
    argv[1] = "-c";
    argv[2] = script;
    return (struct command){.argv = argv, .input = SPAN_EMPTY, .wait = 10000};
}

Test(process, output_input_environment_and_status_arrive)
{
    const char *env[] = {"COLOUR=first", "COLOUR=second", NULL};
    struct command c = shell("cat; printf %s \"$COLOUR\"; exit 77");
    struct ended how;
    span output;
    c.env = env;
    c.input = SPAN("given ");
    cr_assert(!failed(command_run(&c, arena, &output, &how)));
    cr_expect_eq(how.status, 77);
    cr_expect(span_eq(output, SPAN("given second")), "%.*s", SPAN_FMT(output));
}

Test(process, much_input_and_output_at_once_do_not_lock_up)
{
    size_t len = 4 << 20;
    char *text = arena_take(arena, len);
    memset(text, 'x', len);
    struct command c = shell("cat");
    struct ended how;
    span output;
    c.input = span_of(text, len);
    cr_assert(!failed(command_run(&c, arena, &output, &how)));
    cr_expect_eq(output.len, len);
}

Test(process, a_command_that_does_not_end_is_killed)
{
    struct command c = shell("sleep 60");
    struct ended how;
    c.wait = 100;
    millis start = clock_ticks();
    err e = command_run(&c, arena, NULL, &how);
    cr_expect_eq(e.kind, ERR_TIMEOUT);
    cr_expect_lt(clock_ticks() - start, 10000);
}

/* Who looks for the dead afterwards must not find the judge's own victims and call it a crash. */
Test(process, what_is_killed_with_a_command_is_not_left_to_be_found)
{
    struct command c = shell("(sleep 60; :) & (sleep 60; :) & sleep 60; :");
    struct ended how;
    int status;
    cr_assert(!failed(process_become_subreaper()));
    c.wait = 300;
    cr_expect_eq(command_run(&c, arena, NULL, &how).kind, ERR_TIMEOUT);
    cr_expect_eq(waitpid(-1, &status, WNOHANG), -1);
    cr_expect_eq(errno, ECHILD);
}

Test(process, a_daemon_left_behind_does_not_hold_the_command_open)
{
    struct command c = shell("sleep 60 & echo started");
    struct ended how;
    span output;
    cr_assert(!failed(process_become_subreaper()));
    millis start = clock_ticks();
    cr_assert(!failed(command_run(&c, arena, &output, &how)));
    cr_expect_lt(clock_ticks() - start, 5000);
    cr_expect(span_eq(output, SPAN("started\n")));
}

Test(process, a_signal_is_told_apart_from_a_status)
{
    struct command c = shell("kill -SEGV $$");
    struct ended how;
    cr_assert(!failed(command_run(&c, arena, NULL, &how)));
    cr_expect_eq(how.status, -1);
    cr_expect_eq(how.signal, SIGSEGV);
}

Test(process, what_forks_away_stays_in_sight_and_can_be_ended)
{
    struct command c = shell(
        "setsid sleep 60 & (trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 60; :') & exit 0");
    struct ended how;
    pids below = {0};
    cr_assert(!failed(process_become_subreaper()));
    cr_assert(!failed(command_run(&c, arena, NULL, &how)));
    usleep(200000);
    process_descendants(getpid(), arena, &below);
    cr_expect_geq(below.count, 2);
    cr_expect_not(process_end_all(300, arena), "one of them does not listen to SIGTERM");
    process_descendants(getpid(), arena, &below);
    cr_expect_eq(below.count, 0);
}

Test(process, a_program_that_is_not_there_ends_with_127)
{
    const char *argv[] = {"/no/such/program", NULL};
    struct command c = {.argv = argv, .input = SPAN_EMPTY, .wait = 1000};
    struct ended how;
    cr_assert(!failed(command_run(&c, arena, NULL, &how)));
    cr_expect_eq(how.status, 127);
}
