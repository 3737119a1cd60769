/* The wire over a socket that is not connected yet: who speaks first may have what he says carried
   by the connection's first packet, so there is no connection before there is something to say. */
#include "base/wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

static err dial(struct wire_dial *w, span first, size_t *sent)
{
    const int unsent = 128 * 1024; /* megabytes are nothing to wait for within one deadline */
    int fd;
    *sent = 0;
    if (failed(w->refused)) {
        return w->refused;
    }
    const struct address *from = w->bound ? &w->from : NULL;
    w->refused = w->fast ? socket_connect_fast(&w->to, from, w->wait, first, sent, &fd)
                         : socket_connect(&w->to, from, w->wait, &fd);
    if (failed(w->refused)) {
        return w->refused;
    }
    if (w->keepalive) {
        int on = 1;
        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    wire_socket_init(&w->socket, fd);
    w->with_syn = *sent;
    return OK;
}

static err dial_read(struct wire *wire, void *at, size_t room, millis wait, size_t *got)
{
    struct wire_dial *w = (struct wire_dial *)wire;
    TRY(wire_dial_now(w));
    return wire_read(wire, at, room, wait, got); /* the socket's own by now */
}

static err dial_write(struct wire *wire, span bytes, millis wait)
{
    size_t sent;
    TRY(dial((struct wire_dial *)wire, bytes, &sent));
    return sent < bytes.len ? wire_write(wire, span_from(bytes, sent), wait) : OK;
}

static bool dial_pending(struct wire *wire)
{
    (void)wire;
    return false;
}

static void dial_close(struct wire *wire)
{
    (void)wire;
}

void wire_dial_init(struct wire_dial *w, const struct address *to, const struct address *from,
                    millis wait, bool fast)
{
    *w = (struct wire_dial){.socket = {.wire = {dial_read, dial_write, dial_pending, dial_close},
                                       .fd = -1},
                            .to = *to, .bound = from != NULL, .fast = fast, .wait = wait};
    if (from != NULL) {
        w->from = *from;
    }
}

err wire_dial_now(struct wire_dial *w)
{
    size_t sent;
    return w->socket.fd >= 0 ? OK : dial(w, SPAN_EMPTY, &sent);
}
