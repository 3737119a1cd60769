/* The keys under which a server seals its tickets: in memory only, one in use and the one before it,
   changed by our own clock (docs/adr says how long each lives). */
#ifndef REF_TLS_TICKETS_H
#define REF_TLS_TICKETS_H

#include "base/clock.h"
#include "base/rng.h"

#include <pthread.h>
#include <stdbool.h>

enum {
    TLS_KEY_ID = 12,        /* octets of a key's public name */
    TLS_KEY_SECRET = 64,
    TLS_TICKET_NAME = 16,   /* octets that stand in front of a ticket (RFC 5077 4) */
    TLS_NAMES_KEPT = 32
};

struct tls_key {
    instant made;
    unsigned char id[TLS_KEY_ID];
    unsigned char secret[TLS_KEY_SECRET];
};

/* Names of tickets that a library of its own mind gave out under a key. */
struct tls_names {
    unsigned char at[TLS_NAMES_KEPT][TLS_TICKET_NAME];
    size_t count; /* ever; the newest TLS_NAMES_KEPT are there */
};

/* A key and what was made with it; all zero: there is none. */
struct tls_generation {
    bool there;
    struct tls_key key;
    struct tls_names names;
};

struct tls_tickets {
    pthread_mutex_t mutex;
    const struct clock *clock;
    struct rng rng;
    millis life, key_life;
    struct tls_generation current, previous;
};

/* key_life: how long new tickets are made with a key; it opens tickets for as long again. */
void tls_tickets_init(struct tls_tickets *t, const struct clock *clock, millis life,
                      millis key_life);
void tls_tickets_wipe(struct tls_tickets *t);
/* A shorter life of keys makes those that are past it old at once. */
void tls_tickets_lives(struct tls_tickets *t, millis life, millis key_life);
millis tls_tickets_life(struct tls_tickets *t);

/* The key for a new ticket. */
void tls_tickets_current(struct tls_tickets *t, struct tls_key *key);
/* The key of that id; *renew: a newer one is in use, so a new ticket is due. False: it is not known,
   or too old. */
bool tls_tickets_find(struct tls_tickets *t, const unsigned char id[TLS_KEY_ID],
                      struct tls_key *key, bool *renew);
/* Whole seconds of our clock, as they stand in a ticket. */
uint32_t tls_tickets_now(const struct tls_tickets *t);
/* A ticket made at that second has not lived too long. */
bool tls_tickets_fresh(struct tls_tickets *t, uint32_t made);

/* For the library that names tickets itself: the key that made the ticket of this name if that can
   still be known (false: none does; *key is the one in use), and noting a name. */
bool tls_tickets_named(struct tls_tickets *t, const unsigned char name[TLS_TICKET_NAME],
                       struct tls_key *key);
void tls_tickets_note(struct tls_tickets *t, const unsigned char id[TLS_KEY_ID],
                      const unsigned char name[TLS_TICKET_NAME]);

#endif
