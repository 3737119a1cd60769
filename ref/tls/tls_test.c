/* Sessions under both libraries on either side, in both versions: what arrives, what is known of it, and
   who is let in. */
#include "ref/tls/testing.h"

#include <criterion/criterion.h>

static const char *const versions[] = {"1.2", "1.3"};

static struct testing_call call_of(struct testing_desk *d, enum tls_library server,
                                   enum tls_library client, const char *version)
{
    return (struct testing_call){
        .desk = d, .at_server = testing_server(server, version), .at_client = testing_client(client),
        .server_wants = {.verify = TLS_VERIFY_NOT},
        .client_wants = {.verify = TLS_VERIFY_MUST, .sni = SPAN("mx.test.ex"),
                         .names = SPAN("mx.test.ex"), .peer_address = SPAN("192.0.2.1"),
                         .local_address = SPAN("192.0.2.2"), .peer_port = 25,
                         .load_balancer = SPAN_EMPTY}};
}

#define FOR_ALL(s, c, v)                                              \
    for (enum tls_library s = 0; s < TLS_LIBRARY_COUNT; s++)          \
        for (enum tls_library c = 0; c < TLS_LIBRARY_COUNT; c++)      \
            for (size_t v = 0; v < 2; v++)

Test(tls, text_arrives_and_facts_are_known)
{
    struct testing_desk d;
    testing_open(&d);
    FOR_ALL(s, c, v) {
        struct testing_call call = call_of(&d, s, c, versions[v]);
        testing_call(&call);
        cr_expect_not(failed(call.server), "%d %d %zu %s", s, c, v, call.server.what);
        cr_expect_not(failed(call.client), "%d %d %zu %s", s, c, v, call.client.what);
        cr_expect_str_eq(call.echo, "hello");
        char ver[16];
        (void)snprintf(ver, sizeof ver, "TLS%s", versions[v]);
        cr_expect(span_eq(call.server_facts.ver, span_text(ver)));
        cr_expect(span_eq(call.client_facts.ver, span_text(ver)));
        cr_expect(span_starts(call.server_facts.cipher, span_text(ver)));
        cr_expect_eq(call.client_facts.bits, 256u);
        cr_expect(span_eq(call.server_facts.sni, SPAN("mx.test.ex")));
        cr_expect(call.client_facts.certificate_verified);
        cr_expect_not(call.server_facts.certificate_verified, "nobody was asked");
        cr_expect(span_has(call.client_facts.peerdn, SPAN("CN=mx.test.ex")));
        cr_expect(span_starts(call.client_facts.peercert, SPAN("-----BEGIN CERTIFICATE-----\n")));
        cr_expect(span_eq(call.client_facts.peercert, call.server_facts.ourcert));
        cr_expect_eq(call.server_facts.peercert.len, 0u);
        cr_expect_eq(call.client_facts.resumption, 0x01u, "not wanted: %x",
                     call.client_facts.resumption);
        cr_expect_eq(call.server_facts.resumption, 0x01u, "%x", call.server_facts.resumption);
        testing_hang_up(&call);
    }
    testing_close(&d);
}

Test(tls, a_client_believes_what_it_is_told_to)
{
    static const struct {
        const char *label, *certificate, *names;
        enum tls_verify verify;
        bool stands, verified;
    } rows[] = {
        {"right", "mx.test.ex", "mx.test.ex", TLS_VERIFY_MUST, true, true},
        {"one of two names", "mx.test.ex", "a.test.ex:mx.test.ex", TLS_VERIFY_MUST, true, true},
        {"a dot behind", "mx.test.ex", "mx.test.ex.", TLS_VERIFY_MUST, true, true},
        {"any name", "other-name", "", TLS_VERIFY_MUST, true, true},
        {"wrong name", "other-name", "mx.test.ex", TLS_VERIFY_MUST, false, false},
        {"wrong name, only tried", "other-name", "mx.test.ex", TLS_VERIFY_TRY, true, false},
        {"expired", "expired", "mx.test.ex", TLS_VERIFY_MUST, false, false},
        {"expired, only tried", "expired", "mx.test.ex", TLS_VERIFY_TRY, true, false},
        {"another's authority", "foreign", "", TLS_VERIFY_MUST, false, false},
        {"self-signed", "self-signed", "", TLS_VERIFY_MUST, false, false},
        {"self-signed, only tried", "self-signed", "", TLS_VERIFY_TRY, true, false},
        {"not looked at", "self-signed", "mx.test.ex", TLS_VERIFY_NOT, true, false},
        {"an address", "mx.test.ex", "192.0.2.77", TLS_VERIFY_MUST, false, false},
    };
    struct testing_desk d;
    testing_open(&d);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        FOR_ALL(s, c, v) {
            struct testing_call call = call_of(&d, s, c, versions[v]);
            char crt[64], key[64];
            (void)snprintf(crt, sizeof crt, TESTING_CA "%s.crt", rows[i].certificate);
            (void)snprintf(key, sizeof key, TESTING_CA "%s.key", rows[i].certificate);
            call.at_server.certificate = span_text(crt);
            call.at_server.private_key = span_text(key);
            call.client_wants.verify = rows[i].verify;
            call.client_wants.names = span_text(rows[i].names);
            testing_call(&call);
            cr_expect_eq(!failed(call.client), rows[i].stands, "%s %d %d %zu: %s", rows[i].label, s, c,
                         v, call.client.what);
            if (!failed(call.client)) {
                cr_expect_eq(call.client_facts.certificate_verified, rows[i].verified, "%s %d %d %zu",
                             rows[i].label, s, c, v);
                cr_expect_eq(call.client_session->unverified != NULL,
                             rows[i].verify != TLS_VERIFY_NOT && !rows[i].verified, "%s",
                             rows[i].label);
            }
            testing_hang_up(&call);
        }
    }
    testing_close(&d);
}

Test(tls, a_server_asks_for_certificates_when_told_to)
{
    static const struct {
        const char *label, *certificate;
        enum tls_verify verify;
        bool stands, verified;
    } rows[] = {
        {"shown", "c.test", TLS_VERIFY_MUST, true, true},
        {"none", NULL, TLS_VERIFY_MUST, false, false},
        {"none, only tried", NULL, TLS_VERIFY_TRY, true, false},
        {"foreign", "foreign", TLS_VERIFY_MUST, false, false},
        {"foreign, only tried", "foreign", TLS_VERIFY_TRY, true, false},
        {"not asked", "c.test", TLS_VERIFY_NOT, true, false},
    };
    struct testing_desk d;
    testing_open(&d);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        FOR_ALL(s, c, v) {
            struct testing_call call = call_of(&d, s, c, versions[v]);
            char crt[64], key[64];
            (void)snprintf(crt, sizeof crt, TESTING_CA "%s.crt", rows[i].certificate);
            (void)snprintf(key, sizeof key, TESTING_CA "%s.key", rows[i].certificate);
            if (rows[i].certificate != NULL) {
                call.at_client.certificate = span_text(crt);
                call.at_client.private_key = span_text(key);
            }
            call.server_wants.verify = rows[i].verify;
            testing_call(&call);
            cr_expect_eq(!failed(call.server), rows[i].stands, "%s %d %d %zu: %s", rows[i].label, s, c,
                         v, call.server.what);
            if (!failed(call.server)) {
                cr_expect_eq(call.server_facts.certificate_verified, rows[i].verified, "%s %d %d %zu",
                             rows[i].label, s, c, v);
            }
            testing_hang_up(&call);
        }
    }
    testing_close(&d);
}
