/* Threads in groups. A finished thread stays on the group's list until it was joined, which happens
   at the next start and at the end of the group; a detached thread could still be running its last
   instructions after the memory under it is gone. */
#include "base/task.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

struct task {
    struct task *next;
    struct task_group *group;
    pthread_t thread;
    void (*run)(void *arg);
    void *arg;
};

struct task_group {
    pthread_mutex_t lock;
    pthread_cond_t none_runs;
    struct arena *arena; /* holds the group itself and its tasks; touched under the lock */
    struct task *ended;  /* returned, not yet joined */
    struct task *spare;  /* joined, to be used again */
    size_t running;
    size_t limit;
    size_t stack_octets;
};

struct task_group *task_group_new(size_t limit, size_t stack_octets)
{
    struct arena *arena = arena_new();
    struct task_group *g = ARENA_NEW(arena, struct task_group);
    g->arena = arena;
    g->limit = limit;
    g->stack_octets = stack_octets;
    CHECK(pthread_mutex_init(&g->lock, NULL) == 0);
    pthread_condattr_t steady;
    CHECK(pthread_condattr_init(&steady) == 0);
    CHECK(pthread_condattr_setclock(&steady, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&g->none_runs, &steady) == 0);
    pthread_condattr_destroy(&steady);
    return g;
}

static void lock(struct task_group *g)
{
    CHECK(pthread_mutex_lock(&g->lock) == 0);
}

static void unlock(struct task_group *g)
{
    CHECK(pthread_mutex_unlock(&g->lock) == 0);
}

static void *task_main(void *arg)
{
    struct task *t = arg;
    t->run(t->arg);
    struct task_group *g = t->group;
    lock(g);
    t->next = g->ended;
    g->ended = t;
    g->running--;
    if (g->running == 0) {
        pthread_cond_broadcast(&g->none_runs);
    }
    unlock(g);
    return NULL;
}

/* Under the lock. What is on the list needs the lock no more, except to let go of it: the join does
   not wait for anything that waits for us longer than that. */
static void join_ended(struct task_group *g)
{
    while (g->ended) {
        struct task *t = g->ended;
        g->ended = t->next;
        unlock(g);
        CHECK(pthread_join(t->thread, NULL) == 0);
        lock(g);
        t->next = g->spare;
        g->spare = t;
    }
}

static int start_thread(struct task_group *g, struct task *t)
{
    pthread_attr_t attr;
    int sys = pthread_attr_init(&attr);
    if (sys) {
        return sys;
    }
    if (g->stack_octets) {
        sys = pthread_attr_setstacksize(&attr, g->stack_octets);
    }
    if (!sys) {
        sys = pthread_create(&t->thread, &attr, task_main, t);
    }
    pthread_attr_destroy(&attr);
    return sys;
}

err task_start(struct task_group *g, void (*run)(void *arg), void *arg)
{
    lock(g);
    join_ended(g);
    if (g->running >= g->limit) {
        unlock(g);
        return err_of(ERR_LIMIT, "as many tasks run as may");
    }
    struct task *t = g->spare;
    if (t) {
        g->spare = t->next;
    } else {
        t = ARENA_NEW(g->arena, struct task);
    }
    *t = (struct task){.group = g, .run = run, .arg = arg};
    g->running++;
    /* The new thread cannot end before we let go of the lock: t->thread is set when it is read. */
    int sys = start_thread(g, t);
    if (sys) {
        g->running--;
        t->next = g->spare;
        g->spare = t;
    }
    unlock(g);
    return sys ? err_sys(sys, "starting a thread") : OK;
}

size_t task_running(struct task_group *g)
{
    lock(g);
    size_t running = g->running;
    unlock(g);
    return running;
}

bool task_group_wait(struct task_group *g, long long wait_ms)
{
    millis end = clock_ticks() + (wait_ms > 0 ? wait_ms : 0);
    const struct timespec until = {end / 1000, end % 1000 * NANOS_PER_MILLI};
    lock(g);
    int sys = 0;
    while (g->running && sys != ETIMEDOUT) {
        sys = wait_ms < 0 ? pthread_cond_wait(&g->none_runs, &g->lock)
                          : pthread_cond_timedwait(&g->none_runs, &g->lock, &until);
    }
    join_ended(g);
    bool none = g->running == 0;
    unlock(g);
    return none;
}

void task_group_free(struct task_group *g)
{
    if (!g) {
        return;
    }
    CHECK(task_group_wait(g, -1));
    pthread_cond_destroy(&g->none_runs);
    pthread_mutex_destroy(&g->lock);
    arena_free(g->arena);
}
