/* The judge's TLS by OpenSSL. Each session has a context of its own, so that nothing of one connection
   (a ticket, a version, a key) can reach another except through a scenario. The library's own idea of
   what is safe is switched off: old versions and weak suites are offered when a scenario asks. */
#include "harness/link/tls_engine.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <limits.h>

struct state {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out; /* owned by ssl */
};

enum { MESSAGE_HEAD = 4 }; /* type, length */

static struct tls *of_ssl(const SSL *ssl)
{
    return SSL_get_app_data(ssl);
}

static const char *last_error(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = ERR_reason_error_string(code);
    return text != NULL ? text : "the handshake failed";
}

/* ---- what the library tells ---- */

static void see(int write, int version, int type, const void *at, size_t len, SSL *ssl, void *arg)
{
    const unsigned char *octets = at;
    struct tls *t = arg;
    (void)version;
    (void)ssl;
    if (type == SSL3_RT_HANDSHAKE && len >= MESSAGE_HEAD) {
        link_tls_note_message(t, write != 0, octets[0],
                         span_of(octets + MESSAGE_HEAD, len - MESSAGE_HEAD));
    } else if (type == SSL3_RT_ALERT && len == 2 &&
               (write == 0 || octets[0] == SSL3_AL_FATAL)) {
        link_tls_note_alert(t, octets[1]);
    }
}

/* Asked of the hello itself: a resumed session of TLS 1.2 forgets it. */
static int see_name(SSL *ssl, int *alert, void *arg)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    struct tls *t = arg;
    (void)alert;
    t->facts.sni = name != NULL ? arena_text(t->arena, span_text(name)) : NULL;
    return SSL_TLSEXT_ERR_OK;
}

static void keep_secret(const SSL *ssl, const char *line)
{
    struct tls *t = of_ssl(ssl);
    if (t->wants.secrets != NULL) {
        buf_printf(t->wants.secrets, "%s\n", line);
    }
}

static void keep_session(struct tls *t, SSL_SESSION *session)
{
    int len = i2d_SSL_SESSION(session, NULL);
    if (len > 0) {
        unsigned char *octets = arena_take(t->arena, (size_t)len);
        unsigned char *at = octets;
        (void)i2d_SSL_SESSION(session, &at);
        link_tls_note_session(t, span_of(octets, (size_t)len));
    }
}

static int new_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls *t = of_ssl(ssl);
    if (t->facts.tickets > 0) {
        keep_session(t, session);
    }
    return 0; /* the library frees it */
}

/* ---- setting up ---- */

static err certificate(struct state *s, const struct tls_wants *w)
{
    if (w->certificate.len == 0) {
        return OK;
    }
    BIO *pem = BIO_new_mem_buf(w->certificate.at, (int)w->certificate.len);
    BIO *key_pem = BIO_new_mem_buf(w->key.at, (int)w->key.len);
    X509 *own = PEM_read_bio_X509(pem, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_pem, NULL, NULL, NULL);
    bool good = own != NULL && key != NULL && SSL_CTX_use_certificate(s->context, own) == 1 &&
                SSL_CTX_use_PrivateKey(s->context, key) == 1;
    X509 *above;
    while (good && (above = PEM_read_bio_X509(pem, NULL, NULL, NULL)) != NULL) {
        good = SSL_CTX_add_extra_chain_cert(s->context, above) == 1; /* takes it over */
    }
    X509_free(own);
    EVP_PKEY_free(key);
    BIO_free(pem);
    BIO_free(key_pem);
    return good ? OK : err_of(ERR_IO, "OpenSSL does not take the certificate and its key");
}

static bool suites(SSL_CTX *context, const struct tls_wants *w)
{
    const struct tls_suite *suite = w->cipher != NULL ? link_tls_suite_named(w->cipher) : NULL;
    if (suite == NULL) {
        return SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") == 1;
    }
    return suite->openssl == NULL ? SSL_CTX_set_ciphersuites(context, suite->name) == 1
                                  : SSL_CTX_set_cipher_list(context, suite->openssl) == 1;
}

static void tickets(SSL_CTX *context, const struct tls_wants *w)
{
    if (!w->server) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, new_session);
        return;
    }
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (w->ticket_key == NULL) {
        (void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        (void)SSL_CTX_set_num_tickets(context, 0);
        return;
    }
    unsigned char key[TLS_KEY_OCTETS]; /* the library wants it writable */
    memcpy(key, w->ticket_key, sizeof key);
    (void)SSL_CTX_set_tlsext_ticket_keys(context, key, (int)sizeof key);
}

static err offer(struct state *s, const struct tls_wants *w)
{
    if (w->ticket == NULL) {
        return OK;
    }
    const unsigned char *at = w->ticket->session.at;
    SSL_SESSION *session = d2i_SSL_SESSION(NULL, &at, (long)w->ticket->session.len);
    bool good = session != NULL && SSL_set_session(s->ssl, session) == 1;
    SSL_SESSION_free(session);
    return good ? OK : err_of(ERR_IO, "OpenSSL does not take the ticket");
}

static err open_context(struct tls *t, struct state *s)
{
    const struct tls_wants *w = &t->wants;
    s->context = SSL_CTX_new(w->server ? TLS_server_method() : TLS_client_method());
    if (s->context == NULL) {
        return err_of(ERR_IO, "OpenSSL makes no context");
    }
    SSL_CTX_set_security_level(s->context, 0);
    (void)SSL_CTX_set_options(s->context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_RENEGOTIATION);
    (void)SSL_CTX_set_mode(s->context, SSL_MODE_AUTO_RETRY);
    (void)SSL_CTX_set_dh_auto(s->context, 1);
    SSL_CTX_set_keylog_callback(s->context, keep_secret);
    (void)SSL_CTX_set_tlsext_servername_callback(s->context, see_name);
    (void)SSL_CTX_set_tlsext_servername_arg(s->context, t);
    SSL_CTX_set_msg_callback(s->context, see);
    (void)SSL_CTX_set_msg_callback_arg(s->context, t);
    tickets(s->context, w);
    if (SSL_CTX_set_min_proto_version(s->context, (int)w->min) != 1 ||
        SSL_CTX_set_max_proto_version(s->context, (int)w->max) != 1 || !suites(s->context, w)) {
        return err_of(ERR_IO, "OpenSSL has no such version or cipher");
    }
    return certificate(s, w);
}

static err session_open(struct tls *t)
{
    struct state *s = ARENA_NEW(t->arena, struct state);
    t->session = s;
    /* What the machine's openssl.cnf would forbid is for the scenario to say. */
    (void)OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    ERR_clear_error();
    TRY(open_context(t, s));
    s->ssl = SSL_new(s->context);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    if (s->ssl == NULL || s->in == NULL || s->out == NULL) {
        BIO_free(s->in);
        BIO_free(s->out);
        return err_of(ERR_IO, "OpenSSL makes no session");
    }
    (void)BIO_set_mem_eof_return(s->in, -1);
    SSL_set_bio(s->ssl, s->in, s->out);
    (void)SSL_set_app_data(s->ssl, t);
    if (t->wants.server) {
        SSL_set_accept_state(s->ssl);
        return OK;
    }
    SSL_set_connect_state(s->ssl);
    if (t->wants.sni != NULL) {
        (void)SSL_ctrl(s->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                       arena_text(t->arena, span_text(t->wants.sni)));
    }
    return offer(s, &t->wants);
}

/* ---- octets ---- */

static void hand_in(struct tls *t, const struct state *s)
{
    span all = buf_span(&t->in);
    int len = all.len > INT_MAX ? INT_MAX : (int)all.len;
    if (len > 0 && BIO_write(s->in, all.at, len) > 0) {
        buf_drop(&t->in, (size_t)len);
    }
    ERR_clear_error();
}

static void take_out(struct tls *t, const struct state *s)
{
    size_t waits = BIO_ctrl_pending(s->out);
    unsigned char *room = waits > 0 ? buf_reserve(&t->out, waits) : NULL;
    int got = room != NULL ? BIO_read(s->out, room, (int)waits) : 0;
    buf_add(&t->out, got > 0 ? (size_t)got : 0);
}

static void note_end(struct tls *t, const struct state *s)
{
    SSL_SESSION *session = SSL_get0_session(s->ssl);
    t->facts.version = link_tls_version_text((unsigned)SSL_version(s->ssl));
    t->facts.resumed = SSL_session_reused(s->ssl) == 1;
    /* A ticket renewed in a resumed session of TLS 1.2 is not told by the callback. */
    if (!t->wants.server && t->facts.tickets > 0 && t->facts.ticket == NULL && session != NULL) {
        keep_session(t, session);
    }
}

static enum tls_end session_shake(struct tls *t)
{
    struct state *s = t->session;
    hand_in(t, s);
    int done = SSL_do_handshake(s->ssl);
    int why = SSL_get_error(s->ssl, done);
    if (done == 1) {
        note_end(t, s);
        take_out(t, s);
        return TLS_STANDS;
    }
    take_out(t, s);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        return TLS_UNDER_WAY;
    }
    link_tls_note_why(t, last_error());
    return TLS_FAILED;
}

static enum link_state state_of(struct tls *t, const struct state *s, int result)
{
    int why = SSL_get_error(s->ssl, result);
    take_out(t, s);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        return LINK_AGAIN;
    }
    if (why != SSL_ERROR_ZERO_RETURN) {
        t->said_bye = true; /* the session is broken: nothing can be said in it */
        link_tls_note_why(t, last_error());
    }
    return LINK_EOF;
}

static enum link_state session_read(struct tls *t, void *at, size_t room, size_t *got)
{
    struct state *s = t->session;
    hand_in(t, s);
    int result = SSL_read_ex(s->ssl, at, room, got);
    if (result == 1) {
        take_out(t, s);
        return LINK_MOVED;
    }
    *got = 0;
    return state_of(t, s, result);
}

static enum link_state session_write(struct tls *t, span bytes, size_t *put)
{
    struct state *s = t->session;
    ERR_clear_error();
    int result = SSL_write_ex(s->ssl, bytes.at, bytes.len, put);
    if (result == 1) {
        take_out(t, s);
        return LINK_MOVED;
    }
    *put = 0;
    return state_of(t, s, result);
}

static void session_bye(struct tls *t)
{
    struct state *s = t->session;
    ERR_clear_error();
    (void)SSL_shutdown(s->ssl);
    take_out(t, s);
}

static void session_close(struct tls *t)
{
    struct state *s = t->session;
    if (s != NULL) {
        SSL_free(s->ssl);
        SSL_CTX_free(s->context);
        ERR_clear_error();
    }
    t->session = NULL;
}

const struct tls_engine link_tls_engine_openssl = {
    .name = "openssl",
    .open = session_open,
    .shake = session_shake,
    .read = session_read,
    .write = session_write,
    .bye = session_bye,
    .close = session_close,
};
