/* Plain TCP and Unix sockets as links.

   Writes do not raise SIGPIPE: that a peer is gone is an observation like any other. TCP_NODELAY is
   set because a scenario says where one write ends and the next begins. A reset and an end of file
   are told apart, since scenarios ask for the one or the other. */
#include "harness/link/link.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT_WAIT_MS 5000

static bool is_not_now(int error)
{
    return error == EAGAIN || error == EINTR;
}

static enum link_state plain_read(struct link *l, void *at, size_t room, size_t *got)
{
    ssize_t n = recv(l->fd, at, room, MSG_DONTWAIT);
    *got = 0;
    if (n > 0) {
        *got = (size_t)n;
        return LINK_MOVED;
    }
    if (n == 0) {
        return LINK_EOF;
    }
    return is_not_now(errno) ? LINK_AGAIN : LINK_RST;
}

static enum link_state plain_write(struct link *l, span bytes, size_t *put)
{
    ssize_t n = send(l->fd, bytes.at, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    *put = 0;
    if (n >= 0) {
        *put = (size_t)n;
        return LINK_MOVED;
    }
    if (is_not_now(errno)) {
        return LINK_AGAIN;
    }
    return errno == EPIPE ? LINK_EOF : LINK_RST;
}

static void plain_shut(struct link *l)
{
    (void)shutdown(l->fd, SHUT_WR);
}

static void plain_reset(struct link *l)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(l->fd);
}

static void plain_close(struct link *l)
{
    (void)close(l->fd);
}

static const struct link_way way_plain = {
    .read = plain_read,
    .write = plain_write,
    .shut = plain_shut,
    .reset = plain_reset,
    .close = plain_close,
};

void link_take(struct link *l, int fd)
{
    int on = 1;
    int flags = fcntl(fd, F_GETFL);
    (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    /* Refused on Unix sockets, which hold nothing back anyway. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *l = (struct link){.way = &way_plain, .fd = fd};
}

/* held: the port of from belongs to an earlier connection. */
static err begin(struct link *l, const struct address *to, const struct address *from, bool *held)
{
    *held = false;
    int fd = socket(to->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return err_sys(errno, "making a socket");
    }
    if (from != NULL) {
        int on = 1;
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (address_port(from) == 0) {
            (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        }
        if (bind(fd, (const struct sockaddr *)&from->storage, from->len) < 0) {
            int why = errno;
            *held = why == EADDRINUSE;
            (void)close(fd);
            return err_sys(why, "taking the client's address");
        }
    }
    if (connect(fd, (const struct sockaddr *)&to->storage, to->len) < 0 && errno != EINPROGRESS) {
        int why = errno;
        *held = from != NULL && address_port(from) != 0 && why == EADDRNOTAVAIL;
        (void)close(fd);
        return err_sys(why, "connecting");
    }
    link_take(l, fd);
    return OK;
}

/* Ports are the same in every run, so one that is held is waited for. */
err link_connect(struct link *l, const struct address *to, const struct address *from)
{
    millis end = clock_ticks() + PORT_WAIT_MS;
    bool held;
    err e = begin(l, to, from, &held);
    while (held && clock_ticks() < end) {
        nanosleep(&(struct timespec){.tv_nsec = 10 * NANOS_PER_MILLI}, NULL);
        e = begin(l, to, from, &held);
    }
    return e;
}

err link_connected(struct link *l)
{
    int why = 0;
    socklen_t len = sizeof why;
    if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &why, &len) < 0) {
        return err_sys(errno, "connecting");
    }
    if (why != 0) {
        return err_sys(why, "connecting");
    }
    struct sockaddr_storage peer;
    len = sizeof peer;
    if (getpeername(l->fd, (struct sockaddr *)&peer, &len) < 0) {
        return errno == ENOTCONN ? err_of(ERR_DEFER, "connecting") : err_sys(errno, "connecting");
    }
    return OK;
}

err link_accept(struct link *l, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return is_not_now(errno) || errno == ECONNABORTED ? err_of(ERR_DEFER, "no connection waits")
                                                          : err_sys(errno, "accepting");
    }
    link_take(l, fd);
    return OK;
}

bool link_holds(struct link *l)
{
    return link_is_open(l) && l->way->holds != NULL && l->way->holds(l);
}

void link_shut(struct link *l)
{
    if (link_is_open(l)) {
        l->way->shut(l);
    }
}

void link_reset(struct link *l)
{
    if (link_is_open(l)) {
        l->way->reset(l);
        l->way = NULL;
    }
}

void link_close(struct link *l)
{
    if (link_is_open(l)) {
        l->way->close(l);
        l->way = NULL;
    }
}
