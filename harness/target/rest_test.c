/* What a watched family does is seen at once, though the files of /proc stay open in between. */
#include "harness/target/rest.h"

#include "harness/target/process.h"

#include <criterion/criterion.h>
#include <unistd.h>

#define PAUSE 150000

static struct arena *arena;
static struct rest_watch *watch;

static void set_up(void)
{
    arena = arena_new();
    cr_assert(!failed(process_become_subreaper()));
    watch = rest_watch_new(getpid());
}

static void tear_down(void)
{
    process_kill_all(arena);
    rest_watch_free(watch);
    arena_free(arena);
}

TestSuite(rest, .init = set_up, .fini = tear_down);

static void start(const char *text)
{
    const char *argv[] = {"/bin/sh", "-c", text, NULL};
    struct command c = {.argv = argv, .input = SPAN_EMPTY, .wait = 1000};
    pid_t pid;
    cr_assert(!failed(command_start(&c, arena, &pid)));
    usleep(PAUSE);
}

Test(rest, sleepers_are_counted_down_to_grandchildren)
{
    size_t count;
    cr_expect(rest_look(watch, &count));
    cr_expect_eq(count, 0);
    start("(sleep 30 & sleep 30) & sleep 30");
    cr_expect(rest_look(watch, &count));
    cr_expect_geq(count, 4);
    cr_expect(rest_look(watch, &count), "and again with the files open");
    cr_expect_geq(count, 4);
}

Test(rest, one_that_begins_to_work_after_a_look_is_seen)
{
    size_t count;
    start("sleep 0.4; while :; do :; done");
    cr_expect(rest_look(watch, &count));
    usleep(500000);
    cr_expect_not(rest_look(watch, &count));
}

Test(rest, a_child_born_after_a_look_is_seen)
{
    size_t count;
    start("sleep 0.3; (while :; do :; done) & wait");
    cr_expect(rest_look(watch, &count));
    cr_expect_eq(count, 2);
    usleep(500000);
    cr_expect_not(rest_look(watch, &count));
}

Test(rest, one_that_works_between_two_looks_is_not_still)
{
    size_t count;
    start("while :; do sleep 0.05; done");
    cr_expect_not(rest_still(watch, &count), "the first answer is no");
    usleep(PAUSE);
    cr_expect_not(rest_still(watch, &count));
    process_kill_all(arena);
    start("sleep 30 & sleep 30");
    cr_expect_not(rest_still(watch, &count), "some have ended, others begun");
    usleep(PAUSE);
    cr_expect(rest_still(watch, &count));
    cr_expect_geq(count, 2);
}

Test(rest, those_that_end_are_forgotten)
{
    size_t count;
    start("sleep 0.3");
    cr_expect(rest_look(watch, &count));
    process_kill_all(arena);
    cr_expect(rest_look(watch, &count));
    cr_expect_eq(count, 0);
}
