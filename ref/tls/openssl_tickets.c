/* Tickets under OpenSSL. The library asks for keys; the name that it puts in front of a ticket is ours to
   choose, and is covered by the ticket's MAC: so the second in which a ticket was made stands there, by
   our own clock, which OpenSSL 3.0 would not ask. */
#include "ref/tls/openssl.h"

#include "base/check.h"
#include "ref/tls/hello.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

enum { CIPHER_KEY = 32, MAC_KEY = 32, IV = 16 };

static void made_put(unsigned char *at, uint32_t seconds)
{
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (unsigned char)(seconds >> (24 - 8 * i));
    }
}

static uint32_t made_take(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool keys_set(const struct tls_key *key, const unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int sealing)
{
    unsigned char secret[MAC_KEY]; /* the parameters want it writable */
    char digest[] = "SHA256";
    memcpy(secret, key->secret + CIPHER_KEY, sizeof secret);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret, sizeof secret),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    bool good = EVP_MAC_CTX_set_params(mac, params) == 1 &&
                EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->secret, iv, sealing) == 1;
    explicit_bzero(secret, sizeof secret);
    return good;
}

static int seal(struct tls *t, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                EVP_MAC_CTX *mac)
{
    struct tls_tickets *tickets = &t->shared->tickets[TLS_OPENSSL];
    struct tls_key key;
    tls_tickets_current(tickets, &key);
    memcpy(name, key.id, TLS_KEY_ID);
    made_put(name + TLS_KEY_ID, tls_tickets_now(tickets));
    bool good = RAND_bytes(iv, IV) == 1 && keys_set(&key, iv, cipher, mac, 1);
    explicit_bzero(&key, sizeof key);
    t->facts.resumption |= TLS_RESUME_ASKED;
    return good ? 1 : -1;
}

/* 0: a full handshake and a new ticket; 1: used; 2: used, and a new one is given: always under TLS 1.3,
   where one is to be used once (RFC 8446 C.4). */
static int open_ticket(struct tls *t, const SSL *ssl, const unsigned char *name,
                       const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
    struct tls_tickets *tickets = &t->shared->tickets[TLS_OPENSSL];
    struct tls_key key;
    bool renew;
    t->facts.resumption |= TLS_RESUME_OFFERED;
    if (!tls_tickets_find(tickets, name, &key, &renew) ||
        !tls_tickets_fresh(tickets, made_take(name + TLS_KEY_ID))) {
        return 0;
    }
    bool good = keys_set(&key, iv, cipher, mac, 0);
    explicit_bzero(&key, sizeof key);
    if (!good) {
        return -1;
    }
    return renew || SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1;
}

static int ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                      EVP_MAC_CTX *mac, int sealing)
{
    struct tls *t = tls_openssl_of(ssl);
    return sealing ? seal(t, name, iv, cipher, mac) : open_ticket(t, ssl, name, iv, cipher, mac);
}

/* The first look at a hello: whom it wants decides which certificate is shown and which tickets count. */
static int hello_seen(SSL *ssl, int *alert, void *arg)
{
    struct tls *t = tls_openssl_of(ssl);
    const unsigned char *at;
    size_t len;
    unsigned char binding[TLS_DIGEST];
    (void)arg;
    bool named = SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &at, &len) == 1;
    span name = named ? tls_hello_name(span_of(at, len)) : SPAN_EMPTY;
    if (!tls_server_named(t, name)) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_CLIENT_HELLO_ERROR;
    }
    if (t->named != NULL) {
        const struct tls_openssl_made *made = t->named->made;
        CHECK(SSL_set_SSL_CTX(ssl, made->ctx) != NULL);
    }
    tls_server_binding(t, t->facts.sni, binding);
    CHECK(SSL_set_session_id_context(ssl, binding, sizeof binding) == 1);
    return SSL_CLIENT_HELLO_SUCCESS;
}

/* RFC 6066 3: a name that was looked at is acknowledged. */
static int name_seen(SSL *ssl, int *alert, void *arg)
{
    (void)alert;
    (void)arg;
    return tls_openssl_of(ssl)->facts.sni.len > 0 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* --- the client's ---------------------------------------------------------------------------------- */

static int session_new(SSL *ssl, SSL_SESSION *session)
{
    struct tls *t = tls_openssl_of(ssl);
    if (SSL_SESSION_has_ticket(session)) {
        tls_client_ticket(t);
    }
    return 0; /* the library keeps it: tls_openssl_save asks for it */
}

span tls_openssl_save(struct tls *t, millis *life)
{
    SSL_SESSION *session = SSL_get_session(t->session); /* the library's */
    if (session == NULL || !SSL_SESSION_is_resumable(session)) {
        return SPAN_EMPTY;
    }
    *life = (millis)SSL_SESSION_get_ticket_lifetime_hint(session) * 1000;
    if (*life == 0 && SSL_version(t->session) == TLS1_3_VERSION) {
        return SPAN_EMPTY; /* RFC 8446 4.6.1: to be thrown away at once */
    }
    int len = i2d_SSL_SESSION(session, NULL);
    if (len <= 0) {
        return SPAN_EMPTY;
    }
    unsigned char *octets = arena_take(t->arena, (size_t)len);
    unsigned char *at = octets;
    (void)i2d_SSL_SESSION(session, &at);
    return span_of(octets, (size_t)len);
}

/* What cannot be read any more is no error: there is a full handshake then. */
void tls_openssl_offer(struct tls *t, SSL *ssl)
{
    if (!t->keeping.offered) {
        return;
    }
    const unsigned char *at = t->keeping.from.session.at;
    SSL_SESSION *session = d2i_SSL_SESSION(NULL, &at, (long)t->keeping.from.session.len);
    t->keeping.offered = session != NULL && SSL_set_session(ssl, session) == 1;
    SSL_SESSION_free(session);
    if (t->keeping.offered) {
        t->facts.resumption |= TLS_RESUME_OFFERED;
    }
}

/* --- setting up ------------------------------------------------------------------------------------ */

void tls_openssl_tickets(struct tls_context *c, SSL_CTX *ctx)
{
    if (c->settings.server) {
        millis life = tls_tickets_life(&c->shared->tickets[TLS_OPENSSL]);
        (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
        (void)SSL_CTX_set_timeout(ctx, (long)(life / 1000 > 0 ? life / 1000 : 1));
        (void)SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, ticket_key);
        SSL_CTX_set_client_hello_cb(ctx, hello_seen, NULL);
        (void)SSL_CTX_set_tlsext_servername_callback(ctx, name_seen);
    } else {
        (void)SSL_CTX_set_session_cache_mode(
            ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL | SSL_SESS_CACHE_NO_AUTO_CLEAR);
        SSL_CTX_sess_set_new_cb(ctx, session_new);
    }
}

void tls_openssl_tickets_of(struct tls *t, SSL *ssl)
{
    bool tickets = t->server ? t->as_server.tickets : t->keeping.wanted;
    if (!tickets) {
        (void)SSL_set_options(ssl, SSL_OP_NO_TICKET);
    }
    if (t->server) {
        (void)SSL_set_num_tickets(ssl, tickets ? 1 : 0);
    }
}
