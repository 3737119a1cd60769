/* Sockets of the name server. One thread; TCP connections are served one after another, since a
   question is answered at once and nobody else asks here. */
#include "harness/target/dnsd.h"

#include "base/socket.h"
#include "base/task.h"
#include "harness/target/dnsd_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PACKET_OCTETS 65535
#define TCP_WAIT 2000
#define TCP_QUESTIONS 100
#define SWALLOWED_MS 1500 /* resolv.conf says timeout:1, attempts:1 */
#define LOG_CEILING ((size_t)16 << 20)

struct dnsd {
    int udp, tcp;
    int wake[2]; /* its end says stop */
    struct task_group *thread;
    pthread_mutex_t lock; /* over zone and log */
    const struct dnsd_zone *zone;
    struct buf log;
    atomic_bool busy;
    _Atomic int64_t owed_until; /* clock_ticks */
};

static void note(struct dnsd *d, const struct dnsd_question *q, bool udp, enum dnsd_said said,
                 struct arena *arena)
{
    static const char *const words[] = {
        [DNSD_ANSWERS] = "answered",      [DNSD_EMPTY] = "no such data",
        [DNSD_UNKNOWN] = "NXDOMAIN",      [DNSD_CUT] = "truncated",
        [DNSD_FAILED] = "SERVFAIL",       [DNSD_REFUSED] = "refused",
        [DNSD_SILENT] = "left unanswered",
    };
    bool named = q->asked.len > 0;
    buf_printf(&d->log, "%s %s %s: %s\n", udp ? "udp" : "tcp",
               named ? dnsd_name_text(q->name, arena) : "?",
               named ? dnsd_type_text(q->type, arena) : "?", words[said]);
}

/* False: nothing is to be sent. */
static bool respond(struct dnsd *d, span packet, bool udp, struct arena *arena, struct buf *out)
{
    static const struct dnsd_zone empty = {{0}};
    struct dnsd_question q;
    if (!dnsd_question_read(packet, arena, &q)) {
        return false;
    }
    (void)pthread_mutex_lock(&d->lock);
    enum dnsd_said said = dnsd_answer(d->zone != NULL ? d->zone : &empty, &q, udp, out);
    note(d, &q, udp, said, arena);
    (void)pthread_mutex_unlock(&d->lock);
    if (said == DNSD_SILENT) {
        d->owed_until = clock_ticks() + SWALLOWED_MS;
    }
    return said != DNSD_SILENT;
}

static void serve_udp(struct dnsd *d, struct arena *arena)
{
    unsigned char packet[PACKET_OCTETS];
    struct sockaddr_storage peer;
    for (;;) {
        socklen_t len = sizeof peer;
        struct buf out;
        ssize_t n = recvfrom(d->udp, packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&peer,
                             &len);
        if (n < 0) {
            return;
        }
        buf_init(&out, PACKET_OCTETS);
        if (respond(d, span_of(packet, (size_t)n), true, arena, &out)) {
            (void)sendto(d->udp, out.at, out.len, 0, (struct sockaddr *)&peer, len);
        }
        buf_wipe(&out);
    }
}

static bool read_whole(int fd, unsigned char *at, size_t octets)
{
    size_t have = 0;
    while (have < octets) {
        size_t got = 0;
        if (failed(socket_read(fd, at + have, octets - have, TCP_WAIT, &got))) {
            return false;
        }
        have += got;
    }
    return true;
}

/* RFC 1035 4.2.2: each message behind its length. */
static void serve_tcp(struct dnsd *d, struct arena *arena)
{
    int fd;
    struct address peer;
    if (failed(socket_accept(d->tcp, 0, &fd, &peer))) {
        return;
    }
    for (unsigned i = 0; i < TCP_QUESTIONS; i++) {
        unsigned char packet[PACKET_OCTETS];
        unsigned char head[2];
        struct buf out;
        if (!read_whole(fd, head, 2)) {
            break;
        }
        size_t octets = (size_t)head[0] << 8 | head[1];
        if (!read_whole(fd, packet, octets)) {
            break;
        }
        buf_init(&out, PACKET_OCTETS);
        bool good = respond(d, span_of(packet, octets), false, arena, &out);
        head[0] = (unsigned char)(out.len >> 8);
        head[1] = (unsigned char)(out.len & 255);
        good = good && !failed(socket_write(fd, span_of(head, 2), TCP_WAIT)) &&
               !failed(socket_write(fd, buf_span(&out), TCP_WAIT));
        buf_wipe(&out);
        if (!good) {
            break;
        }
    }
    (void)close(fd);
}

static void serve_all(void *arg)
{
    struct dnsd *d = arg;
    struct arena *arena = arena_new();
    struct pollfd set[] = {{.fd = d->wake[0], .events = POLLIN},
                           {.fd = d->udp, .events = POLLIN},
                           {.fd = d->tcp, .events = POLLIN}};
    while (poll(set, 3, -1) >= 0 || errno == EINTR) {
        if (set[0].revents != 0) {
            break;
        }
        d->busy = true;
        if (set[1].revents != 0) {
            serve_udp(d, arena);
        }
        if (set[2].revents != 0) {
            serve_tcp(d, arena);
        }
        d->busy = false;
        arena_reset(arena);
    }
    arena_free(arena);
}

static err open_udp(const struct address *at, int *fd)
{
    *fd = socket(at->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0) {
        return err_sys(errno, "a UDP socket");
    }
    if (bind(*fd, (const struct sockaddr *)&at->storage, at->len) < 0) {
        int sys = errno;
        (void)close(*fd);
        return err_sys(sys, "the name server's address");
    }
    return OK;
}

err dnsd_start(const char *host, uint16_t port, struct arena *arena, struct dnsd **out)
{
    struct address at;
    struct dnsd *d = ARENA_NEW(arena, struct dnsd);
    err e = OK;
    if (!address_parse(span_text(host), port, &at)) {
        return err_syntax(0, "the name server's address cannot be read");
    }
    TRY(open_udp(&at, &d->udp));
    e = socket_listen(&at, 16, &d->tcp);
    if (failed(e)) {
        goto no_tcp;
    }
    if (pipe2(d->wake, O_CLOEXEC) < 0) {
        e = err_sys(errno, "pipe");
        goto no_pipe;
    }
    buf_init(&d->log, LOG_CEILING);
    (void)pthread_mutex_init(&d->lock, NULL);
    d->thread = task_group_new(1, 0);
    e = task_start(d->thread, serve_all, d);
    if (!failed(e)) {
        *out = d;
        return OK;
    }
    task_group_free(d->thread);
    (void)pthread_mutex_destroy(&d->lock);
    (void)close(d->wake[0]);
    (void)close(d->wake[1]);
no_pipe:
    (void)close(d->tcp);
no_tcp:
    (void)close(d->udp);
    return e;
}

void dnsd_serve(struct dnsd *d, const struct dnsd_zone *z)
{
    (void)pthread_mutex_lock(&d->lock);
    d->zone = z;
    buf_clear(&d->log);
    (void)pthread_mutex_unlock(&d->lock);
}

bool dnsd_owes(struct dnsd *d)
{
    int waiting = 0;
    struct pollfd tcp = {.fd = d->tcp, .events = POLLIN};
    /* Before `busy`: what is no longer in the socket is being answered. */
    bool there = ioctl(d->udp, FIONREAD, &waiting) == 0 && waiting > 0;
    return there || poll(&tcp, 1, 0) > 0 || d->busy || clock_ticks() < d->owed_until;
}

span dnsd_questions(struct dnsd *d, struct arena *arena)
{
    (void)pthread_mutex_lock(&d->lock);
    span text = arena_copy(arena, buf_span(&d->log));
    (void)pthread_mutex_unlock(&d->lock);
    return text;
}

void dnsd_stop(struct dnsd *d)
{
    if (d == NULL) {
        return;
    }
    (void)close(d->wake[1]);
    task_group_free(d->thread);
    (void)close(d->wake[0]);
    (void)close(d->tcp);
    (void)close(d->udp);
    buf_wipe(&d->log);
    (void)pthread_mutex_destroy(&d->lock);
}
