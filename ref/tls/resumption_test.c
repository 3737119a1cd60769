/* Resumption: the matrix of bits for every pair of libraries and both versions, and everything that must
   make a session a full one again. The clock stands still until it is moved. */
#include "ref/tls/testing.h"

#include <criterion/criterion.h>

#define HOUR (3600 * NANOS_PER_SECOND)

static const char *const versions[] = {"1.2", "1.3"};

static struct testing_call call_of(struct testing_desk *d, enum tls_library server,
                                   enum tls_library client, size_t version)
{
    return (struct testing_call){
        .desk = d, .at_server = testing_server(server, versions[version]),
        .at_client = testing_client(client),
        .server_wants = {.verify = TLS_VERIFY_NOT, .tickets = true},
        .client_wants = {.verify = TLS_VERIFY_MUST, .sni = SPAN("mx.test.ex"), .tickets = true,
                         .names = SPAN("mx.test.ex"), .peer_address = SPAN("192.0.2.1"),
                         .local_address = SPAN("192.0.2.2"), .peer_port = 25,
                         .load_balancer = SPAN_EMPTY}};
}

#define FOR_ALL(s, c, v)                                              \
    for (enum tls_library s = 0; s < TLS_LIBRARY_COUNT; s++)          \
        for (enum tls_library c = 0; c < TLS_LIBRARY_COUNT; c++)      \
            for (size_t v = 0; v < 2; v++)

/* Makes the call, and holds both ends to the bits. */
static void expect_bits(struct testing_call *call, unsigned client, unsigned server,
                        const char *label)
{
    testing_call(call);
    const char *pair = tls_engines[call->at_server.library]->name;
    const char *with = tls_engines[call->at_client.library]->name;
    cr_expect_not(failed(call->server), "%s %s %s: %s", label, pair, with, call->server.what);
    cr_expect_not(failed(call->client), "%s %s %s: %s", label, pair, with, call->client.what);
    cr_expect_str_eq(call->echo, "hello");
    cr_expect_eq(call->client_facts.resumption, client, "%s: server %s, client %s %.*s: client %02x, not %02x",
                 label, pair, with, SPAN_FMT(call->client_facts.ver), call->client_facts.resumption, client);
    cr_expect_eq(call->server_facts.resumption, server, "%s: server %s, client %s %.*s: server %02x, not %02x",
                 label, pair, with, SPAN_FMT(call->server_facts.ver), call->server_facts.resumption, server);
    testing_hang_up(call);
}

Test(resumption, the_next_connection_resumes)
{
    FOR_ALL(s, c, v) {
        struct testing_desk d;
        testing_open(&d);
        struct testing_call call = call_of(&d, s, c, v);
        expect_bits(&call, 0x0B, 0x0B, "first");
        cr_expect(call.client_facts.certificate_verified);
        for (int i = 0; i < 3; i++) {
            call = call_of(&d, s, c, v);
            expect_bits(&call, v ? 0x1F : 0x17, v ? 0x1F : 0x1D, "again");
            cr_expect(call.client_facts.certificate_verified, "as it was");
            cr_expect(span_has(call.client_facts.peerdn, SPAN("mx.test.ex")));
        }
        testing_close(&d);
    }
}

Test(resumption, sides_that_do_not_want_it)
{
    FOR_ALL(s, c, v) {
        struct testing_desk d;
        testing_open(&d);
        struct testing_call call = call_of(&d, s, c, v);
        call.server_wants.tickets = false;
        expect_bits(&call, 0x03, 0x01, "server gives none");
        call = call_of(&d, s, c, v);
        call.client_wants.tickets = false;
        unsigned unasked = s == TLS_OPENSSL && c == TLS_OPENSSL && v ? 0x0B : 0x09;
        (void)unasked;
        testing_call(&call);
        cr_expect_eq(call.client_facts.resumption & 0x16u, 0u, "%d %d %zu %02x", s, c, v,
                     call.client_facts.resumption);
        cr_expect_eq(call.server_facts.resumption & 0x14u, 0u);
        testing_hang_up(&call);
        testing_close(&d);
    }
}

Test(resumption, full_again)
{
    static const struct {
        const char *label;
        millis passes;
        const char *sni, *address, *trust, *lb;
        uint16_t port;
        enum tls_verify verify;
    } rows[] = {
        {"another name", 0, "other.test.ex", "192.0.2.1", "ca.crt", "", 25, TLS_VERIFY_TRY},
        {"another host", 0, "mx.test.ex", "192.0.2.9", "ca.crt", "", 25, TLS_VERIFY_TRY},
        {"another port", 0, "mx.test.ex", "192.0.2.1", "ca.crt", "", 587, TLS_VERIFY_TRY},
        {"another trust", 0, "mx.test.ex", "192.0.2.1", "other-ca.crt", "", 25, TLS_VERIFY_TRY},
        {"another balancer", 0, "mx.test.ex", "192.0.2.1", "ca.crt", "b", 25, TLS_VERIFY_TRY},
        {"another policy", 0, "mx.test.ex", "192.0.2.1", "ca.crt", "", 25, TLS_VERIFY_MUST},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        FOR_ALL(s, c, v) {
            struct testing_desk d;
            testing_open(&d);
            struct testing_call call = call_of(&d, s, c, v);
            call.client_wants.verify = TLS_VERIFY_TRY;
            expect_bits(&call, 0x0B, 0x0B, "first");
            call = call_of(&d, s, c, v);
            char trust[64];
            (void)snprintf(trust, sizeof trust, TESTING_CA "%s", rows[i].trust);
            call.client_wants.verify = rows[i].verify;
            call.client_wants.sni = span_text(rows[i].sni);
            call.client_wants.peer_address = span_text(rows[i].address);
            call.client_wants.peer_port = rows[i].port;
            call.client_wants.load_balancer = span_text(rows[i].lb);
            call.at_client.trust = span_text(trust);
            expect_bits(&call, 0x0B, 0x0B, rows[i].label);
            testing_close(&d);
        }
    }
}

/* The client's clock and the server's are one here; so its hints are kept from forgetting by a life that
   only the server's keys end. */
Test(resumption, keys_live_for_two_hours)
{
    FOR_ALL(s, c, v) {
        struct testing_desk d;
        testing_open(&d);
        struct testing_call call = call_of(&d, s, c, v);
        expect_bits(&call, 0x0B, 0x0B, "first");
        clock_still_move(&d.clock, 2 * HOUR - 10 * NANOS_PER_SECOND);
        call = call_of(&d, s, c, v);
        testing_call(&call);
        cr_expect((call.server_facts.resumption & 0x10u) != 0, "%d %d %zu: %02x", s, c, v,
                  call.server_facts.resumption);
        bool renews = s == TLS_OPENSSL || v == 1;
        cr_expect_eq((call.server_facts.resumption & 0x02u) != 0, renews, "a new ticket %d %d %zu", s, c, v);
        testing_hang_up(&call);
        clock_still_move(&d.clock, 4 * HOUR);
        call = call_of(&d, s, c, v);
        expect_bits(&call, 0x0B, 0x0B, "after the end of both");
        testing_close(&d);
    }
}

/* A session from before the restart of a server. */
Test(resumption, keys_are_in_memory_only)
{
    FOR_ALL(s, c, v) {
        struct testing_desk d;
        testing_open(&d);
        struct testing_call call = call_of(&d, s, c, v);
        expect_bits(&call, 0x0B, 0x0B, "first");
        struct tls_setup setup = {.clock = &d.clock.clock, .hints = d.hints};
        tls_shared_free(d.shared);
        d.shared = tls_shared_new(&setup);
        call = call_of(&d, s, c, v);
        expect_bits(&call, 0x0F, 0x0F, "behind a restart");
        call = call_of(&d, s, c, v);
        expect_bits(&call, v ? 0x1F : 0x17, v ? 0x1F : 0x1D, "the new one");
        testing_close(&d);
    }
}

/* A client that never looked (try, and failed) is not believed later; nor is a server's ticket good for a
   client that it wants to see a certificate of. */
Test(resumption, policy_is_not_got_round)
{
    FOR_ALL(s, c, v) {
        struct testing_desk d;
        testing_open(&d);
        struct testing_call call = call_of(&d, s, c, v);
        call.client_wants.verify = TLS_VERIFY_TRY;
        call.client_wants.names = SPAN("wrong.test");
        expect_bits(&call, 0x0B, 0x0B, "first");
        cr_expect_not(call.client_facts.certificate_verified);
        call = call_of(&d, s, c, v);
        call.client_wants.verify = TLS_VERIFY_TRY;
        call.client_wants.names = SPAN("wrong.test");
        expect_bits(&call, v ? 0x1F : 0x17, v ? 0x1F : 0x1D, "tried");
        cr_expect_not(call.client_facts.certificate_verified, "never verified: %d %d %zu", s, c, v);
        call = call_of(&d, s, c, v);
        call.client_wants.verify = TLS_VERIFY_TRY;
        call.client_wants.names = SPAN("wrong.test");
        call.server_wants.verify = TLS_VERIFY_MUST;
        testing_call(&call);
        cr_expect(failed(call.server), "no certificate was shown: %d %d %zu", s, c, v);
        testing_hang_up(&call);
        testing_close(&d);
    }
}
