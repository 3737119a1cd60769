/* What the C library wants room for is not known before: it is asked again with more. */
#include "base/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

enum { ROOM_FIRST = 256, ROOM_MOST = 64 << 20 };

/* Either by name or, if that is NULL, by number. */
struct question {
    const char *name;
    id_t number;
    char *room;
    size_t size;
};

static int user_ask(const struct question *q, struct passwd *entry, struct passwd **found)
{
    return q->name != NULL ? getpwnam_r(q->name, entry, q->room, q->size, found)
                           : getpwuid_r((uid_t)q->number, entry, q->room, q->size, found);
}

static int group_ask(const struct question *q, struct group *entry, struct group **found)
{
    return q->name != NULL ? getgrnam_r(q->name, entry, q->room, q->size, found)
                           : getgrgid_r((gid_t)q->number, entry, q->room, q->size, found);
}

/* True: it is to be asked again, with the room that is there then. */
static bool goes_on(struct question *q, struct arena *arena, int status)
{
    if (status == ERANGE && q->size < ROOM_MOST) {
        q->size *= 4;
        q->room = arena_take(arena, q->size);
        return true;
    }
    return status == EINTR;
}

/* Which of these a library gives for an entry that is not there is its own affair. */
static int verdict(int status, const void *found)
{
    bool absent = status == 0 || status == ENOENT || status == ESRCH || status == EBADF || status == EPERM;
    return found != NULL ? 0 : absent ? ENOENT : status;
}

static struct question question_of(const char *name, id_t number, struct arena *arena)
{
    return (struct question){name, number, arena_take(arena, ROOM_FIRST), ROOM_FIRST};
}

static int user_find(struct question q, struct arena *arena, struct account *account)
{
    struct passwd entry, *found;
    int status;
    do {
        found = NULL;
        status = user_ask(&q, &entry, &found);
    } while (goes_on(&q, arena, status));
    if (found != NULL) {
        *account = (struct account){entry.pw_name, entry.pw_gecos, entry.pw_dir, entry.pw_uid, entry.pw_gid};
    }
    return verdict(status, found);
}

static int group_find(struct question q, struct arena *arena, struct account_group *group)
{
    struct group entry, *found;
    int status;
    do {
        found = NULL;
        status = group_ask(&q, &entry, &found);
    } while (goes_on(&q, arena, status));
    if (found != NULL) {
        *group = (struct account_group){entry.gr_name, entry.gr_gid};
    }
    return verdict(status, found);
}

int account_named(const char *name, struct arena *arena, struct account *account)
{
    return user_find(question_of(name, 0, arena), arena, account);
}

int account_of(uid_t uid, struct arena *arena, struct account *account)
{
    return user_find(question_of(NULL, uid, arena), arena, account);
}

int account_group_named(const char *name, struct arena *arena, struct account_group *group)
{
    return group_find(question_of(name, 0, arena), arena, group);
}

int account_group_of(gid_t gid, struct arena *arena, struct account_group *group)
{
    return group_find(question_of(NULL, gid, arena), arena, group);
}
