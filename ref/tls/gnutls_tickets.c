/* Tickets under GnuTLS. It takes one secret for a session and names its tickets itself; of keys that came
   before it knows nothing. So the secret is chosen while the hello is looked at: the one in use, or the
   one before it when the ticket that is offered bears a name that was given out under that. Each secret
   is bound to policy and server name, so that a ticket of another cannot be opened. */
#include "ref/tls/gnutls.h"

#include "base/check.h"
#include "base/cursor.h"
#include "ref/tls/hello.h"

#include <gnutls/crypto.h>

static bool key_choose(struct tls *t, const struct tls_hello *hello, struct tls_key *key)
{
    struct tls_tickets *tickets = &t->shared->tickets[TLS_GNUTLS];
    if (hello->ticket.len > TLS_TICKET_NAME) {
        return tls_tickets_named(tickets, hello->ticket.at, key);
    }
    tls_tickets_current(tickets, key);
    return false;
}

static int tickets_enable(struct tls *t, const struct tls_hello *hello)
{
    struct tls_gnutls *g = tls_gnutls_session(t);
    unsigned char binding[TLS_DIGEST], bound[TLS_KEY_SECRET];
    struct tls_key key;
    (void)key_choose(t, hello, &key);
    memcpy(g->key_id, key.id, sizeof g->key_id);
    tls_server_binding(t, t->facts.sni, binding);
    CHECK(gnutls_hmac_fast(GNUTLS_MAC_SHA512, key.secret, sizeof key.secret, binding,
                           sizeof binding, bound) == 0);
    gnutls_datum_t datum = {bound, sizeof bound};
    int code = gnutls_session_ticket_enable_server(g->session, &datum);
    explicit_bzero(&key, sizeof key);
    explicit_bzero(bound, sizeof bound);
    millis life = tls_tickets_life(&t->shared->tickets[TLS_GNUTLS]) / 1000;
    gnutls_db_set_cache_expiration(g->session, (int)(life > 0 ? life : 1));
    g->keyed = code == 0;
    return code;
}

static int hello_came(struct tls *t, span body)
{
    struct tls_gnutls *g = tls_gnutls_session(t);
    struct tls_hello hello;
    if (!tls_hello_read(body, &hello)) {
        return 0; /* the library says what is wrong with it */
    }
    g->status_asked = hello.status;
    if (!tls_server_named(t, hello.name)) {
        return GNUTLS_E_UNRECOGNIZED_NAME;
    }
    if (t->named != NULL) {
        const struct tls_gnutls_made *made = t->named->made;
        CHECK(gnutls_credentials_set(g->session, GNUTLS_CRD_CERTIFICATE, made->credentials) == 0);
    }
    if (!t->as_server.tickets || g->keyed) {
        return 0; /* a second hello, asked for by us, chooses nothing anew */
    }
    t->facts.resumption |= hello.ticket.len > 0 ? TLS_RESUME_OFFERED : 0u;
    return tickets_enable(t, &hello);
}

static bool is_tls13(const struct tls_gnutls *g)
{
    return gnutls_protocol_get_version(g->session) == GNUTLS_TLS1_3;
}

static void ticket_given(struct tls *t, span body)
{
    struct tls_gnutls *g = tls_gnutls_session(t);
    span ticket;
    t->facts.resumption |= TLS_RESUME_ASKED;
    if (tls_new_ticket_read(body, is_tls13(g), &ticket) && ticket.len > TLS_TICKET_NAME) {
        tls_tickets_note(&t->shared->tickets[TLS_GNUTLS], g->key_id, ticket.at);
    }
}

/* RFC 5077 3.3, RFC 8446 4.6.1: the lifetime comes first. Behind its own reading the library has no more
   of the message. */
static void life_read(struct tls *t, span body)
{
    struct cursor c = cursor_of(body);
    (void)cursor_take_be32(&c, &tls_gnutls_session(t)->ticket_life);
}

static int message_seen(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                        const gnutls_datum_t *message)
{
    struct tls *t = gnutls_session_get_ptr(session);
    span body = span_of(message->data, message->size);
    if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO && incoming && when == GNUTLS_HOOK_PRE && t->server) {
        return hello_came(t, body);
    }
    if (type != GNUTLS_HANDSHAKE_NEW_SESSION_TICKET) {
        return 0;
    }
    if (!incoming && when == GNUTLS_HOOK_PRE) {
        ticket_given(t, body);
    } else if (incoming && when == GNUTLS_HOOK_PRE) {
        life_read(t, body);
    } else if (incoming) {
        tls_client_ticket(t);
    }
    return 0;
}

void tls_gnutls_tickets(struct tls *t)
{
    gnutls_handshake_set_hook_function(tls_gnutls_session(t)->session, GNUTLS_HANDSHAKE_ANY,
                                       GNUTLS_HOOK_BOTH, message_seen);
}

void tls_gnutls_offer(struct tls *t)
{
    if (!t->keeping.offered) {
        return;
    }
    span session = t->keeping.from.session;
    t->keeping.offered =
        gnutls_session_set_data(tls_gnutls_session(t)->session, session.at, session.len) == 0;
    t->facts.resumption |= t->keeping.offered ? TLS_RESUME_OFFERED : 0u;
}

span tls_gnutls_save(struct tls *t, millis *life)
{
    struct tls_gnutls *g = tls_gnutls_session(t);
    gnutls_datum_t data = {NULL, 0};
    *life = (millis)g->ticket_life * 1000;
    if (!is_tls13(g) && gnutls_session_is_resumed(g->session)) {
        return SPAN_EMPTY; /* the library would give the one that was offered, not the one that came */
    }
    if ((g->ticket_life == 0 && is_tls13(g)) || /* RFC 8446 4.6.1: to be thrown away at once */
        gnutls_session_get_data2(g->session, &data) != 0) {
        return SPAN_EMPTY;
    }
    span copy = arena_copy(t->arena, span_of(data.data, data.size));
    gnutls_free(data.data);
    return copy;
}
