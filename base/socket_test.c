/* Addresses as people write them, and connections over loopback: ends, resets and deadlines. */
#include "base/socket.h"

#include "base/wire.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

Test(socket, addresses_are_read_and_written_back)
{
    static const struct {
        const char *text;
        int family; /* 0: refused */
        const char *host;
        uint16_t port;
    } rows[] = {
        {"192.0.2.1:25",      AF_INET,  "192.0.2.1",   25   },
        {"[::1]:2525",        AF_INET6, "::1",         2525 },
        {"[2001:DB8::0:1]:1", AF_INET6, "2001:db8::1", 1    },
        {"25",                AF_INET,  "0.0.0.0",     25   },
        {"127.0.0.1:0",       AF_INET,  "127.0.0.1",   0    },
        {"127.0.0.1:65535",   AF_INET,  "127.0.0.1",   65535},
        {"unix:/run/x",       AF_UNIX,  "",            0    },
        {"127.0.0.1:65536",   0,        NULL,          0    },
        {"127.0.0.1:",        0,        NULL,          0    },
        {"127.0.0.1",         0,        NULL,          0    },
        {"127.0.0.256:25",    0,        NULL,          0    },
        {"127.1:25",          0,        NULL,          0    },
        {"::1:25",            0,        NULL,          0    },
        {"[127.0.0.1]:25",    0,        NULL,          0    },
        {"[::1]",             0,        NULL,          0    },
        {"[::1:25",           0,        NULL,          0    },
        {"[]:25",             0,        NULL,          0    },
        {":25",               0,        NULL,          0    },
        {"localhost:25",      0,        NULL,          0    },
        {"unix:",             0,        NULL,          0    },
        {"",                  0,        NULL,          0    },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address a;
        char host[64];
        bool good = address_parse_with_port(span_text(rows[i].text), &a);
        cr_assert_eq(good, rows[i].family != 0, "%s", rows[i].text);
        if (!good) {
            continue;
        }
        cr_expect_eq(a.storage.ss_family, rows[i].family, "%s", rows[i].text);
        address_host(&a, host, sizeof host);
        cr_expect_str_eq(host, rows[i].host, "%s: %s", rows[i].text, host);
        cr_expect_eq(address_port(&a), rows[i].port, "%s", rows[i].text);
    }
    struct address a;
    cr_expect_not(address_parse(SPAN("127.0.0.1\0"), 25, &a), "a NUL is no end");
    cr_expect_not(address_parse_with_port(SPAN("unix:/a\0b"), &a));
}

Test(socket, hosts_are_the_same_whatever_the_port)
{
    struct address a, b;
    cr_assert(address_parse(SPAN("2001:db8::1"), 1, &a));
    cr_assert(address_parse(SPAN("2001:db8:0::1"), 2, &b));
    cr_expect(address_same_host(&a, &b));
    cr_assert(address_parse(SPAN("2001:db8::2"), 1, &b));
    cr_expect_not(address_same_host(&a, &b));
    cr_assert(address_parse(SPAN("127.0.0.1"), 1, &b));
    cr_expect_not(address_same_host(&a, &b));
    address_set_port(&a, 587);
    cr_expect_eq(address_port(&a), 587);
}

Test(socket, octets_of_an_address)
{
    static const struct {
        const char *text;
        span octets;
    } rows[] = {
        {"192.0.2.1:25", {(const unsigned char *)"\xc0\0\2\1", 4}},
        {"[::ffff:192.0.2.1]:25", {(const unsigned char *)"\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16}},
        {"[2001:db8::1]:25", {(const unsigned char *)"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16}},
        {"unix:/a", {(const unsigned char *)"", 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address a;
        unsigned char at[16];
        cr_assert(address_parse_with_port(span_text(rows[i].text), &a));
        cr_expect(span_eq(span_of(at, address_octets(&a, at)), rows[i].octets), "%s", rows[i].text);
        bool mapped = i == 1;
        size_t len = address_octets_narrow(at, rows[i].octets.len);
        cr_expect(span_eq(span_of(at, len), mapped ? rows[0].octets : rows[i].octets), "%s", rows[i].text);
    }
}

struct pair {
    int listener, client, server;
    struct address at;
};

static void connect_pair(struct pair *p, const char *host)
{
    struct address peer, local;
    cr_assert(address_parse(span_text(host), 0, &p->at));
    err e = socket_listen(&p->at, 5, &p->listener);
    cr_assert_not(failed(e), "%s", e.what);
    cr_assert_not(failed(socket_name(p->listener, &p->at)));
    cr_assert_neq(address_port(&p->at), 0);
    e = socket_connect(&p->at, NULL, 2000, &p->client);
    cr_assert_not(failed(e), "%s", e.what);
    e = socket_accept(p->listener, 2000, &p->server, &peer);
    cr_assert_not(failed(e), "%s", e.what);
    cr_assert_not(failed(socket_name(p->client, &local)));
    cr_expect_eq(address_port(&local), address_port(&peer),
                 "both ends know the same ports");
}

static void close_pair(struct pair *p)
{
    close(p->listener);
    close(p->server);
    close(p->client);
}

Test(socket, descriptors_are_close_on_exec_and_do_not_block)
{
    struct pair p;
    connect_pair(&p, "127.0.0.1");
    const int fds[] = {p.listener, p.client, p.server};
    for (int i = 0; i < 3; i++) {
        cr_expect(fcntl(fds[i], F_GETFD) & FD_CLOEXEC, "%d", i);
        cr_expect(fcntl(fds[i], F_GETFL) & O_NONBLOCK, "%d", i);
    }
    close_pair(&p);
}

Test(socket, octets_go_both_ways_and_the_end_is_closed)
{
    struct pair p;
    char text[16];
    size_t got;
    connect_pair(&p, "127.0.0.1");
    cr_expect_eq(socket_read(p.server, text, sizeof text, 0, &got).kind, ERR_TIMEOUT);
    cr_assert_not(failed(socket_write(p.client, SPAN("EHLO x\r\n"), 1000)));
    cr_assert_not(failed(socket_read(p.server, text, sizeof text, 1000, &got)));
    cr_expect(span_eq(span_of(text, got), SPAN("EHLO x\r\n")));
    socket_shut(p.client);
    cr_expect_eq(socket_read(p.server, text, sizeof text, 1000, &got).kind, ERR_CLOSED);
    cr_assert_not(failed(socket_write(p.server, SPAN("250"), 1000)),
                  "the other way still works");
    cr_assert_not(failed(socket_read(p.client, text, sizeof text, 1000, &got)));
    cr_expect_eq(got, 3);
    close_pair(&p);
}

Test(socket, a_reset_is_closed_and_says_so)
{
    struct pair p;
    char text[16];
    size_t got;
    connect_pair(&p, "127.0.0.1");
    socket_reset(p.server);
    err e = socket_read(p.client, text, sizeof text, 1000, &got);
    cr_expect_eq(e.kind, ERR_CLOSED);
    cr_expect_eq(e.sys, ECONNRESET);
    close(p.listener);
    close(p.client);
}

Test(socket, waits_end_at_their_deadline)
{
    struct pair p;
    char text[16];
    size_t got;
    int fd;
    struct address peer;
    connect_pair(&p, "127.0.0.1");
    millis start = clock_ticks();
    cr_expect_eq(socket_read(p.client, text, sizeof text, 60, &got).kind, ERR_TIMEOUT);
    cr_expect_eq(socket_accept(p.listener, 60, &fd, &peer).kind, ERR_TIMEOUT);
    millis passed = clock_ticks() - start;
    cr_expect(passed >= 110 && passed < 5000, "%lld ms", (long long)passed);
    close_pair(&p);
}

Test(socket, a_write_that_nobody_reads_times_out)
{
    struct pair p;
    connect_pair(&p, "127.0.0.1");
    size_t room = (size_t)64 << 20;
    char *much = calloc(1, room);
    cr_expect_eq(socket_write(p.client, span_of(much, room), 100).kind, ERR_TIMEOUT);
    free(much);
    close_pair(&p);
}

Test(socket, a_taken_port_and_a_refusal_are_io_with_their_errno)
{
    struct pair p;
    int fd;
    connect_pair(&p, "127.0.0.1");
    err e = socket_listen(&p.at, 5, &fd);
    cr_expect_eq(e.kind, ERR_IO);
    cr_expect_eq(e.sys, EADDRINUSE);
    close_pair(&p);
    e = socket_connect(&p.at, NULL, 1000, &fd);
    cr_expect_eq(e.kind, ERR_IO);
    cr_expect_eq(e.sys, ECONNREFUSED);
}

Test(socket, a_connection_comes_from_the_address_asked_for)
{
    struct pair p;
    struct address from, local, peer;
    int client, server;
    connect_pair(&p, "127.0.0.1");
    cr_assert(address_parse(SPAN("127.0.0.9"), 0, &from));
    cr_assert_not(failed(socket_connect(&p.at, &from, 1000, &client)));
    cr_assert_not(failed(socket_accept(p.listener, 1000, &server, &peer)));
    cr_expect(address_same_host(&peer, &from));
    cr_assert_not(failed(socket_name(server, &local)));
    cr_expect(address_same_host(&local, &p.at));
    close(client);
    close(server);
    close_pair(&p);
}

Test(socket, connections_of_a_patient_listener_wait_and_send_at_once_by_themselves)
{
    struct address a, peer;
    struct wire_socket w;
    unsigned char octets[4];
    int listener, client, server, on = 0;
    socklen_t len = sizeof on;
    size_t got;
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, &a));
    cr_expect_not(address_is_any(&a));
    cr_assert_not(failed(socket_listen(&a, 5, &listener)));
    cr_assert_not(failed(socket_listen_patient(listener, 40)));
    cr_assert_not(failed(socket_name(listener, &a)));
    cr_expect_eq(socket_accept_patient(listener, &server, &peer).kind, ERR_TIMEOUT, "nobody is there");
    cr_assert_not(failed(socket_connect(&a, NULL, 1000, &client)));
    cr_assert_not(failed(socket_wait(listener, false, 1000)));
    cr_assert_not(failed(socket_accept_patient(listener, &server, &peer)));
    cr_expect_eq(getsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
    cr_expect(on != 0);
    wire_socket_init(&w, server);
    w.slice = 40;
    millis then = clock_ticks();
    cr_expect_eq(wire_read(&w.wire, octets, 1, 40, &got).kind, ERR_TIMEOUT);
    cr_expect_geq(clock_ticks() - then, 35, "it has waited");
    cr_expect_eq(wire_read(&w.wire, octets, 1, 0, &got).kind, ERR_TIMEOUT, "a look waits for nothing");
    cr_expect_not(w.emptied);
    cr_assert_not(failed(socket_write(client, SPAN("xyz"), 0)));
    cr_assert_not(failed(wire_read(&w.wire, octets, 2, 40, &got)));
    cr_expect_not(w.emptied, "there is more");
    cr_assert_not(failed(wire_read(&w.wire, octets, 2, 40, &got)));
    cr_expect(got == 1 && w.emptied);
    unsigned char lots[65536] = {0};
    err e = OK;
    for (unsigned i = 0; i < 1000 && !failed(e); i++) {
        e = wire_write(&w.wire, span_of(lots, sizeof lots), 20);
    }
    cr_expect_eq(e.kind, ERR_TIMEOUT, "a write waits no longer than it may");
    wire_close(&w.wire);
    close(client);
    cr_assert_not(failed(socket_connect(&a, NULL, 1000, &client)));
    cr_assert_not(failed(socket_wait(listener, false, 1000)));
    cr_assert_not(failed(socket_accept_patient(listener, &server, &peer)));
    wire_socket_init(&w, server);
    w.over = true;
    cr_assert_not(failed(wire_write(&w.wire, SPAN("bye"), 1000)));
    wire_close(&w.wire);
    cr_assert_not(failed(socket_read(client, octets, sizeof octets, 1000, &got)));
    cr_expect_eq(got, 3u);
    cr_expect_eq(socket_read(client, octets, 1, 1000, &got).kind, ERR_CLOSED);
    close(client);
    close(listener);
    cr_assert(address_parse(SPAN("0.0.0.0"), 25, &a));
    cr_expect(address_is_any(&a));
    cr_assert(address_parse(SPAN("::"), 25, &a));
    cr_expect(address_is_any(&a));
}

Test(socket, unix_sockets_are_the_same_and_a_full_queue_times_out)
{
    char folder[] = "/tmp/socket-test-XXXXXX";
    char text[64];
    struct address a, peer;
    int listener, client, server, other;
    cr_assert_not_null(mkdtemp(folder));
    snprintf(text, sizeof text, "unix:%s/s", folder);
    cr_assert(address_parse_with_port(span_text(text), &a));
    cr_assert_not(failed(socket_listen(&a, 0, &listener)));
    cr_assert_not(failed(socket_connect(&a, NULL, 1000, &client)));
    err e = socket_connect(&a, NULL, 50, &other);
    cr_expect_eq(e.kind, ERR_TIMEOUT, "%s", e.what);
    cr_assert_not(failed(socket_accept(listener, 1000, &server, &peer)));
    cr_assert_not(failed(socket_connect(&a, NULL, 1000, &other)), "there is room again");
    struct wire_socket w;
    unsigned char byte;
    size_t got;
    wire_socket_init(&w, server);
    cr_expect_not(wire_pending(&w.wire));
    cr_assert_not(failed(socket_write(client, SPAN("x"), 0)));
    cr_expect(wire_pending(&w.wire));
    cr_assert_not(failed(wire_read(&w.wire, &byte, 1, 1000, &got)));
    cr_assert_not(failed(wire_write(&w.wire, SPAN("y"), 1000)));
    wire_close(&w.wire);
    wire_close(&w.wire);
    cr_assert_not(failed(socket_read(client, &byte, 1, 1000, &got)));
    cr_expect_eq(byte, 'y');
    cr_expect_eq(socket_write(client, SPAN("z"), 0).kind, ERR_CLOSED, "and no SIGPIPE");
    close(listener);
    close(client);
    close(other);
    unlink(text + 5);
    rmdir(folder);
}

/* --- connected by the first octets ---------------------------------------------------------------- */

static int listener_open(struct address *a)
{
    int fd;
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, a));
    cr_assert(!failed(socket_listen(a, 5, &fd)));
    socket_listen_fast(fd, 5);
    cr_assert(!failed(socket_name(fd, a)));
    return fd;
}

Test(socket, a_dial_connects_with_what_is_written_first)
{
    for (unsigned way = 0; way < 4; way++) { /* fast or not, first a read or a write */
        struct address to, peer;
        struct wire_dial w;
        char got[16];
        size_t len;
        int accepted, listener = listener_open(&to);
        wire_dial_init(&w, &to, NULL, 5000, (way & 1) != 0);
        w.keepalive = true;
        cr_expect_not(wire_pending(&w.socket.wire));
        cr_expect_eq(w.socket.fd, -1);
        cr_expect(failed(socket_accept(listener, 0, &accepted, &peer)), "nobody is connected yet");
        if ((way & 2) != 0) {
            cr_assert_eq(wire_read(&w.socket.wire, got, sizeof got, 0, &len).kind, ERR_TIMEOUT);
        }
        cr_assert(!failed(wire_write(&w.socket.wire, SPAN("EHLO c\r\n"), 5000)));
        cr_assert(!failed(socket_accept(listener, 5000, &accepted, &peer)));
        cr_assert(!failed(socket_read(accepted, got, sizeof got, 5000, &len)));
        cr_expect(span_eq(span_of(got, len), SPAN("EHLO c\r\n")));
        cr_assert(!failed(socket_write(accepted, SPAN("220\r\n"), 5000)));
        cr_assert(!failed(wire_read(&w.socket.wire, got, sizeof got, 5000, &len)));
        cr_expect(span_eq(span_of(got, len), SPAN("220\r\n")));
        cr_expect(!failed(w.refused));
        wire_close(&w.socket.wire);
        close(accepted);
        close(listener);
    }
}

Test(socket, a_dial_that_is_refused_says_why_again_and_again)
{
    struct address to;
    int listener = listener_open(&to);
    close(listener);
    for (unsigned fast = 0; fast < 2; fast++) {
        struct wire_dial w;
        char got[4];
        size_t len;
        wire_dial_init(&w, &to, NULL, 5000, fast == 1);
        cr_expect_eq(wire_write(&w.socket.wire, SPAN("a"), 100).sys, ECONNREFUSED);
        cr_expect_eq(wire_read(&w.socket.wire, got, sizeof got, 100, &len).sys, ECONNREFUSED);
        cr_expect_eq(w.refused.sys, ECONNREFUSED);
        wire_close(&w.socket.wire);
    }
}

Test(socket, the_source_of_a_connection_is_known_before_it_is_made)
{
    struct address to, from;
    char host[64];
    cr_assert(address_parse(SPAN("127.0.0.1"), 25, &to));
    cr_assert(!failed(socket_source(&to, &from)));
    address_host(&from, host, sizeof host);
    cr_expect_str_eq(host, "127.0.0.1");
}

/* A deadline is for one block: the system must not take megabytes of them that it waits for in the next. */
Test(wire_dial, little_waits_unsent_before_a_peer_that_does_not_read)
{
    static const unsigned char octets[32768];
    struct address a;
    struct wire_dial w;
    int listener, unsent;
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, &a));
    cr_assert_not(failed(socket_listen(&a, 1, &listener)));
    cr_assert_not(failed(socket_name(listener, &a)));
    wire_dial_init(&w, &a, NULL, 1000, false);
    err e = OK;
    for (size_t i = 0; i < 2000 && !failed(e); i++) {
        e = wire_write(&w.socket.wire, span_of(octets, sizeof octets), 200);
    }
    cr_expect_eq(e.kind, ERR_TIMEOUT);
    cr_assert_eq(ioctl(w.socket.fd, SIOCOUTQNSD, &unsent), 0);
    cr_expect_lt(unsent, 300000);
    wire_close(&w.socket.wire);
    close(listener);
}
