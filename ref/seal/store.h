/* What is worth keeping from one message to the next because it is dear to make: private keys, public
   keys as a library has them, lists of suffixes. Threads share a store. What it holds is never changed,
   so that a file that was changed is another thing to keep; the least used go when it is full. */
#ifndef REF_SEAL_STORE_H
#define REF_SEAL_STORE_H

#include "ref/seal/crypto.h"

enum { SEAL_STORE_PLACES = 64 };

struct seal_store;
struct seal_store *seal_store_open(void);
void seal_store_close(struct seal_store *store); /* all have been released; NULL is fine */

/* A kind of thing. */
struct seal_kind_kept {
    /* NULL, with *why: it cannot be made, and nothing is kept. Texts live in texts. */
    void *(*make)(const void *from, struct arena *texts, const char **why);
    void (*free)(void *thing);
};

/* A thing in use. Zeroed, it holds none. */
struct seal_held {
    void *thing;
    const struct seal_kind_kept *kind;
    struct seal_store *store;      /* NULL: it is not kept, and ends with its release */
    size_t place;
};

/* The thing of that name (octets that stand for all that it is made of), made if it is not there.
   store may be NULL. */
struct seal_held seal_store_hold(struct seal_store *store, const struct seal_kind_kept *kind, span name,
                                 const void *from, struct arena *texts, const char **why);
void seal_store_release(struct seal_held *held);

/* Octets that stand for a file as it is now: its path, place, size and times. False: there is none. */
bool seal_store_file_name(const char *path, struct arena *arena, span *name);

#endif
