/* The recorded client's flights said again to somebody else, in TLS of the judge's own where they were in
   TLS. A flight waits until the server has said
   as many replies as the recorded client had heard; never until a time has passed. */
#ifndef HARNESS_REPLAY_PLAY_H
#define HARNESS_REPLAY_PLAY_H

#include "base/buf.h"
#include "base/socket.h"
#include "harness/link/tls.h"
#include "pcap/dialogue.h"

struct replay_world {
    struct address to;
    struct address from;
    bool has_from;
    struct address before; /* for the connection that fetches a ticket */
    bool has_before;
    void *target;
    bool (*asleep)(void *target); /* NULL: cannot be seen, patience is plain time */
    millis patience;
    millis timeout; /* for the whole conversation */
};

enum replay_stop {
    REPLAY_DONE,
    REPLAY_UNREACHABLE,
    REPLAY_CLOSED,  /* the server was gone before all was said */
    REPLAY_NO_TLS,  /* a handshake was recorded, and came to nothing here */
    REPLAY_TIMEOUT, /* the conversation took too long */
    REPLAY_CEILING  /* the server said more than is kept */
};

/* One reply, or one line that is none (code 0). */
struct replay_reply {
    size_t at, len;
    unsigned code;
    bool whole;
    size_t turn; /* the recorded turn that had been said last, SAID_NONE: none */
};

struct replay_said {
    struct buf octets; /* of the server */
    VEC(struct replay_reply) replies;
    enum replay_stop stop;
    const char *why;      /* unless DONE */
    size_t turns;         /* recorded turns that were gone through, of both sides */
    bool closed;          /* the server closed (or reset) before the judge did */
    bool stays;           /* a close was waited for and did not come */
    size_t early;         /* a reply that was there before what it answers; SAID_NONE */
    size_t early_turn;
    const struct tls_facts *tls; /* of the handshake, where one was recorded and begun; or NULL */
    bool offered;         /* a ticket, since the recorded session was resumed */
    size_t waited;        /* turns whose replies did not come: patience ended there */
};

/* Owns said->octets: replay_said_wipe. Text lives in the arena. */
void replay_play(const struct dialogue *d, const struct replay_world *world, struct arena *arena,
                 struct replay_said *said);
void replay_said_wipe(struct replay_said *said);

/* Where the part that can be replayed ends: SAID_NONE, or the client's octet at which TLS begins. */
size_t replay_clear_end(const struct dialogue *d);
/* The server's item is a reply that came because nobody had spoken for long: whoever has more patience
   does not say it, and is not waited for. */
bool replay_is_timeout(const struct dialogue *d, size_t item);

#endif
