/* Claims: nobody who waits returns before a sync of his directory that began after he asked; those who wait
   together share one; a failure reaches all who shared it, and nobody else. */
#include "ref/spool/group.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/task.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Tests may have what the product may not. The dir_sync of base/file.c is not linked: this one
   is. */
static _Atomic unsigned begun, ended;
static _Atomic int fail_with;
static _Atomic int slow;
static _Atomic bool held; /* no sync ends */

static void nap(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * NANOS_PER_MILLI}, NULL);
}

err dir_sync(int dir)
{
    begun++;
    while (held) {
        nap(1);
    }
    if (slow) {
        nap(20);
    }
    err e = fail_with && dir == 7 ? err_sys(fail_with, "syncing a directory to disk") : OK;
    ended++;
    return e;
}

struct asker {
    struct spool_group *group;
    unsigned rounds;
    char place;
    int dir;
    _Atomic unsigned *early, *failures;
};

static void ask(void *arg)
{
    struct asker *a = arg;
    for (unsigned i = 0; i < a->rounds; i++) {
        unsigned then = begun;
        err e = spool_group_sync(a->group, a->place, a->dir);
        /* a sync that begins after `then` was read is at least the one numbered then + 1 */
        *a->early += ended < then + 1;
        *a->failures += failed(e);
    }
}

static void ask_all(struct asker *askers, unsigned count)
{
    struct task_group *threads = task_group_new(count, 0);
    for (unsigned i = 0; i < count; i++) {
        cr_assert_not(failed(task_start(threads, ask, &askers[i])));
    }
    task_group_free(threads);
}

Test(spool_group, alone_syncs_at_once)
{
    struct spool_group g;
    spool_group_init(&g, dir_sync);
    cr_assert_not(failed(spool_group_sync(&g, '\0', 3)));
    cr_assert_not(failed(spool_group_sync(&g, '\0', 3)));
    cr_assert_eq(begun, 2u, "each has a sync of its own");
    spool_group_wipe(&g);
}

Test(spool_group, who_waits_together_shares_a_sync_that_began_later)
{
    enum { ASKERS = 16, ROUNDS = 10 };
    struct spool_group g;
    struct asker askers[ASKERS];
    _Atomic unsigned early = 0, failures = 0;
    spool_group_init(&g, dir_sync);
    slow = 1;
    for (unsigned i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){&g, ROUNDS, '\0', 3, &early, &failures};
    }
    ask_all(askers, ASKERS);
    cr_expect_eq(early, 0u);
    cr_expect_eq(failures, 0u);
    cr_expect_leq(begun, (unsigned)ASKERS * ROUNDS / 3, "%u syncs for %d", begun, ASKERS * ROUNDS);
    spool_group_wipe(&g);
}

Test(spool_group, a_failure_reaches_those_of_that_directory_and_no_others)
{
    enum { ASKERS = 12, ROUNDS = 5 };
    struct spool_group g;
    struct asker askers[ASKERS];
    _Atomic unsigned early = 0, bad = 0, good = 0;
    spool_group_init(&g, dir_sync);
    slow = 1;
    fail_with = EIO;
    for (unsigned i = 0; i < ASKERS; i++) {
        bool fails = i % 2;
        askers[i] = (struct asker){
            &g, ROUNDS, fails ? 'b' : 'a', fails ? 7 : 3, &early, fails ? &bad : &good};
    }
    ask_all(askers, ASKERS);
    cr_expect_eq(bad, (unsigned)ASKERS / 2 * ROUNDS);
    cr_expect_eq(good, 0u);
    spool_group_wipe(&g);
}

Test(spool_group, where_a_failure_lasts_nobody_is_told_otherwise_later)
{
    struct spool_group g;
    spool_group_init(&g, dir_sync);
    g.lasting = true;
    fail_with = EIO;
    cr_expect(failed(spool_group_sync(&g, '\0', 7)));
    fail_with = 0;
    cr_expect(failed(spool_group_sync(&g, '\0', 7)), "what was lost by then is still lost");
    cr_expect_eq(begun, 1u);
    spool_group_wipe(&g);
}

Test(spool_group, behind_nobody_it_is_an_ordinary_sync)
{
    struct spool_group g;
    spool_group_init(&g, dir_sync);
    cr_expect_not(failed(spool_group_sync_behind(&g, '\0', 3)));
    cr_expect_eq(ended, 1u);
    spool_group_wipe(&g);
}

/* If it waited for the sync of somebody else it would wait for ever. */
Test(spool_group, who_goes_on_has_a_sync_made_that_begins_later, .timeout = 60)
{
    enum { ASKERS = 8 };
    struct spool_group g;
    struct asker askers[ASKERS];
    _Atomic unsigned early = 0, failures = 0;
    int dir = dup(0);
    spool_group_init(&g, dir_sync);
    slow = 1;
    held = true;
    struct task_group *threads = task_group_new(ASKERS, 0);
    for (unsigned i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){&g, 3, 'a', 3, &early, &failures};
        cr_assert_not(failed(task_start(threads, ask, &askers[i])));
    }
    while (begun == 0) {
        nap(1);
    }
    unsigned then = begun;
    cr_expect_not(failed(spool_group_sync_behind(&g, 'b', dir)));
    close(dir); /* it is the caller's again */
    held = false;
    nap(100);
    cr_expect_geq(ended, then + 1, "nobody syncs what is owed while others come and go");
    task_group_free(threads);
    cr_expect_eq(early + failures, 0u);
    spool_group_wipe(&g);
}

Test(spool_group, what_is_owed_is_synced_before_the_end)
{
    struct spool_group g;
    struct asker one;
    _Atomic unsigned early = 0, failures = 0;
    spool_group_init(&g, dir_sync);
    slow = 1;
    struct task_group *threads = task_group_new(1, 0);
    one = (struct asker){&g, 1, 'a', 3, &early, &failures};
    cr_assert_not(failed(task_start(threads, ask, &one)));
    while (begun == 0) {
        nap(1);
    }
    cr_expect_not(failed(spool_group_sync_behind(&g, 'a', 0)));
    task_group_free(threads);
    spool_group_wipe(&g);
    cr_expect_eq(begun, 2u);
    cr_expect_eq(ended, 2u);
}
