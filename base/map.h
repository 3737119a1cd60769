/* Values by text, in an arena: a tree whose branches part keys at their first different bit. A search
   takes as many steps as a key has bits and no more, whatever the keys are: who chooses them from outside
   cannot make it slow. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"
#include "base/span.h"

struct map_node;

/* Zeroed: empty. */
struct map {
    struct map_node *top;
    size_t count;
};

/* NULL: the key is not there. */
void *map_get(const struct map *m, span key);
/* Puts the value, which is not NULL, there; one that was there before stays. Gives the one that is there then. The
   octets of the key are borrowed. */
void *map_put(struct map *m, struct arena *arena, span key, void *value);

#endif
