/* room: base
   Threads share a group, a seeded sequence and a still clock, as base says they may. Claims: every
   task ran once, no number of the sequence was given twice or lost, every reading was counted. */
#include "base/check.h"
#include "base/clock.h"
#include "base/rng.h"
#include "base/task.h"

#include <stdatomic.h>
#include <stdio.h>

#define STARTS 400
#define DRAWS 50

struct shared {
    struct task_group *group;
    struct rng rng;
    struct clock_still clock;
    _Atomic uint64_t sum; /* of all numbers drawn: the same in whatever order they come */
    _Atomic unsigned ran;
    unsigned
        plain; /* written by tasks of a group of one: joined tasks need no lock between them */
};

static void draw(void *arg)
{
    struct shared *s = arg;
    for (int i = 0; i < DRAWS; i++) {
        atomic_fetch_add(&s->sum, rng_u64(&s->rng));
        (void)clock_now(&s->clock.clock);
    }
    atomic_fetch_add(&s->ran, 1);
}

static void add_plainly(void *arg)
{
    ((struct shared *)arg)->plain++;
}

/* Starts until all are started; a full group is waited for. */
static void start_all(struct task_group *g, unsigned count, void (*run)(void *), void *arg)
{
    for (unsigned started = 0; started < count;) {
        err e = task_start(g, run, arg);
        CHECK(!failed(e) || e.kind == ERR_LIMIT);
        if (failed(e)) {
            (void)task_group_wait(g, 1);
        } else {
            started++;
        }
    }
}

static void start_from_task(void *arg)
{
    struct shared *s = arg;
    start_all(s->group, STARTS / 4, draw, s);
}

int main(void)
{
    struct shared s = {.group = task_group_new(6, 0)};
    rng_seeded(&s.rng, 42);
    clock_still_init(&s.clock, 0, 1);

    struct task_group *starters = task_group_new(4, 0);
    start_all(starters, 4, start_from_task, &s);
    task_group_free(starters);
    task_group_free(s.group);

    struct rng alone;
    uint64_t sum = 0;
    rng_seeded(&alone, 42);
    for (int i = 0; i < STARTS * DRAWS; i++) {
        sum += rng_u64(&alone);
    }
    CHECK(s.ran == STARTS);
    CHECK(s.sum == sum);
    CHECK(clock_now(&s.clock.clock) == STARTS * DRAWS);

    struct task_group *one = task_group_new(1, 0);
    start_all(one, STARTS, add_plainly, &s);
    task_group_free(one);
    CHECK(s.plain == STARTS);
    printf("%u tasks, %d numbers\n", s.ran, STARTS * DRAWS);
    return 0;
}
