/* A crit-bit tree. Behind its end a key goes on with zeros, and each octet of it has a ninth bit that is one: so no key is
   the beginning of another, whatever octets are in it. */
#include "base/map.h"

#include "base/check.h"

struct map_node {
    span key;                  /* of a leaf */
    void *value;
    struct map_node *side[2];  /* of a branch; NULL: a leaf */
    size_t at;                 /* the octet in which the keys of one side differ from those of the other */
    unsigned bit;              /* the first bit in it */
};

static unsigned octet_at(span key, size_t at)
{
    return at < key.len ? 0x100U | key.at[at] : 0;
}

static bool side_of(const struct map_node *branch, span key)
{
    return (octet_at(key, branch->at) & branch->bit) != 0;
}

/* The leaf with which the key goes longest; NULL: there is none. */
static struct map_node *nearest(const struct map *m, span key)
{
    struct map_node *n = m->top;
    while (n != NULL && n->side[0] != NULL) {
        n = n->side[side_of(n, key)];
    }
    return n;
}

void *map_get(const struct map *m, span key)
{
    const struct map_node *leaf = nearest(m, key);
    return leaf != NULL && span_eq(leaf->key, key) ? leaf->value : NULL;
}

static unsigned first_bit(unsigned octet)
{
    unsigned bit = 0x100;
    while ((octet & bit) == 0) {
        bit >>= 1;
    }
    return bit;
}

/* The leaf gets a branch of its own where its key parts from that of another one. */
static void branch_add(struct map *m, struct arena *arena, const struct map_node *other, struct map_node *leaf)
{
    struct map_node *branch = ARENA_NEW(arena, struct map_node);
    while (octet_at(leaf->key, branch->at) == octet_at(other->key, branch->at)) {
        branch->at++;
    }
    branch->bit = first_bit(octet_at(leaf->key, branch->at) ^ octet_at(other->key, branch->at));
    struct map_node **place = &m->top;
    while ((*place)->side[0] != NULL &&
           ((*place)->at < branch->at || ((*place)->at == branch->at && (*place)->bit > branch->bit))) {
        place = &(*place)->side[side_of(*place, leaf->key)];
    }
    bool side = side_of(branch, leaf->key);
    branch->side[side] = leaf;
    branch->side[!side] = *place;
    *place = branch;
}

void *map_put(struct map *m, struct arena *arena, span key, void *value)
{
    struct map_node *other = nearest(m, key);
    CHECK(value != NULL);
    if (other != NULL && span_eq(other->key, key)) {
        return other->value;
    }
    struct map_node *leaf = ARENA_NEW(arena, struct map_node);
    leaf->key = key;
    leaf->value = value;
    m->count++;
    if (other == NULL) {
        m->top = leaf;
    } else {
        branch_add(m, arena, other, leaf);
    }
    return value;
}
