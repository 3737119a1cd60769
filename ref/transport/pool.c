/* Connections between two messages of a queue run. One is kept for a short time only: a server
   waits for us with a thread or a process, and one that we keep waiting is used less than it
   costs. */
#include "ref/transport/smtp.h"

#include <pthread.h>

/* Ticks, and how many there are at most. */
enum { KEPT_FOR = 2000, KEPT_MOST = 64 };

struct transport_pool {
    struct arena *arena;
    pthread_mutex_t mutex;
    struct smtp_connection *first;
    size_t count;
};

struct transport_pool *transport_pool_open(void)
{
    struct arena *arena = arena_new();
    struct transport_pool *pool = ARENA_NEW(arena, struct transport_pool);
    pool->arena = arena;
    (void)pthread_mutex_init(&pool->mutex, NULL);
    return pool;
}

/* Takes out what `key` names, or what is too old (key empty: everything). */
static struct smtp_connection *unlink_one(struct transport_pool *pool, span key, millis older_than)
{
    for (struct smtp_connection **at = &pool->first; *at != NULL; at = &(*at)->next) {
        struct smtp_connection *c = *at;
        if (key.len > 0 ? span_eq(c->key, key) : c->since <= older_than) {
            *at = c->next;
            c->next = NULL;
            pool->count--;
            return c;
        }
    }
    return NULL;
}

static struct smtp_connection *locked_unlink(struct transport_pool *pool, span key,
                                             millis older_than)
{
    (void)pthread_mutex_lock(&pool->mutex);
    struct smtp_connection *c = unlink_one(pool, key, older_than);
    (void)pthread_mutex_unlock(&pool->mutex);
    return c;
}

/* Says QUIT outside the lock: an answer may take its time. */
static void end_older(struct transport_pool *pool, millis older_than)
{
    struct smtp_connection *c;
    while ((c = locked_unlink(pool, SPAN_EMPTY, older_than)) != NULL) {
        smtp_connection_end(c);
    }
}

struct smtp_connection *transport_pool_take(struct transport_pool *pool, span key)
{
    if (pool == NULL) {
        return NULL;
    }
    end_older(pool, clock_ticks() - KEPT_FOR);
    return locked_unlink(pool, key, 0);
}

bool transport_pool_put(struct transport_pool *pool, struct smtp_connection *c)
{
    if (pool == NULL) {
        return false;
    }
    end_older(pool, clock_ticks() - KEPT_FOR);
    (void)pthread_mutex_lock(&pool->mutex);
    bool room = pool->count < KEPT_MOST;
    if (room) {
        c->since = clock_ticks();
        c->next = pool->first;
        pool->first = c;
        pool->count++;
    }
    (void)pthread_mutex_unlock(&pool->mutex);
    return room;
}

void transport_pool_close(struct transport_pool *pool)
{
    if (pool != NULL) {
        end_older(pool, INT64_MAX);
        (void)pthread_mutex_destroy(&pool->mutex);
        arena_free(pool->arena);
    }
}
