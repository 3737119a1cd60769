/* Sockets that never wait past a deadline. Every call is tried first and waited for after, so the usual
   case costs one system call; whether the descriptor itself is one that waits makes no difference.
   TCP sends at once (no Nagle): the sessions above write whole groups, and the judge needs the cuts
   that it asks for. */
#include "base/socket.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* How often who reads lets others go first before it sleeps: what is about to be written needs nobody woken then. */
enum { GIVES_WAY = 3 };

static struct sockaddr_in *as_v4(struct address *a)
{
    return (struct sockaddr_in *)&a->storage;
}

static struct sockaddr_in6 *as_v6(struct address *a)
{
    return (struct sockaddr_in6 *)&a->storage;
}

static const struct sockaddr_in *v4_of(const struct address *a)
{
    return (const struct sockaddr_in *)&a->storage;
}

static const struct sockaddr_in6 *v6_of(const struct address *a)
{
    return (const struct sockaddr_in6 *)&a->storage;
}

static const struct sockaddr *sockaddr_of(const struct address *a)
{
    return (const struct sockaddr *)&a->storage;
}

bool address_parse(span host, uint16_t port, struct address *a)
{
    char text[INET6_ADDRSTRLEN];
    if (host.len >= sizeof text || span_find_byte(host, 0) != SPAN_NONE) {
        return false;
    }
    memcpy(text, host.at, host.len);
    text[host.len] = '\0';
    struct address parsed = {.len = 0};
    if (inet_pton(AF_INET, text, &as_v4(&parsed)->sin_addr) == 1) {
        parsed.storage.ss_family = AF_INET;
        parsed.len = sizeof(struct sockaddr_in);
    } else if (inet_pton(AF_INET6, text, &as_v6(&parsed)->sin6_addr) == 1) {
        parsed.storage.ss_family = AF_INET6;
        parsed.len = sizeof(struct sockaddr_in6);
    } else {
        return false;
    }
    address_set_port(&parsed, port);
    *a = parsed;
    return true;
}

static bool parse_unix(span path, struct address *a)
{
    struct address parsed = {.len = 0};
    struct sockaddr_un *un = (struct sockaddr_un *)&parsed.storage;
    if (path.len == 0 || path.len >= sizeof un->sun_path ||
        span_find_byte(path, 0) != SPAN_NONE) {
        return false;
    }
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path.at, path.len);
    parsed.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len + 1);
    *a = parsed;
    return true;
}

bool address_parse_with_port(span text, struct address *a)
{
    if (span_starts(text, SPAN("unix:"))) {
        return parse_unix(span_from(text, 5), a);
    }
    span host = SPAN("0.0.0.0");
    span digits = text;
    size_t colon = span_find_last_byte(text, ':');
    bool bracketed = false;
    if (colon != SPAN_NONE) {
        host = span_first(text, colon);
        digits = span_from(text, colon + 1);
        bracketed = span_starts(host, SPAN("[")) && span_ends(host, SPAN("]"));
        host = bracketed ? span_part(host, 1, host.len - 2) : host;
    }
    uint64_t port;
    struct address parsed;
    if (!span_to_u64(digits, &port) || port > UINT16_MAX ||
        !address_parse(host, (uint16_t)port, &parsed) ||
        bracketed != (parsed.storage.ss_family == AF_INET6)) {
        return false;
    }
    *a = parsed;
    return true;
}

void address_host(const struct address *a, char *at, size_t room)
{
    CHECK(room >= 64);
    at[0] = '\0';
    const void *octets = NULL;
    if (a->storage.ss_family == AF_INET) {
        octets = &v4_of(a)->sin_addr;
    } else if (a->storage.ss_family == AF_INET6) {
        octets = &v6_of(a)->sin6_addr;
    } else {
        return;
    }
    CHECK(inet_ntop(a->storage.ss_family, octets, at, (socklen_t)room));
}

size_t address_octets(const struct address *a, unsigned char at[static 16])
{
    if (a->storage.ss_family == AF_INET) {
        memcpy(at, &v4_of(a)->sin_addr, 4);
        return 4;
    }
    if (a->storage.ss_family != AF_INET6) {
        return 0;
    }
    memcpy(at, &v6_of(a)->sin6_addr, 16);
    return 16;
}

size_t address_octets_narrow(unsigned char at[static 16], size_t len)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (len != 16 || memcmp(at, mapped, sizeof mapped) != 0) {
        return len;
    }
    memcpy(at, at + sizeof mapped, 4);
    return 4;
}

uint16_t address_port(const struct address *a)
{
    if (a->storage.ss_family == AF_INET) {
        return ntohs(v4_of(a)->sin_port);
    }
    return a->storage.ss_family == AF_INET6 ? ntohs(v6_of(a)->sin6_port) : 0;
}

void address_set_port(struct address *a, uint16_t port)
{
    if (a->storage.ss_family == AF_INET) {
        as_v4(a)->sin_port = htons(port);
    } else if (a->storage.ss_family == AF_INET6) {
        as_v6(a)->sin6_port = htons(port);
    }
}

bool address_same_host(const struct address *a, const struct address *b)
{
    if (a->storage.ss_family != b->storage.ss_family) {
        return false;
    }
    if (a->storage.ss_family == AF_INET) {
        return v4_of(a)->sin_addr.s_addr == v4_of(b)->sin_addr.s_addr;
    }
    if (a->storage.ss_family == AF_INET6) {
        return memcmp(&v6_of(a)->sin6_addr, &v6_of(b)->sin6_addr,
                      sizeof(struct in6_addr)) == 0;
    }
    return a->len == b->len && memcmp(&a->storage, &b->storage, a->len) == 0;
}

bool address_is_any(const struct address *a)
{
    return a->storage.ss_family == AF_INET    ? v4_of(a)->sin_addr.s_addr == htonl(INADDR_ANY)
           : a->storage.ss_family == AF_INET6 ? IN6_IS_ADDR_UNSPECIFIED(&v6_of(a)->sin6_addr) != 0
                                              : false;
}

static millis deadline_after(millis wait)
{
    millis now = clock_ticks();
    if (wait <= 0) {
        return now;
    }
    return wait > MILLIS_NEVER - now ? MILLIS_NEVER : now + wait;
}

static millis left_until(millis deadline)
{
    if (deadline == MILLIS_NEVER) {
        return MILLIS_NEVER;
    }
    millis left = deadline - clock_ticks();
    return left > 0 ? left : 0;
}

static int open_socket(const struct address *a)
{
    return socket(a->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void send_at_once(int fd, const struct address *a)
{
    if (a->storage.ss_family != AF_UNIX) {
        int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

/* Closes fd without losing the errno that made us give up. */
static err give_up(int fd, const char *what)
{
    int sys = errno;
    close(fd);
    return err_sys(sys, what);
}

err socket_listen(const struct address *a, int backlog, int *fd)
{
    int on = 1;
    int s = open_socket(a);
    if (s < 0) {
        return err_sys(errno, "making a socket");
    }
    if (a->storage.ss_family != AF_UNIX &&
        setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
        return give_up(s, "setting SO_REUSEADDR");
    }
    if (a->storage.ss_family == AF_INET6 &&
        setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
        return give_up(s, "setting IPV6_V6ONLY");
    }
    if (bind(s, sockaddr_of(a), a->len) != 0) {
        return give_up(s, "binding to the address");
    }
    if (listen(s, backlog) != 0) {
        return give_up(s, "listening");
    }
    *fd = s;
    return OK;
}

err socket_wait(int fd, bool to_write, millis wait)
{
    millis deadline = deadline_after(wait);
    struct pollfd one = {.fd = fd, .events = to_write ? POLLOUT : POLLIN};
    for (;;) {
        millis left = left_until(deadline);
        int limit = left == MILLIS_NEVER ? -1 : left > INT_MAX ? INT_MAX : (int)left;
        int ready = poll(&one, 1, limit);
        if (ready > 0) {
            return one.revents & POLLNVAL ? err_sys(EBADF, "waiting for a socket") : OK;
        }
        if (ready < 0 && errno != EINTR) {
            return err_sys(errno, "waiting for a socket");
        }
        if (left_until(deadline) == 0) {
            return err_of(ERR_TIMEOUT, to_write ? "the peer took too long to read"
                                                : "nothing came in time");
        }
    }
}

/* A connection that waits, ERR_TIMEOUT if there is none. */
static err accept_now(int listener, int flags, int *fd, struct address *peer)
{
    struct address from = {.len = sizeof from.storage};
    int s;
    do {
        s = accept4(listener, (struct sockaddr *)&from.storage, &from.len, SOCK_CLOEXEC | flags);
    } while (s < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (s < 0) {
        return errno == EAGAIN ? err_of(ERR_TIMEOUT, "nobody waits")
                               : err_sys(errno, "accepting a connection");
    }
    *fd = s;
    *peer = from;
    return OK;
}

err socket_accept(int listener, millis wait, int *fd, struct address *peer)
{
    millis deadline = deadline_after(wait);
    err e;
    while ((e = accept_now(listener, SOCK_NONBLOCK, fd, peer)).kind == ERR_TIMEOUT) {
        TRY(socket_wait(listener, false, left_until(deadline)));
    }
    if (!failed(e)) {
        send_at_once(*fd, peer);
    }
    return e;
}

err socket_listen_patient(int listener, millis slice)
{
    const struct timeval wait = {.tv_sec = slice / 1000, .tv_usec = slice % 1000 * 1000};
    const int on = 1;
    if (setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
        setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        return err_sys(errno, "making a listener patient");
    }
    return OK;
}

err socket_accept_patient(int listener, int *fd, struct address *peer)
{
    return accept_now(listener, 0, fd, peer);
}

/* The end of a connect that is under way. */
static err connect_result(int fd, millis wait)
{
    TRY(socket_wait(fd, true, wait));
    int sys = 0;
    socklen_t len = sizeof sys;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &sys, &len) != 0) {
        sys = errno;
    }
    return sys ? err_sys(sys, "connecting") : OK;
}

static err connect_by(int fd, const struct address *to, millis deadline)
{
    for (;;) {
        if (connect(fd, sockaddr_of(to), to->len) == 0) {
            return OK;
        }
        if (errno == EINPROGRESS || errno == EINTR) {
            return connect_result(fd, left_until(deadline));
        }
        if (errno != EAGAIN || to->storage.ss_family != AF_UNIX) {
            return err_sys(errno, "connecting");
        }
        /* A Unix listener's queue is full, and poll cannot tell when it no longer is. */
        if (left_until(deadline) == 0) {
            return err_of(ERR_TIMEOUT, "the listener's queue stayed full");
        }
        nanosleep(&(struct timespec){.tv_nsec = 10 * NANOS_PER_MILLI}, NULL);
    }
}

/* A socket that may be connected. */
static err socket_make(const struct address *to, const struct address *from, int *fd)
{
    int s = open_socket(to);
    if (s < 0) {
        return err_sys(errno, "making a socket");
    }
    send_at_once(s, to);
    if (from && bind(s, sockaddr_of(from), from->len) != 0) {
        return give_up(s, "binding to the local address");
    }
    *fd = s;
    return OK;
}

/* The first octets with the SYN, and the end of the handshake: who cannot be reached is known before
   anybody waits for an answer. */
static err connect_fast(int fd, const struct address *to, millis deadline, span first, size_t *sent)
{
    ssize_t put;
    do {
        put = sendto(fd, first.at, first.len, MSG_FASTOPEN | MSG_NOSIGNAL, sockaddr_of(to), to->len);
    } while (put < 0 && errno == EINTR);
    *sent = put > 0 ? (size_t)put : 0;
    if (put >= 0 || errno == EINPROGRESS) {
        return connect_result(fd, left_until(deadline));
    }
    return errno == EOPNOTSUPP ? connect_by(fd, to, deadline)
                               : err_sys(errno, "connecting");
}

/* first NULL: without octets in the SYN. */
static err connect_within(const struct address *to, const struct address *from, millis wait,
                          const span *first, size_t *sent, int *fd)
{
    int s;
    TRY(socket_make(to, from, &s));
    millis deadline = deadline_after(wait);
    err e = first && to->storage.ss_family != AF_UNIX ? connect_fast(s, to, deadline, *first, sent)
                                                      : connect_by(s, to, deadline);
    if (failed(e)) {
        close(s);
        return e;
    }
    *fd = s;
    return OK;
}

err socket_connect(const struct address *to, const struct address *from, millis wait,
                   int *fd)
{
    return connect_within(to, from, wait, NULL, NULL, fd);
}

err socket_connect_fast(const struct address *to, const struct address *from, millis wait,
                        span first, size_t *sent, int *fd)
{
    *sent = 0;
    return connect_within(to, from, wait, &first, sent, fd);
}

void socket_listen_fast(int listener, int backlog)
{
    (void)setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &backlog, sizeof backlog);
}

enum socket_fast socket_fast_of(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0) {
        return SOCKET_FAST_NOT;
    }
    return (info.tcpi_options & TCPI_OPT_SYN_DATA) != 0 ? SOCKET_FAST_DATA
           : info.tcpi_state == TCP_SYN_RECV            ? SOCKET_FAST_OPEN
                                                        : SOCKET_FAST_NOT;
}

/* A datagram socket is connected without a packet, by the same routes. */
err socket_source(const struct address *to, struct address *from)
{
    int s = socket(to->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0) {
        return err_sys(errno, "making a socket");
    }
    if (connect(s, sockaddr_of(to), to->len) != 0) {
        return give_up(s, "asking for the local address");
    }
    err e = socket_name(s, from);
    close(s);
    return e;
}

err socket_name(int fd, struct address *local)
{
    local->len = sizeof local->storage;
    if (getsockname(fd, (struct sockaddr *)&local->storage, &local->len) != 0) {
        return err_sys(errno, "asking a socket for its address");
    }
    return OK;
}

static err peer_error(int sys, const char *what)
{
    if (sys == ECONNRESET || sys == EPIPE || sys == ETIMEDOUT) {
        return (err){.kind = ERR_CLOSED, .sys = sys, .what = "the peer is gone"};
    }
    return err_sys(sys, what);
}

/* One attempt. ERR_TIMEOUT: there was nothing, or a signal came first. */
static err receive(int fd, void *at, size_t room, int flags, size_t *got)
{
    ssize_t count = recv(fd, at, room, flags);
    if (count > 0) {
        *got = (size_t)count;
        return OK;
    }
    if (count == 0) {
        return err_of(ERR_CLOSED, "the peer closed the connection");
    }
    return errno == EAGAIN || errno == EINTR ? err_of(ERR_TIMEOUT, "nothing came in time")
                                             : peer_error(errno, "reading from a socket");
}

err socket_read(int fd, void *at, size_t room, millis wait, size_t *got)
{
    millis deadline = deadline_after(wait);
    for (;;) {
        err e = receive(fd, at, room, MSG_DONTWAIT, got);
        if (e.kind != ERR_TIMEOUT || wait <= 0) {
            return e;
        }
        TRY(socket_wait(fd, false, left_until(deadline)));
    }
}

err socket_read_slice(int fd, void *at, size_t room, size_t *got)
{
    for (unsigned i = 0; i < GIVES_WAY; i++) {
        err e = receive(fd, at, room, MSG_DONTWAIT, got);
        if (e.kind != ERR_TIMEOUT) {
            return e;
        }
        (void)sched_yield();
    }
    return receive(fd, at, room, 0, got);
}

static err send_all(int fd, span bytes, millis wait, int flags)
{
    millis deadline = deadline_after(wait);
    while (bytes.len) {
        ssize_t count = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
        if (count >= 0) {
            bytes = span_from(bytes, (size_t)count);
        } else if (errno == EAGAIN) {
            TRY(socket_wait(fd, true, left_until(deadline)));
        } else if (errno != EINTR) {
            return peer_error(errno, "writing to a socket");
        }
    }
    return OK;
}

err socket_write(int fd, span bytes, millis wait)
{
    return send_all(fd, bytes, wait, 0);
}

err socket_write_last(int fd, span bytes, millis wait)
{
    return send_all(fd, bytes, wait, MSG_MORE);
}

void socket_reset(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

void socket_shut(int fd)
{
    (void)shutdown(fd, SHUT_WR);
}
