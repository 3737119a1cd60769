/* The plain wire over a connected socket. All waiting is in socket.c; this file only makes a
   descriptor look like every other wire. */
#include "base/wire.h"

#include "base/socket.h"

#include <unistd.h>

static err plain_read(struct wire *wire, void *at, size_t room, millis wait, size_t *got)
{
    struct wire_socket *w = (struct wire_socket *)wire;
    err e = wait > 0 && wait == w->slice ? socket_read_slice(w->fd, at, room, got)
                                         : socket_read(w->fd, at, room, wait, got);
    w->emptied = !failed(e) && *got < room;
    return e;
}

static err plain_write(struct wire *wire, span bytes, millis wait)
{
    const struct wire_socket *w = (const struct wire_socket *)wire;
    return w->over ? socket_write_last(w->fd, bytes, wait) : socket_write(w->fd, bytes, wait);
}

static bool plain_pending(struct wire *wire)
{
    return !failed(socket_wait(((struct wire_socket *)wire)->fd, false, 0));
}

static void plain_close(struct wire *wire)
{
    struct wire_socket *w = (struct wire_socket *)wire;
    if (w->fd >= 0) {
        close(w->fd);
        w->fd = -1;
    }
}

void wire_socket_init(struct wire_socket *w, int fd)
{
    *w = (struct wire_socket){.wire = {plain_read, plain_write, plain_pending, plain_close}, .fd = fd};
}
