/* posix_spawn with what a server's threads must not hand on: handlers, masks, and their process group. */
#include "base/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <unistd.h>

static int files_set(const struct spawn *wanted, posix_spawn_file_actions_t *files)
{
    int sys = 0;
    for (int i = 0; i < SPAWN_DESCRIPTORS && sys == 0; i++) {
        if (wanted->files[i] >= 0) {
            sys = posix_spawn_file_actions_adddup2(files, wanted->files[i], i);
        }
    }
    if (sys == 0 && wanted->silent) {
        sys = posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    if (sys == 0 && wanted->directory != NULL && wanted->directory[0] != '\0') {
        sys = posix_spawn_file_actions_addchdir_np(files, wanted->directory);
    }
    return sys;
}

static int attributes_set(const struct spawn *wanted, posix_spawnattr_t *how)
{
    sigset_t all, none;
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    sigfillset(&all);
    sigemptyset(&none);
    int sys = posix_spawnattr_setsigdefault(how, &all);
    if (sys == 0) {
        sys = posix_spawnattr_setsigmask(how, &none);
    }
    if (wanted->group) {
        flags |= POSIX_SPAWN_SETPGROUP; /* of 0, which is its own */
    }
    return sys == 0 ? posix_spawnattr_setflags(how, flags) : sys;
}

int spawn_start(const struct spawn *wanted, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    int sys = posix_spawn_file_actions_init(&files);
    if (sys != 0) {
        return sys;
    }
    sys = posix_spawnattr_init(&how);
    if (sys == 0) {
        sys = files_set(wanted, &files);
        if (sys == 0) {
            sys = attributes_set(wanted, &how);
        }
        if (sys == 0) {
            sys = posix_spawn(pid, wanted->program, &files, &how, wanted->words, wanted->environment);
        }
        (void)posix_spawnattr_destroy(&how);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return sys;
}
