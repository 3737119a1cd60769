/* Typed growable arrays inside an arena: VEC(struct x) names the type, vec_push appends. Elements
   move when the array grows, so keep indexes, not pointers, while pushing. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC(type)      \
    struct {           \
        type *at;      \
        size_t count;  \
        size_t room;   \
    }

/* Appends a zeroed element and gives its address. */
#define vec_push(arena, v)                                                                     \
    ((v)->at = vec_grow((arena), (v)->at, (v)->count, &(v)->room, sizeof *(v)->at),            \
     &(v)->at[(v)->count++])

#define vec_add(arena, v, value) (*vec_push((arena), (v)) = (value))

/* Appends a copy of each element of another VEC. */
#define vec_add_all(arena, v, from)                              \
    do {                                                         \
        for (size_t each_ = 0; each_ < (from)->count; each_++) { \
            vec_add((arena), (v), (from)->at[each_]);            \
        }                                                        \
    } while (0)
/* Room for one more than count elements; the old ones are copied when it has to move. */
void *vec_grow(struct arena *arena, void *at, size_t count, size_t *room, size_t size);

#endif
