/* Who gets a message: one thread of one process. */
#include "ref/spool/lock.h"

#include "ref/spool/data_file.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID "1xUtVV-0003D5-1r"

struct place {
    char path[32];
    int dir;
};

static struct place place_new(void)
{
    struct place p = {.path = "/tmp/spool-lock-XXXXXX"};
    cr_assert_not_null(mkdtemp(p.path));
    cr_assert_not(failed(dir_open(p.path, &p.dir)));
    return p;
}

static void place_free(struct place *p)
{
    close(p->dir);
    cr_expect_not(failed(dir_remove_all(p->path)));
}

Test(spool_lock, an_id_is_claimed_once)
{
    struct spool_locks locks;
    struct spool_lock a;
    struct spool_lock b;
    struct spool_lock other;
    spool_locks_init(&locks);
    cr_expect_not(failed(spool_lock_claim(&locks, SPAN(ID), &a)));
    cr_expect_eq(spool_lock_claim(&locks, SPAN(ID), &b).kind, ERR_DEFER);
    spool_lock_release(&locks, &b); /* what was not got is given back without harm */
    cr_expect_not(failed(spool_lock_claim(&locks, SPAN("1xUtVV-0003D5-1s"), &other)));
    spool_lock_release(&locks, &a);
    cr_expect_not(failed(spool_lock_claim(&locks, SPAN(ID), &b)));
    spool_lock_release(&locks, &b);
    spool_lock_release(&locks, &other);
    spool_locks_wipe(&locks);
}

/* What another program finds: 0 it could lock the name of -D with a classic lock, 1 it could not.
   */
static int classic_lock_fails(const struct place *p)
{
    pid_t child = fork();
    if (child == 0) {
        struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 19};
        int fd = openat(p->dir, ID "-D", O_RDWR);
        _exit(fd >= 0 && fcntl(fd, F_SETLK, &range) == 0 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

Test(spool_lock, other_programs_with_classic_locks_are_kept_out)
{
    struct place p = place_new();
    struct spool_locks locks;
    struct spool_lock lock;
    struct spool_data data;
    struct arena *arena = arena_new();
    spool_locks_init(&locks);
    cr_assert_not(failed(spool_data_create(p.dir, ID, arena, &data)));
    cr_expect_eq(classic_lock_fails(&p), 0);
    cr_assert_not(failed(spool_lock_claim(&locks, SPAN(ID), &lock)));
    cr_assert_not(failed(spool_lock_file(&lock, data.fd)));
    cr_expect_eq(classic_lock_fails(&p), 1);
    /* another descriptor of the file, opened and closed by any thread, does not give it away */
    int fd = openat(p.dir, ID "-D", O_RDWR | O_CLOEXEC);
    struct spool_lock second = {.id = ID, .fd = -1};
    cr_expect_eq(spool_lock_file(&second, fd).kind, ERR_DEFER);
    close(fd);
    cr_expect_eq(classic_lock_fails(&p), 1);
    spool_lock_release(&locks, &lock);
    cr_expect_eq(classic_lock_fails(&p), 0);
    spool_locks_wipe(&locks);
    place_free(&p);
    arena_free(arena);
}
