/* OpenSSL's row: a session. */
#include "ref/tls/openssl.h"

#include "base/check.h"
#include "ref/tls/names.h"

#include <openssl/err.h>

#include <limits.h>

struct tls *tls_openssl_of(const SSL *ssl)
{
    return SSL_get_app_data(ssl);
}

static const char *doing(const struct tls *t)
{
    return t->server ? "SSL_accept" : "SSL_connect";
}

static void client_asks(struct tls *t, SSL *ssl)
{
    if (tls_name_asked(t->as_client.sni)) {
        (void)SSL_set_tlsext_host_name(
            ssl, arena_text(t->arena, tls_name_bare(t->as_client.sni)));
    }
    if (t->as_client.ocsp != TLS_OCSP_NOT) {
        (void)SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
        t->facts.ocsp = TLS_OCSP_NO_RESPONSE;
    }
    tls_openssl_offer(t, ssl);
}

static err open_session(struct tls *t)
{
    const struct tls_openssl_made *made = t->context->made;
    ERR_clear_error();
    SSL *ssl = SSL_new(made->ctx);
    BIO *bio = ssl != NULL ? BIO_new(made->below) : NULL;
    CHECK(bio != NULL);
    BIO_set_data(bio, t);
    SSL_set_bio(ssl, bio, bio); /* owns it */
    CHECK(SSL_set_app_data(ssl, t) == 1);
    t->session = ssl;
    tls_openssl_tickets_of(t, ssl);
    tls_openssl_verify(t, ssl);
    if (t->server) {
        SSL_set_accept_state(ssl);
    } else {
        SSL_set_connect_state(ssl);
        client_asks(t, ssl);
    }
    return OK;
}

/* True: the library only wants more octets, and there may be some now. */
static bool again(struct tls *t, int result)
{
    int why = SSL_get_error(t->session, result);
    return (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) && !failed(t->below);
}

static err shake(struct tls *t)
{
    int result;
    do {
        ERR_clear_error();
        t->below = OK;
        result = SSL_do_handshake(t->session);
    } while (result != 1 && again(t, result));
    if (result == 1) {
        return OK;
    }
    if (t->unverified != NULL && !failed(t->below)) {
        ERR_clear_error();
        return tls_failure(t, doing(t), arena_printf(t->arena, "certificate verify failed: %s",
                                                     t->unverified));
    }
    return tls_failure(t, doing(t), tls_openssl_why(t->arena));
}

/* RFC 5077 3.3: a ticket may be renewed in a resumed handshake of TLS 1.2, which the library does not
   tell. */
static void learn(struct tls *t)
{
    tls_openssl_learn(t);
    if (t->server || !t->keeping.offered || !SSL_session_reused(t->session) ||
        SSL_version(t->session) == TLS1_3_VERSION) {
        return;
    }
    const unsigned char *at = NULL;
    size_t len = 0;
    SSL_SESSION_get0_ticket(SSL_get0_session(t->session), &at, &len);
    if (at != NULL && len > 0 && !span_has(t->keeping.from.session, span_of(at, len))) {
        tls_client_ticket(t);
    }
}

static err read_text(struct tls *t, unsigned char *at, size_t room, size_t *got)
{
    int result;
    do {
        ERR_clear_error();
        t->below = OK;
        result = SSL_read_ex(t->session, at, room, got);
    } while (result != 1 && again(t, result));
    if (result == 1) {
        return OK;
    }
    if (SSL_get_error(t->session, result) == SSL_ERROR_ZERO_RETURN) {
        return err_of(ERR_CLOSED, "the peer ended TLS");
    }
    return tls_failure(t, "SSL_read", tls_openssl_why(t->arena));
}

static err write_text(struct tls *t, span bytes)
{
    size_t put;
    ERR_clear_error();
    int result = SSL_write_ex(t->session, bytes.at, bytes.len, &put);
    return result == 1 ? OK : tls_failure(t, "SSL_write", tls_openssl_why(t->arena));
}

static bool pending(struct tls *t)
{
    return SSL_has_pending(t->session) == 1;
}

static void bye(struct tls *t)
{
    ERR_clear_error();
    (void)SSL_shutdown(t->session);
}

static void close_session(struct tls *t)
{
    SSL_free(t->session);
}

const struct tls_engine tls_engine_openssl = {
    .name = "openssl", .library = TLS_OPENSSL, .hint = HINT_TLS_OPENSSL,
    .context_begin = tls_openssl_begin, .identity_use = tls_openssl_identity,
    .trust_use = tls_openssl_trust, .crl_use = tls_openssl_crl, .crl_directories = true,
    .staple_use = tls_openssl_staple_use, .context_free = tls_openssl_unmake, .open = open_session,
    .shake = shake, .learn = learn, .read = read_text, .write = write_text, .pending = pending,
    .save = tls_openssl_save, .bye = bye, .close = close_session,
};
