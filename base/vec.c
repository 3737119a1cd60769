/* The untyped half of vec.h: room for one more element. Doubling inside an arena leaves the old
   places behind unused until the arena's reset; together they are never more than what is used. */
#include "base/vec.h"

#include "base/check.h"

#define FIRST_ROOM ((size_t)8)

void *vec_grow(struct arena *arena, void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        /* The place may have been used before, when the caller took elements off the end. */
        memset((unsigned char *)at + count * size, 0, size);
        return at;
    }
    CHECK(*room <= SIZE_MAX / 2);
    size_t wider = *room ? *room * 2 : FIRST_ROOM;
    void *moved = arena_take_array(arena, wider, size);
    if (count) {
        memcpy(moved, at, count * size);
    }
    *room = wider;
    return moved;
}
