/* Groups run what they take, refuse what they cannot, and end after their last task. */
#include "base/task.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <time.h>

static void rest_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void count_up(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void wait_for_gate(void *arg)
{
    while (!atomic_load((atomic_int *)arg)) {
        rest_ms(1);
    }
}

static void rest_then_count(void *arg)
{
    rest_ms(50);
    count_up(arg);
}

Test(task, every_started_task_ran_when_the_group_is_free)
{
    atomic_int count = 0;
    int refused = 0;
    struct task_group *g = task_group_new(4, 0);
    for (int started = 0; started < 200;) {
        err e = task_start(g, count_up, &count);
        if (failed(e)) {
            cr_assert_eq(e.kind, ERR_LIMIT);
            refused++;
            rest_ms(1);
        } else {
            started++;
        }
    }
    task_group_free(g);
    cr_expect_eq(atomic_load(&count), 200);
    task_group_free(NULL);
}

Test(task, a_full_group_starts_nothing_and_has_room_again_later)
{
    atomic_int gate = 0, count = 0;
    struct task_group *g = task_group_new(2, 0);
    cr_assert_not(failed(task_start(g, wait_for_gate, &gate)));
    cr_assert_not(failed(task_start(g, wait_for_gate, &gate)));
    cr_expect_eq(task_start(g, count_up, &count).kind, ERR_LIMIT);
    cr_expect_eq(task_running(g), 2);
    cr_expect_not(task_group_wait(g, 0));
    cr_expect_not(task_group_wait(g, 20), "both still wait at the gate");
    atomic_store(&gate, 1);
    cr_expect(task_group_wait(g, 5000));
    cr_expect_eq(task_running(g), 0);
    cr_expect_eq(atomic_load(&count), 0);
    cr_assert_not(failed(task_start(g, count_up, &count)));
    cr_expect(task_group_wait(g, -1));
    cr_expect_eq(atomic_load(&count), 1);
    task_group_free(g);
}

Test(task, free_waits_for_who_still_runs)
{
    atomic_int count = 0;
    struct task_group *g = task_group_new(8, 0);
    for (int i = 0; i < 8; i++) {
        cr_assert_not(failed(task_start(g, rest_then_count, &count)));
    }
    task_group_free(g);
    cr_expect_eq(atomic_load(&count), 8);
}

struct nest {
    struct task_group *g;
    atomic_int *count;
    int depth;
};

static void start_another(void *arg)
{
    struct nest *n = arg;
    atomic_fetch_add(n->count, 1);
    if (--n->depth > 0 && failed(task_start(n->g, start_another, n))) {
        atomic_fetch_add(n->count, 1000);
    }
}

Test(task, a_task_may_start_the_next)
{
    atomic_int count = 0;
    struct nest n = {task_group_new(50, 0), &count, 50};
    cr_assert_not(failed(task_start(n.g, start_another, &n)));
    task_group_free(n.g);
    cr_expect_eq(atomic_load(&count) % 1000 + 0, atomic_load(&count),
                 "no start was refused");
    cr_expect_eq(atomic_load(&count), 50);
}

static void use_much_stack(void *arg)
{
    volatile char much[3 << 20];
    for (size_t i = 0; i < sizeof much; i += 1024) {
        much[i] = 1;
    }
    count_up(arg);
}

Test(task, the_stack_is_as_large_as_asked)
{
    atomic_int count = 0;
    struct task_group *g = task_group_new(1, (size_t)16 << 20);
    cr_assert_not(failed(task_start(g, use_much_stack, &count)));
    task_group_free(g);
    cr_expect_eq(atomic_load(&count), 1);
}
