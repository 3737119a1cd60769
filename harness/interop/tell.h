/* What a process of the judge tells another one, as octets: the same program reads what it wrote, a moment later.
   One walk over a struct serves both ways, so that no member can be told and not heard: each function here gives
   back what the member is from now on, which is what it was when it is told, and what came when it is heard. */
#ifndef HARNESS_INTEROP_TELL_H
#define HARNESS_INTEROP_TELL_H

#include "base/buf.h"
#include "base/vec.h"

struct telling {
    struct buf *out;       /* told goes there; NULL: it is heard */
    const char *at, *end;  /* of what is heard; texts and octets stay in it */
    struct arena *arena;   /* lists that are heard */
    bool broken;           /* what is heard is cut off, or none of ours */
};

uint64_t tell_number(struct telling *t, uint64_t number);
bool tell_bool(struct telling *t, bool value);
/* NULL stays NULL. */
const char *tell_text(struct telling *t, const char *text);
span tell_octets(struct telling *t, span octets);

/* Each i of a VEC that is told; of one that is heard there is room for it then. */
#define tell_each(t, list, i, total)                                                             \
    for (uint64_t i = 0, total = tell_number((t), (list)->count);                                \
         i < total && !(t)->broken && ((t)->out || ((void)vec_push((t)->arena, (list)), true)); i++)
/* A VEC of texts. */
#define tell_texts(t, list)                                \
    do {                                                   \
        tell_each(t, list, i, total) {                     \
            (list)->at[i] = tell_text((t), (list)->at[i]); \
        }                                                  \
    } while (0)

#endif
