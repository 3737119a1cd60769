/* Another user's rights hold between the two calls, and nowhere else. Only root can try. */
#include "base/fsuser.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534 };

/* 0, or why the file cannot be opened. */
static int opened(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? errno : close(fd);
}

static void *open_beside(void *path)
{
    return opened(path) == 0 ? path : NULL;
}

Test(fsuser, files_are_opened_as_the_user_by_this_thread_alone)
{
    char folder[] = "/tmp/fsuser.XXXXXX", path[64];
    struct fsuser u;
    cr_assert(mkdtemp(folder) && chmod(folder, 0755) == 0);
    (void)snprintf(path, sizeof path, "%s/f", folder);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0640);
    cr_assert(fd >= 0 && close(fd) == 0);
    cr_assert(!failed(fsuser_enter(&u, NOBODY, NOBODY)));
    if (geteuid() == 0) {
        pthread_t beside;
        void *got = NULL;
        cr_expect_eq(opened(path), EACCES, "neither root's rights nor root's groups");
        cr_assert(pthread_create(&beside, NULL, open_beside, folder) == 0 &&
                  pthread_join(beside, &got) == 0);
        cr_expect(got != NULL);
    }
    fsuser_leave(&u);
    cr_expect_eq(opened(path), 0);
    cr_assert(!failed(fsuser_enter(&u, 0, 0)));
    cr_expect_eq(opened(path), 0, "root stays root");
    fsuser_leave(&u);
    unlink(path);
    rmdir(folder);
}
