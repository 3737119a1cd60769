/* Rotation happens when somebody asks: a server that nobody visits has nothing to rotate, and a clock
   that a test moved is obeyed at once. */
#include "ref/tls/tickets.h"

#include "base/check.h"

#include <string.h>

void tls_tickets_init(struct tls_tickets *t, const struct clock *clock, millis life,
                      millis key_life)
{
    *t = (struct tls_tickets){.clock = clock, .life = life, .key_life = key_life};
    CHECK(pthread_mutex_init(&t->mutex, NULL) == 0);
    rng_system(&t->rng);
}

void tls_tickets_wipe(struct tls_tickets *t)
{
    (void)pthread_mutex_destroy(&t->mutex);
    explicit_bzero(&t->current, sizeof t->current);
    explicit_bzero(&t->previous, sizeof t->previous);
}

static void take(struct tls_tickets *t)
{
    CHECK(pthread_mutex_lock(&t->mutex) == 0);
}

static void leave(struct tls_tickets *t)
{
    CHECK(pthread_mutex_unlock(&t->mutex) == 0);
}

void tls_tickets_lives(struct tls_tickets *t, millis life, millis key_life)
{
    take(t);
    t->life = life;
    t->key_life = key_life;
    leave(t);
}

millis tls_tickets_life(struct tls_tickets *t)
{
    take(t);
    millis life = t->life;
    leave(t);
    return life;
}

/* Age in milliseconds; a clock that was set back makes a key old, never young again. */
static bool aged(const struct tls_tickets *t, const struct tls_key *key, millis most)
{
    instant age = clock_now(t->clock) - key->made;
    return age < 0 || age / NANOS_PER_MILLI >= most;
}

static void rotate(struct tls_tickets *t)
{
    if (t->current.there && aged(t, &t->current.key, t->key_life)) {
        t->previous = t->current;
        t->current.there = false;
    }
    if (t->previous.there && aged(t, &t->previous.key, 2 * t->key_life)) {
        explicit_bzero(&t->previous, sizeof t->previous);
    }
    if (!t->current.there) {
        struct tls_key *key = &t->current.key;
        key->made = clock_now(t->clock);
        rng_fill(&t->rng, key->id, sizeof key->id);
        rng_fill(&t->rng, key->secret, sizeof key->secret);
        t->current.names.count = 0;
        t->current.there = true;
    }
}

void tls_tickets_current(struct tls_tickets *t, struct tls_key *key)
{
    take(t);
    rotate(t);
    *key = t->current.key;
    leave(t);
}

static bool has_id(const struct tls_generation *g, const unsigned char id[TLS_KEY_ID])
{
    return g->there && memcmp(id, g->key.id, TLS_KEY_ID) == 0;
}

bool tls_tickets_find(struct tls_tickets *t, const unsigned char id[TLS_KEY_ID],
                      struct tls_key *key, bool *renew)
{
    take(t);
    rotate(t);
    bool current = has_id(&t->current, id);
    bool found = current || has_id(&t->previous, id);
    *key = current ? t->current.key : t->previous.key;
    *renew = !current;
    leave(t);
    return found;
}

uint32_t tls_tickets_now(const struct tls_tickets *t)
{
    return (uint32_t)(clock_now(t->clock) / NANOS_PER_SECOND);
}

bool tls_tickets_fresh(struct tls_tickets *t, uint32_t made)
{
    uint32_t age = tls_tickets_now(t) - made;
    return (millis)age * 1000 < tls_tickets_life(t);
}

static bool has_name(const struct tls_generation *g, const unsigned char name[TLS_TICKET_NAME])
{
    for (size_t i = 0; g->there && i < g->names.count && i < TLS_NAMES_KEPT; i++) {
        if (memcmp(g->names.at[i], name, TLS_TICKET_NAME) == 0) {
            return true;
        }
    }
    return false;
}

bool tls_tickets_named(struct tls_tickets *t, const unsigned char name[TLS_TICKET_NAME],
                       struct tls_key *key)
{
    take(t);
    rotate(t);
    bool current = has_name(&t->current, name);
    bool previous = !current && has_name(&t->previous, name);
    *key = previous ? t->previous.key : t->current.key;
    leave(t);
    return current || previous;
}

void tls_tickets_note(struct tls_tickets *t, const unsigned char id[TLS_KEY_ID],
                      const unsigned char name[TLS_TICKET_NAME])
{
    take(t);
    struct tls_generation *g = has_id(&t->current, id) ? &t->current : &t->previous;
    if (has_id(g, id) && !has_name(g, name)) {
        memcpy(g->names.at[g->names.count++ % TLS_NAMES_KEPT], name, TLS_TICKET_NAME);
    }
    leave(t);
}
