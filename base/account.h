/* Users and groups of the system. An entry may be of any length: a group of thousands is an ordinary one. */
#ifndef BASE_ACCOUNT_H
#define BASE_ACCOUNT_H

#include "base/arena.h"

#include <sys/types.h>

/* Text lives in the arena that was given. */
struct account {
    const char *name, *gecos, *home;
    uid_t uid;
    gid_t gid; /* the user's own group */
};
struct account_group {
    const char *name;
    gid_t gid;
};

/* 0: it is there. ENOENT: it is not. Others: that could not be found out, the system says why. */
int account_named(const char *name, struct arena *arena, struct account *account);
int account_of(uid_t uid, struct arena *arena, struct account *account);
int account_group_named(const char *name, struct arena *arena, struct account_group *group);
int account_group_of(gid_t gid, struct arena *arena, struct account_group *group);

#endif
