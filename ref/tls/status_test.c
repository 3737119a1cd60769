/* Whom a client believes beyond a chain that fits: the status that a server staples, lists of what was
   revoked, folders of authorities; and the certificate that a server shows by the name it is asked for.
   Statuses and lists are made here, by OpenSSL's functions, for both libraries to read. */
#include "ref/tls/testing.h"

#include "base/check.h"

#include <criterion/criterion.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>

static const char *const versions[] = {"1.2", "1.3"};

#define FOR_ALL(s, c, v)                                              \
    for (enum tls_library s = 0; s < TLS_LIBRARY_COUNT; s++)          \
        for (enum tls_library c = 0; c < TLS_LIBRARY_COUNT; c++)      \
            for (size_t v = 0; v < 2; v++)

static X509 *certificate_of(const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, TESTING_CA "%s.crt", name);
    BIO *in = BIO_new_file(path, "r");
    CHECK(in != NULL);
    X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
    BIO_free(in);
    CHECK(certificate != NULL);
    return certificate;
}

static EVP_PKEY *key_of(const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, TESTING_CA "%s.key", name);
    BIO *in = BIO_new_file(path, "r");
    CHECK(in != NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    BIO_free(in);
    CHECK(key != NULL);
    return key;
}

static span file_in(struct testing_desk *d, const char *name, span content)
{
    char *path = arena_printf(d->arena, "%s/%s", d->folder, name);
    CHECK(!failed(file_write(path, content, 0600)));
    return span_text(path);
}

/* What the authority `by` says of the certificate `about`, from some seconds from now on for an hour. */
static span status_make(struct testing_desk *d, const char *about, const char *by, int status, long from)
{
    X509 *own = certificate_of(about), *issuer = certificate_of("ca"), *signer = certificate_of(by);
    EVP_PKEY *key = key_of(by);
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    ASN1_TIME *begin = X509_gmtime_adj(NULL, from), *end = X509_gmtime_adj(NULL, from + 3600);
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, own, issuer);
    CHECK(OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                                 status == V_OCSP_CERTSTATUS_REVOKED ? begin : NULL, begin, end) != NULL);
    CHECK(OCSP_basic_sign(basic, signer, key, EVP_sha256(), NULL, 0) == 1);
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    unsigned char *der = NULL;
    int len = i2d_OCSP_RESPONSE(response, &der);
    CHECK(len > 0);
    span path = file_in(d, arena_printf(d->arena, "%s-%s-%d-%ld.ocsp", about, by, status, from),
                        span_of(der, (size_t)len));
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(begin);
    ASN1_TIME_free(end);
    OCSP_BASICRESP_free(basic);
    EVP_PKEY_free(key);
    X509_free(own);
    X509_free(issuer);
    X509_free(signer);
    return path;
}

/* The authority's list, with that certificate on it, or with none. */
static span list_make(struct testing_desk *d, const char *revoked)
{
    X509 *ca = certificate_of("ca");
    EVP_PKEY *key = key_of("ca");
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, -60), *later = X509_gmtime_adj(NULL, 3600);
    CHECK(X509_CRL_set_version(list, 1) == 1 &&
          X509_CRL_set_issuer_name(list, X509_get_subject_name(ca)) == 1 &&
          X509_CRL_set1_lastUpdate(list, now) == 1 && X509_CRL_set1_nextUpdate(list, later) == 1);
    if (revoked != NULL) {
        X509 *own = certificate_of(revoked);
        X509_REVOKED *entry = X509_REVOKED_new();
        CHECK(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(own)) == 1 &&
              X509_REVOKED_set_revocationDate(entry, now) == 1 && X509_CRL_add0_revoked(list, entry) == 1);
        X509_free(own);
    }
    CHECK(X509_CRL_sign(list, key, EVP_sha256()) > 0);
    BIO *out = BIO_new(BIO_s_mem());
    char *text;
    CHECK(PEM_write_bio_X509_CRL(out, list) == 1);
    long len = BIO_get_mem_data(out, &text);
    span path = file_in(d, arena_printf(d->arena, "%s.crl", revoked != NULL ? revoked : "none"),
                        span_of(text, (size_t)len));
    BIO_free(out);
    ASN1_TIME_free(now);
    ASN1_TIME_free(later);
    X509_CRL_free(list);
    EVP_PKEY_free(key);
    X509_free(ca);
    return path;
}

static struct testing_call call_of(struct testing_desk *d, enum tls_library server,
                                   enum tls_library client, const char *version)
{
    return (struct testing_call){
        .desk = d, .at_server = testing_server(server, version), .at_client = testing_client(client),
        .server_wants = {.verify = TLS_VERIFY_NOT},
        .client_wants = {.verify = TLS_VERIFY_TRY, .sni = SPAN("mx.test.ex"),
                         .names = SPAN("mx.test.ex"), .peer_address = SPAN("192.0.2.1"),
                         .local_address = SPAN("192.0.2.2"), .peer_port = 25,
                         .load_balancer = SPAN_EMPTY}};
}

Test(status, a_staple_counts_if_it_is_good_and_of_now)
{
    static const struct {
        const char *label, *about, *by;
        int status;
        long from;
        unsigned ocsp;
    } rows[] = {
        {"good", "mx.test.ex", "ca", V_OCSP_CERTSTATUS_GOOD, -60, TLS_OCSP_VERIFIED},
        {"revoked", "mx.test.ex", "ca", V_OCSP_CERTSTATUS_REVOKED, -60, TLS_OCSP_FAILED},
        {"of yesterday", "mx.test.ex", "ca", V_OCSP_CERTSTATUS_GOOD, -90000, TLS_OCSP_FAILED},
        {"signed by somebody", "mx.test.ex", "c.test", V_OCSP_CERTSTATUS_GOOD, -60, TLS_OCSP_FAILED},
        {"none", NULL, NULL, 0, 0, TLS_OCSP_NO_RESPONSE},
    };
    struct testing_desk d;
    testing_open(&d);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        span staple = rows[i].about == NULL
                          ? SPAN_EMPTY
                          : status_make(&d, rows[i].about, rows[i].by, rows[i].status, rows[i].from);
        for (enum tls_ocsp want = TLS_OCSP_NOT; want <= TLS_OCSP_MUST; want++) {
            FOR_ALL(s, c, v) {
                struct testing_call call = call_of(&d, s, c, versions[v]);
                call.at_server.ocsp = staple;
                call.client_wants.ocsp = want;
                testing_call(&call);
                bool stands = want != TLS_OCSP_MUST || rows[i].ocsp == TLS_OCSP_VERIFIED;
                cr_expect_eq(!failed(call.client), stands, "%s, %d: %d %d %zu: %s", rows[i].label,
                             (int)want, s, c, v, call.client.what);
                if (!failed(call.client)) {
                    unsigned seen = want == TLS_OCSP_NOT ? (unsigned)TLS_OCSP_NOT_ASKED : rows[i].ocsp;
                    cr_expect_eq(call.client_facts.ocsp, seen, "%s, %d: %d %d %zu: %u", rows[i].label,
                                 (int)want, s, c, v, call.client_facts.ocsp);
                }
                testing_hang_up(&call);
            }
        }
    }
    testing_close(&d);
}

/* The second session of two, under what is to become of a status that no resumed session shows. */
Test(status, a_resumed_session_has_the_status_that_it_is_told_to_have)
{
    static const struct {
        const char *label;
        enum tls_ocsp want;
        enum tls_ocsp_resumed how;
        bool stands, resumed;
        unsigned ocsp;
    } rows[] = {
        {"asked for, renewed", TLS_OCSP_ASK, TLS_OCSP_RENEW, true, true, TLS_OCSP_NO_RESPONSE},
        {"asked for, kept", TLS_OCSP_ASK, TLS_OCSP_KEEP, true, true, TLS_OCSP_VERIFIED},
        {"asked for, failing", TLS_OCSP_ASK, TLS_OCSP_FAIL, true, true, TLS_OCSP_NO_RESPONSE},
        {"required, renewed", TLS_OCSP_MUST, TLS_OCSP_RENEW, true, false, TLS_OCSP_VERIFIED},
        {"required, kept", TLS_OCSP_MUST, TLS_OCSP_KEEP, true, true, TLS_OCSP_VERIFIED},
        {"required, failing", TLS_OCSP_MUST, TLS_OCSP_FAIL, false, true, TLS_OCSP_NO_RESPONSE},
    };
    struct testing_desk d;
    testing_open(&d);
    span staple = status_make(&d, "mx.test.ex", "ca", V_OCSP_CERTSTATUS_GOOD, -60);
    uint16_t port = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        FOR_ALL(s, c, v) {
            struct testing_call call = call_of(&d, s, c, versions[v]);
            call.at_server.ocsp = staple;
            call.server_wants.tickets = call.client_wants.tickets = true;
            call.client_wants.peer_port = port++;
            call.client_wants.ocsp = rows[i].want;
            call.client_wants.ocsp_resumed = rows[i].how;
            testing_call(&call);
            cr_expect_not(failed(call.client), "%s %d %d %zu: %s", rows[i].label, s, c, v,
                          call.client.what);
            testing_hang_up(&call);
            testing_call(&call);
            cr_expect_eq(!failed(call.client), rows[i].stands, "%s %d %d %zu: %s", rows[i].label, s, c, v,
                         call.client.what);
            if (!failed(call.client)) {
                cr_expect_eq((call.client_facts.resumption & TLS_RESUME_RESUMED) != 0, rows[i].resumed,
                             "%s %d %d %zu", rows[i].label, s, c, v);
                cr_expect_eq(call.client_facts.ocsp, rows[i].ocsp, "%s %d %d %zu: %u", rows[i].label, s, c,
                             v, call.client_facts.ocsp);
            }
            testing_hang_up(&call);
        }
    }
    testing_close(&d);
}

Test(status, what_a_list_revokes_is_not_believed)
{
    struct testing_desk d;
    testing_open(&d);
    span lists[] = {list_make(&d, NULL), list_make(&d, "mx.test.ex"), list_make(&d, "c.test")};
    static const bool stands[] = {true, false, true};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        FOR_ALL(s, c, v) {
            struct testing_call call = call_of(&d, s, c, versions[v]);
            call.at_client.crl = lists[i];
            call.client_wants.verify = TLS_VERIFY_MUST;
            testing_call(&call);
            cr_expect_eq(!failed(call.client), stands[i], "%zu %d %d %zu: %s", i, s, c, v,
                         call.client.what);
            testing_hang_up(&call);
            /* The other side: a client's certificate, looked up by the server. */
            call = call_of(&d, s, c, versions[v]);
            call.at_client.certificate = SPAN(TESTING_CA "c.test.crt");
            call.at_client.private_key = SPAN(TESTING_CA "c.test.key");
            call.at_server.crl = lists[i];
            call.server_wants.verify = TLS_VERIFY_MUST;
            testing_call(&call);
            cr_expect_eq(!failed(call.server), i != 2, "%zu %d %d %zu: %s", i, s, c, v, call.server.what);
            testing_hang_up(&call);
        }
    }
    testing_close(&d);
}

/* Files of such a folder are named by what OpenSSL looks for; GnuTLS reads them all. */
Test(status, authorities_may_lie_in_a_folder)
{
    struct testing_desk d;
    testing_open(&d);
    X509 *ca = certificate_of("ca");
    char *folder = arena_printf(d.arena, "%s/trust", d.folder);
    span pem;
    CHECK(mkdir(folder, 0700) == 0 && !failed(file_read(TESTING_CA "ca.crt", 65536, d.arena, &pem)));
    (void)file_in(&d, arena_printf(d.arena, "trust/%08lx.0", X509_NAME_hash_ex(X509_get_subject_name(ca),
                                                                              NULL, NULL, NULL)), pem);
    X509_free(ca);
    FOR_ALL(s, c, v) {
        struct testing_call call = call_of(&d, s, c, versions[v]);
        call.client_wants.verify = TLS_VERIFY_MUST;
        call.at_client.trust = span_text(folder);
        testing_call(&call);
        cr_expect_not(failed(call.client), "%d %d %zu: %s", s, c, v, call.client.what);
        testing_hang_up(&call);
        call.at_client.trust = span_text(d.folder); /* there is none in it */
        testing_call(&call);
        cr_expect(failed(call.client), "%d %d %zu", s, c, v);
        testing_hang_up(&call);
    }
    testing_close(&d);
}

static bool other_for_other(void *context, span sni, struct tls_settings *settings)
{
    unsigned *calls = context;
    ++*calls;
    if (span_eq(sni, SPAN("other.test"))) {
        settings->certificate = SPAN(TESTING_CA "other-name.crt");
        settings->private_key = SPAN(TESTING_CA "other-name.key");
    }
    return !span_eq(sni, SPAN("nobody.test"));
}

Test(status, the_name_that_is_asked_for_chooses_the_certificate)
{
    static const struct {
        const char *sni, *subject;
        unsigned calls;
    } rows[] = {
        {"other.test", "CN=other.test", 1}, {"mx.test.ex", "CN=mx.test.ex", 1}, {"", "CN=mx.test.ex", 0},
        {"nobody.test", NULL, 1},
    };
    struct testing_desk d;
    testing_open(&d);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        FOR_ALL(s, c, v) {
            unsigned calls = 0;
            struct testing_call call = call_of(&d, s, c, versions[v]);
            call.server_wants.named = other_for_other;
            call.server_wants.context = &calls;
            call.client_wants.sni = span_text(rows[i].sni);
            call.client_wants.names = SPAN_EMPTY;
            testing_call(&call);
            cr_expect_eq(calls, rows[i].calls, "%s %d %d %zu: %u", rows[i].sni, s, c, v, calls);
            cr_expect_eq(!failed(call.client), rows[i].subject != NULL, "%s %d %d %zu: %s", rows[i].sni, s,
                         c, v, call.client.what);
            if (!failed(call.client) && rows[i].subject != NULL) {
                cr_expect(span_has(call.client_facts.peerdn, span_text(rows[i].subject)), "%s %d %d %zu",
                          rows[i].sni, s, c, v);
                cr_expect(span_eq(call.server_facts.ourcert, call.client_facts.peercert), "%s", rows[i].sni);
            }
            testing_hang_up(&call);
        }
    }
    testing_close(&d);
}
