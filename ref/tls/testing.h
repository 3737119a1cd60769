/* Two ends of TLS in one test: a server in a thread, a client beside it, any library on either side. */
#ifndef REF_TLS_TESTING_H
#define REF_TLS_TESTING_H

#include "base/clock.h"
#include "base/file.h"
#include "base/socket.h"
#include "ref/tls/engine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TESTING_CA "vectors/ca/"
enum { TESTING_WAIT = 30000 };

struct testing_desk {
    struct clock_still clock;
    struct arena *arena;
    struct tls_shared *shared;
    struct hints *hints;
    char folder[64];
};

static inline void testing_open(struct testing_desk *d)
{
    *d = (struct testing_desk){.arena = arena_new()};
    clock_still_init(&d->clock, 1800000000 * NANOS_PER_SECOND, 0);
    (void)snprintf(d->folder, sizeof d->folder, "/tmp/tls-test-XXXXXX");
    if (mkdtemp(d->folder) == NULL) {
        abort();
    }
    struct hints_setup hints = {.folder = d->folder, .clock = &d->clock.clock};
    d->hints = hints_open(&hints);
    struct tls_setup setup = {.clock = &d->clock.clock, .hints = d->hints};
    d->shared = tls_shared_new(&setup);
}

static inline void testing_close(struct testing_desk *d)
{
    char command[128];
    tls_shared_free(d->shared);
    hints_close(d->hints);
    (void)snprintf(command, sizeof command, "rm -r %s", d->folder);
    if (system(command) != 0) {
        abort();
    }
    arena_free(d->arena);
}

static inline struct tls_settings testing_server(enum tls_library library, const char *version)
{
    bool old = strcmp(version, "1.2") == 0;
    return (struct tls_settings){
        .library = library, .server = true, .certificate = SPAN(TESTING_CA "mx.test.ex.crt"),
        .private_key = SPAN(TESTING_CA "mx.test.ex.key"), .trust = SPAN(TESTING_CA "ca.crt"),
        .crl = SPAN_EMPTY, .ocsp = SPAN_EMPTY,
        .ciphers = library == TLS_GNUTLS
                       ? (old ? SPAN("NORMAL:-VERS-ALL:+VERS-TLS1.2") : SPAN("NORMAL"))
                       : SPAN_EMPTY,
        .options = old && library == TLS_OPENSSL ? SPAN("+no_tlsv1_3") : SPAN_EMPTY};
}

static inline struct tls_settings testing_client(enum tls_library library)
{
    return (struct tls_settings){.library = library, .trust = SPAN(TESTING_CA "ca.crt"),
                                 .certificate = SPAN_EMPTY, .private_key = SPAN_EMPTY,
                                 .crl = SPAN_EMPTY, .ocsp = SPAN_EMPTY, .ciphers = SPAN_EMPTY,
                                 .options = SPAN_EMPTY};
}

/* One connection. The server sends back what it reads, to the end. */
struct testing_call {
    struct testing_desk *desk;
    struct tls_settings at_server, at_client;
    struct tls_server_wants server_wants;
    struct tls_client_wants client_wants;
    /* what came of it */
    int fds[2];
    struct arena *server_arena;
    err server, client;
    struct tls *server_session, *client_session;
    struct facts_tls server_facts, client_facts;
    char echo[64];
};

static inline void *testing_serve(void *arg)
{
    struct testing_call *c = arg;
    struct wire_socket wire;
    char text[64];
    size_t got;
    wire_socket_init(&wire, c->fds[0]);
    c->server = tls_server_start(c->desk->shared, &c->at_server, &c->server_wants, &wire.wire,
                                 TESTING_WAIT, c->server_arena, &c->server_session);
    if (!failed(c->server)) {
        struct wire *in = tls_wire(c->server_session);
        while (!failed(wire_read(in, text, sizeof text, TESTING_WAIT, &got)) &&
               !failed(wire_write(in, span_of(text, got), TESTING_WAIT))) {
        }
        c->server_facts = *tls_facts(c->server_session);
        tls_end(c->server_session);
    }
    wire_close(&wire.wire);
    return NULL;
}

/* Facts live in the desk's arenas until testing_hang_up. */
static inline void testing_call(struct testing_call *c)
{
    pthread_t thread;
    struct wire_socket wire;
    size_t got = 0, all = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, c->fds) != 0) {
        abort();
    }
    c->server_arena = arena_new();
    wire_socket_init(&wire, c->fds[1]);
    if (pthread_create(&thread, NULL, testing_serve, c) != 0) {
        abort();
    }
    c->client = tls_client_start(c->desk->shared, &c->at_client, &c->client_wants, &wire.wire,
                                 TESTING_WAIT, c->desk->arena, &c->client_session);
    c->echo[0] = '\0';
    if (!failed(c->client)) {
        struct wire *out = tls_wire(c->client_session);
        if (!failed(wire_write(out, SPAN("hello"), TESTING_WAIT))) {
            while (all < 5 && !failed(wire_read(out, c->echo + all, sizeof c->echo - 1 - all,
                                                TESTING_WAIT, &got))) {
                all += got;
            }
            c->echo[all] = '\0';
        }
        c->client_facts = *tls_facts(c->client_session);
        tls_end(c->client_session);
    }
    wire_close(&wire.wire);
    (void)pthread_join(thread, NULL);
}

static inline void testing_hang_up(struct testing_call *c)
{
    arena_free(c->server_arena);
}

#endif
