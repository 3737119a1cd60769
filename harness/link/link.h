/* The judge's own end of a connection: a descriptor that is never waited on in here, only read,
   written, half-closed, reset and closed. Behind it stands a row of functions, so that TLS is
   another file with another row and whoever plays does not notice. Shares nothing with the judged. */
#ifndef HARNESS_LINK_LINK_H
#define HARNESS_LINK_LINK_H

#include "base/err.h"
#include "base/socket.h"
#include "base/span.h"

enum link_state {
    LINK_MOVED, /* at least one octet */
    LINK_AGAIN, /* nothing at this moment */
    LINK_EOF,   /* the peer ended its direction; when writing: the peer is gone */
    LINK_RST    /* the peer reset the connection */
};

struct link;

struct link_way {
    enum link_state (*read)(struct link *l, void *at, size_t room, size_t *got);
    enum link_state (*write)(struct link *l, span bytes, size_t *put);
    void (*shut)(struct link *l);  /* our direction ends */
    void (*reset)(struct link *l); /* closed so that the peer sees a reset */
    void (*close)(struct link *l); /* closed in peace */
    bool (*holds)(struct link *l); /* NULL: never; see link_holds */
};

struct link {
    const struct link_way *way; /* NULL: not open */
    int fd;
    void *session; /* the row's own */
};

/* Begins a connection and returns at once, or when the one before has let go of from's port, which its
   peer may close a moment later; from may be NULL. When the descriptor can be written, link_connected
   says how it went. ERR_IO: refused at once. */
err link_connect(struct link *l, const struct address *to, const struct address *from) MUST_CHECK;
/* OK: it stands. ERR_DEFER: under way. ERR_IO: refused, unreachable. */
err link_connected(struct link *l) MUST_CHECK;
/* Takes over a connected descriptor; it becomes non-blocking, and a write is not held back to be
   joined with the next one. */
void link_take(struct link *l, int fd);
/* The next connection on a listening socket, if one waits: ERR_DEFER when none does. */
err link_accept(struct link *l, int listener) MUST_CHECK;

static inline bool link_is_open(const struct link *l)
{
    return l->way != NULL;
}
static inline enum link_state link_read(struct link *l, void *at, size_t room, size_t *got)
{
    return l->way->read(l, at, room, got);
}
static inline enum link_state link_write(struct link *l, span bytes, size_t *put)
{
    return l->way->write(l, bytes, put);
}
/* Octets are on their way, or have come without showing on the descriptor: nothing can be told from
   its silence. False for a plain link and for one that is closed. */
bool link_holds(struct link *l);
void link_shut(struct link *l);
/* A closed link may be closed or reset again. */
void link_reset(struct link *l);
void link_close(struct link *l);

#endif
