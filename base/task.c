/* Threads in groups. A thread that has done its task waits a moment for the next one, because making
   and ending threads would be a large part of a short task's cost. A thread that ended stays on the
   group's list until it was joined, which happens at the next start and at the end of the group; a
   detached thread could still be running its last instructions after the memory under it is gone. */
#include "base/task.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#define IDLE_MS 1000

struct task {
    struct task *next;
    struct task_group *group;
    pthread_t thread;
    pthread_cond_t wake;    /* there is something to run, or the group ends */
    void (*run)(void *arg); /* NULL: nothing to do */
    void *arg;
};

struct task_group {
    pthread_mutex_t lock;
    pthread_cond_t none_runs; /* no task runs, or no thread is left */
    pthread_condattr_t steady;
    struct arena *arena; /* holds the group itself and its tasks; touched under the lock */
    struct task *idle;   /* threads that wait for something to run */
    struct task *ended;  /* threads that returned, not yet joined */
    struct task *spare;  /* joined, to be used again */
    size_t running;
    size_t threads; /* not ended */
    bool closing;
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
    CHECK(pthread_condattr_init(&g->steady) == 0);
    CHECK(pthread_condattr_setclock(&g->steady, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&g->none_runs, &g->steady) == 0);
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

static struct timespec ticks_as_time(millis ticks)
{
    return (struct timespec){ticks / 1000, ticks % 1000 * NANOS_PER_MILLI};
}

/* Under the lock. False: nothing came, and the thread is on no list any more. */
static bool wait_for_work(struct task_group *g, struct task *t)
{
    const struct timespec until = ticks_as_time(clock_ticks() + IDLE_MS);
    t->run = NULL;
    t->next = g->idle;
    g->idle = t;
    int sys = 0;
    while (!t->run && !g->closing && sys != ETIMEDOUT) {
        sys = pthread_cond_timedwait(&t->wake, &g->lock, &until);
    }
    if (t->run) {
        return true;
    }
    struct task **at = &g->idle;
    while (*at != t) {
        at = &(*at)->next;
    }
    *at = t->next;
    return false;
}

static void *task_main(void *arg)
{
    struct task *t = arg;
    struct task_group *g = t->group;
    bool more;
    do {
        t->run(t->arg);
        lock(g);
        g->running--;
        if (g->running == 0) {
            pthread_cond_broadcast(&g->none_runs);
        }
        more = wait_for_work(g, t);
        if (!more) {
            t->next = g->ended;
            g->ended = t;
            g->threads--;
            pthread_cond_broadcast(&g->none_runs);
        }
        unlock(g);
    } while (more);
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

/* Under the lock. */
static struct task *spare_task(struct task_group *g)
{
    struct task *t = g->spare;
    if (t) {
        g->spare = t->next;
        return t;
    }
    t = ARENA_NEW(g->arena, struct task);
    t->group = g;
    CHECK(pthread_cond_init(&t->wake, &g->steady) == 0);
    return t;
}

err task_start(struct task_group *g, void (*run)(void *arg), void *arg)
{
    lock(g);
    join_ended(g);
    if (g->running >= g->limit) {
        unlock(g);
        return err_of(ERR_LIMIT, "as many tasks run as may");
    }
    int sys = 0;
    struct task *t = g->idle;
    bool woken = t != NULL;
    if (woken) {
        g->idle = t->next;
        t->run = run;
        t->arg = arg;
    } else {
        t = spare_task(g);
        t->run = run;
        t->arg = arg;
        /* The new thread cannot end before we let go of the lock: t->thread is set when it is read. */
        sys = start_thread(g, t);
        if (sys) {
            t->next = g->spare;
            g->spare = t;
        }
        g->threads += !sys;
    }
    g->running += !sys;
    unlock(g);
    if (woken) { /* without the lock, which it needs; a task that is free again does not mind */
        pthread_cond_signal(&t->wake);
    }
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
    const struct timespec until = ticks_as_time(clock_ticks() + (wait_ms > 0 ? wait_ms : 0));
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
    lock(g);
    g->closing = true;
    for (struct task *t = g->idle; t; t = t->next) {
        pthread_cond_signal(&t->wake);
    }
    while (g->threads) {
        pthread_cond_wait(&g->none_runs, &g->lock);
    }
    join_ended(g);
    unlock(g);
    for (struct task *t = g->spare; t; t = t->next) {
        pthread_cond_destroy(&t->wake);
    }
    pthread_cond_destroy(&g->none_runs);
    pthread_condattr_destroy(&g->steady);
    pthread_mutex_destroy(&g->lock);
    arena_free(g->arena);
}
