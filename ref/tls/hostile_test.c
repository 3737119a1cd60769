/* Peers that mean no good, behind a handshake that was in order: a server that gives tickets without end, a
   client that begins handshakes without end. What they get is bounded, and the end is clean. The peer is
   OpenSSL, driven by hand. */
#include "ref/tls/testing.h"

#include "base/check.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>

enum { FLOOD = 2000, MEMORY_MOST = 1 << 20 };

struct peer {
    pthread_t thread;
    int fd;
    bool again;        /* a second handshake came to stand */
    unsigned given;
};

static void *gives_tickets(void *arg)
{
    struct peer *p = arg;
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    CHECK(SSL_CTX_use_certificate_file(ctx, TESTING_CA "mx.test.ex.crt", SSL_FILETYPE_PEM) == 1 &&
          SSL_CTX_use_PrivateKey_file(ctx, TESTING_CA "mx.test.ex.key", SSL_FILETYPE_PEM) == 1);
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, p->fd);
    bool stands = SSL_accept(ssl) == 1;
    for (; stands && p->given < FLOOD; p->given++) {
        (void)SSL_new_session_ticket(ssl);
        stands = SSL_write(ssl, "x", 1) == 1;
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    close(p->fd);
    return NULL;
}

Test(hostile, tickets_without_end_are_passed_by)
{
    (void)signal(SIGPIPE, SIG_IGN);
    for (enum tls_library c = 0; c < TLS_LIBRARY_COUNT; c++) {
        struct testing_desk d;
        struct peer p = {.fd = -1};
        struct wire_socket wire;
        struct tls_settings settings = testing_client(c);
        struct tls_client_wants wants = {.verify = TLS_VERIFY_MUST, .sni = SPAN("mx.test.ex"),
                                         .names = SPAN("mx.test.ex"), .tickets = true,
                                         .peer_address = SPAN("192.0.2.1"),
                                         .local_address = SPAN("192.0.2.2"), .peer_port = 25,
                                         .load_balancer = SPAN_EMPTY};
        struct tls *t;
        char text[256];
        size_t got, all = 0;
        int fds[2];
        testing_open(&d);
        CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        p.fd = fds[0];
        CHECK(fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);
        CHECK(pthread_create(&p.thread, NULL, gives_tickets, &p) == 0);
        wire_socket_init(&wire, fds[1]);
        err e = tls_client_start(d.shared, &settings, &wants, &wire.wire, TESTING_WAIT, d.arena, &t);
        cr_assert_not(failed(e), "%s", e.what);
        size_t before = arena_used(d.arena);
        while (all < FLOOD && !failed(wire_read(tls_wire(t), text, sizeof text, TESTING_WAIT, &got))) {
            all += got;
        }
        cr_expect_eq(all, (size_t)FLOOD, "%d: %zu", c, all);
        cr_expect_lt(arena_used(d.arena) - before, (size_t)MEMORY_MOST, "%d: %zu", c,
                     arena_used(d.arena) - before);
        cr_expect((tls_facts(t)->resumption & TLS_RESUME_TICKET) != 0);
        tls_end(t);
        wire_close(&wire.wire);
        (void)pthread_join(p.thread, NULL);
        testing_close(&d);
    }
}

static void *renegotiates(void *arg)
{
    struct peer *p = arg;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
    SSL *ssl = SSL_new(ctx);
    char text[8];
    SSL_set_fd(ssl, p->fd);
    bool stands = SSL_connect(ssl) == 1 && SSL_write(ssl, "hello", 5) == 5 && SSL_read(ssl, text, 5) == 5;
    CHECK(stands);
    (void)SSL_renegotiate(ssl);
    p->again = SSL_do_handshake(ssl) == 1 && SSL_write(ssl, "again", 5) == 5 && SSL_read(ssl, text, 5) == 5 &&
               SSL_num_renegotiations(ssl) > 0 && !SSL_renegotiate_pending(ssl);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    close(p->fd);
    return NULL;
}

Test(hostile, no_handshake_follows_the_first)
{
    (void)signal(SIGPIPE, SIG_IGN); /* the peer's own writing */
    for (enum tls_library s = 0; s < TLS_LIBRARY_COUNT; s++) {
        struct testing_desk d;
        struct peer p = {.fd = -1};
        struct wire_socket wire;
        struct tls_settings settings = testing_server(s, "1.2");
        struct tls_server_wants wants = {.verify = TLS_VERIFY_NOT};
        struct tls *t;
        char text[256];
        size_t got;
        int fds[2];
        testing_open(&d);
        CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        p.fd = fds[0];
        CHECK(fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);
        CHECK(pthread_create(&p.thread, NULL, renegotiates, &p) == 0);
        wire_socket_init(&wire, fds[1]);
        err e = tls_server_start(d.shared, &settings, &wants, &wire.wire, TESTING_WAIT, d.arena, &t);
        cr_assert_not(failed(e), "%s", e.what);
        while (!failed(e = wire_read(tls_wire(t), text, sizeof text, TESTING_WAIT, &got)) &&
               !failed(e = wire_write(tls_wire(t), span_of(text, got), TESTING_WAIT))) {
        }
        cr_expect(e.kind == ERR_CLOSED || e.kind == ERR_SYNTAX, "%d: %s", s, e.what);
        cr_expect(e.what == NULL || strchr(e.what, '\n') == NULL, "one line");
        tls_end(t);
        wire_close(&wire.wire);
        (void)pthread_join(p.thread, NULL);
        cr_expect_not(p.again, "%d", s);
        testing_close(&d);
    }
}
