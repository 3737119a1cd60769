/* A two-way stream of bytes behind one interface: a socket, a TLS session, memory, a replay. The
   session code above it is the same for all. Blocking, with a deadline for each call. */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/socket.h"
#include "base/span.h"

struct wire {
    /* Reads at least one octet. ERR_CLOSED at the end, ERR_TIMEOUT when `wait` has passed. */
    err (*read)(struct wire *w, void *at, size_t room, millis wait, size_t *got);
    /* Writes all of it, or fails. */
    err (*write)(struct wire *w, span bytes, millis wait);
    /* True when a read would give something (data or the end) at once. */
    bool (*pending)(struct wire *w);
    /* Ends both directions and frees what the wire holds. Its storage is the caller's. */
    void (*close)(struct wire *w);
};

static inline err MUST_CHECK wire_read(struct wire *w, void *at, size_t room, millis wait,
                                       size_t *got)
{
    return w->read(w, at, room, wait, got);
}
static inline err MUST_CHECK wire_write(struct wire *w, span bytes, millis wait)
{
    return w->write(w, bytes, wait);
}
static inline bool wire_pending(struct wire *w) { return w->pending(w); }
static inline void wire_close(struct wire *w) { w->close(w); }

/* Memory: reads come from `in`, cut into pieces of at most `grain` octets (0: as many as asked
   for), or at the offsets of `cuts`; writes go to `out`, which close frees: look first. After `in`
   is used up reads give ERR_CLOSED, or ERR_TIMEOUT when `hangs`. */
struct wire_memory {
    struct wire wire;
    span in;
    size_t pos;
    size_t grain;
    const size_t *cuts; /* ascending offsets at which a read must stop; may be NULL */
    size_t cut_count;
    bool hangs;
    struct buf out;
};

void wire_memory_init(struct wire_memory *w, span in, size_t out_ceiling);

/* A connected socket; the wire owns the descriptor. */
struct wire_socket {
    struct wire wire;
    int fd;
    millis slice; /* what socket_listen_patient was told, for a connection of such a listener; else 0 */
    bool emptied; /* the last read took all that was there at that moment */
    bool over;    /* set by who knows: the peer has said his last word, and ours is what is written next */
};
void wire_socket_init(struct wire_socket *w, int fd);

/* A socket that is connected when the first octets are written, which then may go with the SYN; a
   read before that connects too. Until then nothing is pending. */
struct wire_dial {
    struct wire_socket socket;  /* first; fd is -1 until it is connected */
    struct address to, from;
    bool bound;                 /* from is to be used */
    bool fast;                  /* with TCP Fast Open, if it can be had */
    bool keepalive;
    millis wait;                /* for the connection */
    size_t with_syn;            /* octets that the system took along */
    err refused;                /* why there is no connection; OK: there is, or none was tried */
};
void wire_dial_init(struct wire_dial *w, const struct address *to, const struct address *from,
                    millis wait, bool fast);
/* Connects without a word. */
err wire_dial_now(struct wire_dial *w) MUST_CHECK;

#endif
