/* Files opened with the rights of another user, by the calling thread alone, while a server that root started goes on. */
#ifndef BASE_FSUSER_H
#define BASE_FSUSER_H

#include "base/err.h"

#include <limits.h>
#include <sys/types.h>

struct fsuser {
    bool other;            /* there is something to go back to */
    int group_count;
    gid_t groups[NGROUPS_MAX > 1024 ? 1024 : NGROUPS_MAX];
};

/* From here to fsuser_leave this thread opens files as `uid` with the one group `gid`, if the program is root's; else,
   or if uid is root's, as before. Errors: ERR_IO, and nothing has changed. */
err fsuser_enter(struct fsuser *u, uid_t uid, gid_t gid) MUST_CHECK;
void fsuser_leave(struct fsuser *u);

#endif
