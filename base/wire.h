/* A two-way stream of bytes behind one interface: a socket, a TLS session, memory, a replay. The
   session code above it is the same for all. Blocking, with a deadline for each call. */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
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

/* A connected socket; the wire owns the descriptor. Non-blocking underneath. */
struct wire_socket {
    struct wire wire;
    int fd;
};
void wire_socket_init(struct wire_socket *w, int fd);

#endif
