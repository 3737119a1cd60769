/* A fixed table, because what is worth keeping is little: the keys of the domains that a server signs
   for, and those of the senders of the hour. The lock is not held while a thing is made. */
#include "ref/seal/store.h"

#include "base/check.h"

#include <pthread.h>
#include <sys/stat.h>

struct place {
    const struct seal_kind_kept *kind;  /* NULL: it is free */
    struct seal_digest name;
    void *thing;
    unsigned holders;
    uint64_t used;                      /* when, in holds */
};

struct seal_store {
    struct arena *arena;
    pthread_mutex_t mutex;
    struct place places[SEAL_STORE_PLACES];
    uint64_t holds;
};

struct seal_store *seal_store_open(void)
{
    struct arena *arena = arena_new();
    struct seal_store *store = ARENA_NEW(arena, struct seal_store);
    store->arena = arena;
    CHECK(pthread_mutex_init(&store->mutex, NULL) == 0);
    return store;
}

void seal_store_close(struct seal_store *store)
{
    for (size_t i = 0; store != NULL && i < SEAL_STORE_PLACES; i++) {
        if (store->places[i].kind != NULL) {
            CHECK(store->places[i].holders == 0);
            store->places[i].kind->free(store->places[i].thing);
        }
    }
    if (store != NULL) {
        (void)pthread_mutex_destroy(&store->mutex);
        arena_free(store->arena);
    }
}

/* --- places, under the lock ----------------------------------------------------------------------- */

static size_t place_find(const struct seal_store *store, const struct seal_kind_kept *kind,
                         const struct seal_digest *name)
{
    for (size_t i = 0; i < SEAL_STORE_PLACES; i++) {
        const struct place *p = &store->places[i];
        if (p->kind == kind && span_eq(seal_digest_span(&p->name), seal_digest_span(name))) {
            return i;
        }
    }
    return SPAN_NONE;
}

/* A free one, or the one that nobody has used for longest. */
static size_t place_choose(const struct seal_store *store)
{
    size_t best = SPAN_NONE;
    for (size_t i = 0; i < SEAL_STORE_PLACES; i++) {
        const struct place *p = &store->places[i];
        if (p->kind == NULL) {
            return i;
        }
        if (p->holders == 0 && (best == SPAN_NONE || p->used < store->places[best].used)) {
            best = i;
        }
    }
    return best;
}

static struct seal_held place_hold(struct seal_store *store, size_t i)
{
    struct place *p = &store->places[i];
    p->holders++;
    p->used = ++store->holds;
    return (struct seal_held){p->thing, p->kind, store, i};
}

/* Puts a thing that was just made into the table, unless another thread was faster. *old is what
   has to go; its kind NULL: nothing. */
static struct seal_held place_fill(struct seal_store *store, const struct seal_kind_kept *kind,
                                   const struct seal_digest *name, void *thing, struct place *old)
{
    size_t i = place_find(store, kind, name);
    if (i != SPAN_NONE) {
        *old = (struct place){.kind = kind, .thing = thing};
        return place_hold(store, i);
    }
    i = place_choose(store);
    if (i == SPAN_NONE) {
        return (struct seal_held){thing, kind, NULL, 0};
    }
    *old = store->places[i];
    store->places[i] = (struct place){.kind = kind, .name = *name, .thing = thing};
    return place_hold(store, i);
}

/* --- things --------------------------------------------------------------------------------------- */

struct seal_held seal_store_hold(struct seal_store *store, const struct seal_kind_kept *kind, span name,
                                 const void *from, struct arena *texts, const char **why)
{
    struct seal_digest digest;
    struct place old = {.kind = NULL};
    struct seal_held held = {.kind = kind};
    if (store != NULL) {
        seal_hash_whole(SEAL_SHA256, name, &digest);
        CHECK(pthread_mutex_lock(&store->mutex) == 0);
        size_t i = place_find(store, kind, &digest);
        if (i != SPAN_NONE) {
            held = place_hold(store, i);
        }
        CHECK(pthread_mutex_unlock(&store->mutex) == 0);
    }
    if (held.thing != NULL) {
        return held;
    }
    held.thing = kind->make(from, texts, why);
    if (held.thing != NULL && store != NULL) {
        CHECK(pthread_mutex_lock(&store->mutex) == 0);
        held = place_fill(store, kind, &digest, held.thing, &old);
        CHECK(pthread_mutex_unlock(&store->mutex) == 0);
    }
    if (old.kind != NULL) {
        old.kind->free(old.thing);
    }
    return held;
}

void seal_store_release(struct seal_held *held)
{
    if (held->store != NULL) {
        CHECK(pthread_mutex_lock(&held->store->mutex) == 0);
        held->store->places[held->place].holders--;
        CHECK(pthread_mutex_unlock(&held->store->mutex) == 0);
    } else if (held->thing != NULL) {
        held->kind->free(held->thing);
    }
    *held = (struct seal_held){.thing = NULL};
}

bool seal_store_file_name(const char *path, struct arena *arena, span *name)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return false;
    }
    *name = span_text(arena_printf(
        arena, "%llx.%llx.%llx.%llx.%lx.%llx.%lx.%s", (unsigned long long)st.st_dev,
        (unsigned long long)st.st_ino, (unsigned long long)st.st_size,
        (unsigned long long)st.st_mtim.tv_sec, (unsigned long)st.st_mtim.tv_nsec,
        (unsigned long long)st.st_ctim.tv_sec, (unsigned long)st.st_ctim.tv_nsec, path));
    return true;
}
