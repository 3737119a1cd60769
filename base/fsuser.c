/* A list that a user wrote may name, by a link or a word, any file that root may read. setfsuid(2) is the kernel's answer
   for servers with threads: it takes root's rights to files with it, and gives them back. The groups go by the system
   call itself, because setgroups(3) is for all threads. A thread that could not go back would answer for the wrong user
   from then on: it ends the program. */
#include "base/fsuser.h"
#include "base/check.h"

#include <errno.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_setgroups32
#define THREAD_SETGROUPS SYS_setgroups32
#else
#define THREAD_SETGROUPS SYS_setgroups
#endif

/* Neither call tells whether it worked; asking for nobody tells who one is. */
static bool is_now(uid_t uid, gid_t gid)
{
    return (uid_t)setfsuid((uid_t)-1) == uid && (gid_t)setfsgid((gid_t)-1) == gid;
}

void fsuser_leave(struct fsuser *u)
{
    if (!u->other) {
        return;
    }
    (void)setfsuid(geteuid());
    (void)setfsgid(getegid());
    CHECK(syscall(THREAD_SETGROUPS, (size_t)u->group_count, u->groups) == 0);
    CHECK(is_now(geteuid(), getegid()));
    u->other = false;
}

err fsuser_enter(struct fsuser *u, uid_t uid, gid_t gid)
{
    u->other = false;
    if (geteuid() != 0 || uid == 0) {
        return OK;
    }
    u->group_count = getgroups((int)(sizeof u->groups / sizeof *u->groups), u->groups);
    if (u->group_count < 0 || syscall(THREAD_SETGROUPS, (size_t)1, &gid) != 0) {
        return err_sys(errno, "changing groups");
    }
    u->other = true;
    (void)setfsgid(gid);
    (void)setfsuid(uid);
    if (!is_now(uid, gid)) {
        fsuser_leave(u);
        return err_sys(EPERM, "changing user");
    }
    return OK;
}
