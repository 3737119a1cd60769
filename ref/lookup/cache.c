/* One message often asks the same several times (an ACL, a router, its options). The answer stays
   the same while it does: what was found is kept, absence too, but no failure. A session that asks
   for too much forgets everything at once, which costs a repeated search and nothing else. */
#include "ref/lookup/cache.h"

#include "ref/lookup/driver.h"

#define SLOTS 256u /* a power of two */
#define MOST_OCTETS ((size_t)1 << 20)
/* Between two looks at one file's name by one message. The first of a message always looks. */
#define LOOK_MILLIS ((millis)50)
#define LOOKS 4u /* files that are remembered; a fifth takes the place of the oldest */

struct kept {
    struct kept *next; /* of the same slot */
    span type, file, key;
    instant until;
    struct lookup_result result;
};

struct look {
    span file;
    millis at;
};

struct lookup_cache {
    struct lookup_shared *shared;
    struct arena *own;  /* the cache itself */
    struct arena *arena;
    struct kept *slots[SLOTS];
    struct look looks[LOOKS];
    unsigned look_next;
};

static size_t slot_of(const struct lookup_request *q)
{
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
    const span parts[] = {q->type->text, q->file, q->key};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        for (size_t k = 0; k < parts[i].len; k++) {
            hash = (hash ^ parts[i].at[k]) * 0x100000001b3;
        }
    }
    return (size_t)(hash ^ hash >> 32) & (SLOTS - 1);
}

static void result_copy(struct lookup_result *to, const struct lookup_result *from,
                        struct arena *arena)
{
    *to = *from;
    to->value = arena_copy(arena, from->value);
    to->wild = arena_copy(arena, from->wild);
    to->fixed = arena_copy(arena, from->fixed);
}

struct lookup_shared *lookup_cache_shared(const struct lookup_cache *cache)
{
    return cache->shared;
}

bool lookup_cache_looked(struct lookup_cache *cache, span file)
{
    millis now = clock_ticks();
    for (size_t i = 0; i < LOOKS; i++) {
        struct look *look = &cache->looks[i];
        if (look->file.len > 0 && span_eq(look->file, file)) {
            bool recent = now - look->at < LOOK_MILLIS;
            look->at = recent ? look->at : now;
            return recent;
        }
    }
    cache->looks[cache->look_next++ % LOOKS] = (struct look){arena_copy(cache->arena, file), now};
    return false;
}

bool lookup_cache_get(const struct lookup_request *q, struct lookup_result *result)
{
    const struct lookup_cache *cache = q->cache;
    for (const struct kept *k = cache->slots[slot_of(q)]; k; k = k->next) {
        if (span_eq(k->key, q->key) && span_eq(k->file, q->file) &&
            span_eq(k->type, q->type->text) && clock_now(cache->shared->clock) <= k->until) {
            result_copy(result, &k->result, q->arena);
            return true;
        }
    }
    return false;
}

void lookup_cache_put(const struct lookup_request *q, const struct lookup_result *result,
                      millis keep)
{
    struct lookup_cache *cache = q->cache;
    if (keep <= 0) {
        return;
    }
    if (arena_used(cache->arena) + q->key.len + result->value.len > MOST_OCTETS) {
        lookup_cache_forget(cache);
    }
    instant now = clock_now(cache->shared->clock);
    struct kept **slot = &cache->slots[slot_of(q)];
    struct kept *k = ARENA_NEW(cache->arena, struct kept);
    k->next = *slot; /* the newest is found first */
    k->type = arena_copy(cache->arena, q->type->text);
    k->file = arena_copy(cache->arena, q->file);
    k->key = arena_copy(cache->arena, q->key);
    k->until = keep < (INT64_MAX - now) / NANOS_PER_MILLI ? now + keep * NANOS_PER_MILLI
                                                          : INT64_MAX;
    result_copy(&k->result, result, cache->arena);
    *slot = k;
}

struct lookup_cache *lookup_cache_new(struct lookup_shared *shared)
{
    struct arena *own = arena_new();
    struct lookup_cache *cache = ARENA_NEW(own, struct lookup_cache);
    cache->own = own;
    cache->arena = arena_new();
    cache->shared = shared;
    return cache;
}

void lookup_cache_forget(struct lookup_cache *cache)
{
    memset(cache->slots, 0, sizeof cache->slots);
    memset(cache->looks, 0, sizeof cache->looks);
    arena_reset(cache->arena);
}

void lookup_cache_free(struct lookup_cache *cache)
{
    if (cache) {
        arena_free(cache->arena);
        arena_free(cache->own);
    }
}

struct lookup_shared *lookup_shared_new(const struct clock *clock)
{
    struct arena *arena = arena_new();
    struct lookup_shared *s = ARENA_NEW(arena, struct lookup_shared);
    s->arena = arena;
    s->clock = clock;
    text_files_init(&s->texts);
    lmdb_files_init(&s->lmdb);
    return s;
}

void lookup_shared_limit(struct lookup_shared *shared, unsigned open_max, bool lmdb_nolock)
{
    shared->texts.idle_most = shared->lmdb.kept.idle_most = open_max;
    shared->lmdb.nolock = lmdb_nolock;
}

void lookup_shared_close(struct lookup_shared *shared)
{
    if (shared) {
        kept_files_end(&shared->texts);
        kept_files_end(&shared->lmdb.kept);
        arena_free(shared->arena);
    }
}
