/* The plain wire over a connected socket. All waiting is in socket.c; this file only makes a
   descriptor look like every other wire. */
#include "base/wire.h"

#include "base/socket.h"

#include <unistd.h>

static err plain_read(struct wire *wire, void *at, size_t room, millis wait, size_t *got)
{
    return socket_read(((struct wire_socket *)wire)->fd, at, room, wait, got);
}

static err plain_write(struct wire *wire, span bytes, millis wait)
{
    return socket_write(((struct wire_socket *)wire)->fd, bytes, wait);
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
    w->wire = (struct wire){plain_read, plain_write, plain_pending, plain_close};
    w->fd = fd;
}
