/* The judge's TLS by GnuTLS: the same row of functions as tls_openssl.c, whose comment says why each
   session stands alone. */
#include "harness/link/tls_engine.h"

#include "base/hex.h"

#include <gnutls/gnutls.h>

#include <errno.h>

enum { KEY_OCTETS = 64 }; /* of a ticket key: what gnutls_session_ticket_key_generate makes */

struct state {
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
    unsigned kept; /* tickets whose session was kept */
};

/* ---- what the library asks for and tells ---- */

static ssize_t pull(gnutls_transport_ptr_t transport, void *at, size_t room)
{
    struct tls *t = transport;
    struct state *s = t->session;
    size_t got = t->in.len < room ? t->in.len : room;
    if (got == 0 && t->ended == LINK_MOVED) {
        gnutls_transport_set_errno(s->session, EAGAIN);
        return -1;
    }
    if (got > 0) {
        memcpy(at, t->in.at, got);
    }
    buf_drop(&t->in, got);
    return (ssize_t)got;
}

static int pull_timeout(gnutls_transport_ptr_t transport, unsigned ms)
{
    struct tls *t = transport;
    (void)ms;
    return t->in.len > 0 || t->ended != LINK_MOVED ? 1 : 0;
}

static ssize_t push(gnutls_transport_ptr_t transport, const void *at, size_t len)
{
    struct tls *t = transport;
    buf_put(&t->out, span_of(at, len));
    return (ssize_t)len;
}

static int see(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
               const gnutls_datum_t *body)
{
    (void)when;
    link_tls_note_message(gnutls_session_get_ptr(session), incoming == 0, type,
                     span_of(body->data, body->size));
    return 0;
}

static int keep_secret(gnutls_session_t session, const char *label, const gnutls_datum_t *secret)
{
    struct tls *t = gnutls_session_get_ptr(session);
    gnutls_datum_t client;
    gnutls_datum_t server;
    if (t->wants.secrets != NULL) {
        gnutls_session_get_random(session, &client, &server);
        buf_printf(t->wants.secrets, "%s ", label);
        hex_put(span_of(client.data, client.size), t->wants.secrets);
        buf_put_byte(t->wants.secrets, ' ');
        hex_put(span_of(secret->data, secret->size), t->wants.secrets);
        buf_put_byte(t->wants.secrets, '\n');
    }
    return 0;
}

/* ---- setting up ---- */

/* "NORMAL:-VERS-ALL:+VERS-TLS1.2:..." */
static const char *priorities(const struct tls *t)
{
    const struct tls_wants *w = &t->wants;
    const struct tls_suite *suite = w->cipher != NULL ? link_tls_suite_named(w->cipher) : NULL;
    const char *text = "NORMAL:-VERS-ALL";
    for (unsigned version = w->max; version >= w->min; version--) {
        text = arena_printf(t->arena, "%s:+VERS-TLS%s", text, link_tls_version_text(version));
    }
    return suite != NULL ? arena_printf(t->arena, "%s:%s", text, suite->gnutls) : text;
}

static gnutls_datum_t datum(span s)
{
    /* The library does not write to it. */
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)s.at, (unsigned)s.len};
}

static err credentials(struct state *s, const struct tls_wants *w)
{
    if (gnutls_certificate_allocate_credentials(&s->credentials) != 0) {
        return err_of(ERR_IO, "GnuTLS makes no credentials");
    }
    if (w->certificate.len > 0) {
        gnutls_datum_t certificate = datum(w->certificate);
        gnutls_datum_t key = datum(w->key);
        if (gnutls_certificate_set_x509_key_mem(s->credentials, &certificate, &key,
                                                GNUTLS_X509_FMT_PEM) < 0) {
            return err_of(ERR_IO, "GnuTLS does not take the certificate and its key");
        }
    }
    gnutls_certificate_set_flags(s->credentials, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
    int set = gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE, s->credentials);
    return set == 0 ? OK : err_of(ERR_IO, "GnuTLS does not take the credentials");
}

static err open_side(struct tls *t, struct state *s)
{
    const struct tls_wants *w = &t->wants;
    if (w->server) {
        gnutls_datum_t key = datum(span_of(w->ticket_key, KEY_OCTETS));
        bool good = w->ticket_key == NULL ||
                    gnutls_session_ticket_enable_server(s->session, &key) == 0;
        return good ? OK : err_of(ERR_IO, "GnuTLS does not take the ticket key");
    }
    if (w->sni != NULL &&
        gnutls_server_name_set(s->session, GNUTLS_NAME_DNS, w->sni, strlen(w->sni)) != 0) {
        return err_of(ERR_IO, "GnuTLS does not take the server's name");
    }
    if (w->ticket != NULL && gnutls_session_set_data(s->session, w->ticket->session.at,
                                                     w->ticket->session.len) != 0) {
        return err_of(ERR_IO, "GnuTLS does not take the ticket");
    }
    return OK;
}

static err session_open(struct tls *t)
{
    struct state *s = ARENA_NEW(t->arena, struct state);
    unsigned side = t->wants.server ? GNUTLS_SERVER : GNUTLS_CLIENT;
    t->session = s;
    if (gnutls_init(&s->session, side | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != 0) {
        s->session = NULL;
        return err_of(ERR_IO, "GnuTLS makes no session");
    }
    if (gnutls_priority_set_direct(s->session, priorities(t), NULL) != 0) {
        return err_of(ERR_IO, "GnuTLS has no such version or cipher");
    }
    gnutls_session_set_ptr(s->session, t);
    gnutls_transport_set_ptr(s->session, t);
    gnutls_transport_set_pull_function(s->session, pull);
    gnutls_transport_set_pull_timeout_function(s->session, pull_timeout);
    gnutls_transport_set_push_function(s->session, push);
    gnutls_handshake_set_timeout(s->session, GNUTLS_INDEFINITE_TIMEOUT);
    /* Before it is read: afterwards the library has eaten of the message. */
    gnutls_handshake_set_hook_function(s->session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, see);
    gnutls_session_set_keylog_function(s->session, keep_secret);
    TRY(credentials(s, &t->wants));
    return open_side(t, s);
}

/* ---- octets ---- */

static void note_peer_alert(struct tls *t, const struct state *s)
{
    link_tls_note_alert(t, (unsigned)gnutls_alert_get(s->session));
}

static unsigned version_of(gnutls_protocol_t version)
{
    return 0x0301 + (unsigned)version - (unsigned)GNUTLS_TLS1_0;
}

static void keep_session(struct tls *t, struct state *s)
{
    gnutls_datum_t data = {NULL, 0};
    if (!t->wants.server && t->facts.tickets > s->kept &&
        gnutls_session_get_data2(s->session, &data) == 0) {
        link_tls_note_session(t, span_of(data.data, data.size));
        gnutls_free(data.data);
        s->kept = t->facts.tickets;
    }
}

static void note_end(struct tls *t, struct state *s)
{
    char name[256];
    size_t len = sizeof name - 1;
    unsigned type = 0;
    t->facts.version = link_tls_version_text(version_of(gnutls_protocol_get_version(s->session)));
    t->facts.resumed = gnutls_session_is_resumed(s->session) != 0;
    if (t->wants.server && gnutls_server_name_get(s->session, name, &len, &type, 0) == 0) {
        t->facts.sni = arena_text(t->arena, span_of(name, strnlen(name, sizeof name)));
    }
    keep_session(t, s);
}

static enum tls_end session_shake(struct tls *t)
{
    struct state *s = t->session;
    int result;
    bool again;
    do { /* it reads a record and says that it wants more, which may have come */
        size_t before = t->in.len;
        result = gnutls_handshake(s->session);
        again = result == GNUTLS_E_AGAIN && t->in.len > 0 && t->in.len < before;
        if (result == GNUTLS_E_WARNING_ALERT_RECEIVED) {
            note_peer_alert(t, s);
            again = true;
        }
    } while (again);
    if (result == 0) {
        note_end(t, s);
        return TLS_STANDS;
    }
    if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED) {
        return TLS_UNDER_WAY;
    }
    if (result == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        note_peer_alert(t, s);
    } else if (t->ended == LINK_MOVED) {
        int level = 0;
        link_tls_note_alert(t, (unsigned)gnutls_error_to_alert(result, &level));
        (void)gnutls_alert_send_appropriate(s->session, result);
    }
    if (t->ended == LINK_MOVED) {
        link_tls_note_why(t, gnutls_strerror(result));
    }
    return TLS_FAILED;
}

static enum link_state state_of(struct tls *t, const struct state *s, ssize_t result)
{
    if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED ||
        result == GNUTLS_E_REHANDSHAKE) {
        return LINK_AGAIN;
    }
    if (result == GNUTLS_E_WARNING_ALERT_RECEIVED) {
        note_peer_alert(t, s);
        return LINK_AGAIN;
    }
    if (result == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        note_peer_alert(t, s);
    }
    t->said_bye = true;
    link_tls_note_why(t, gnutls_strerror((int)result));
    return LINK_EOF;
}

static enum link_state session_read(struct tls *t, void *at, size_t room, size_t *got)
{
    struct state *s = t->session;
    ssize_t result;
    size_t before;
    do { /* a ticket is a record too */
        before = t->in.len;
        result = gnutls_record_recv(s->session, at, room);
        keep_session(t, s);
    } while (result == GNUTLS_E_AGAIN && t->in.len > 0 && t->in.len < before);
    *got = 0;
    if (result > 0) {
        *got = (size_t)result;
        return LINK_MOVED;
    }
    if (result == 0) {
        link_tls_note_alert(t, GNUTLS_A_CLOSE_NOTIFY);
        return LINK_EOF;
    }
    return state_of(t, s, result);
}

static enum link_state session_write(struct tls *t, span bytes, size_t *put)
{
    struct state *s = t->session;
    ssize_t result = gnutls_record_send(s->session, bytes.at, bytes.len);
    *put = result > 0 ? (size_t)result : 0;
    return result >= 0 ? LINK_MOVED : state_of(t, s, result);
}

static void session_bye(struct tls *t)
{
    const struct state *s = t->session;
    (void)gnutls_bye(s->session, GNUTLS_SHUT_WR);
}

static void session_close(struct tls *t)
{
    struct state *s = t->session;
    if (s != NULL && s->session != NULL) {
        gnutls_deinit(s->session);
    }
    if (s != NULL && s->credentials != NULL) {
        gnutls_certificate_free_credentials(s->credentials);
    }
    t->session = NULL;
}

const struct tls_engine link_tls_engine_gnutls = {
    .name = "gnutls",
    .open = session_open,
    .shake = session_shake,
    .read = session_read,
    .write = session_write,
    .bye = session_bye,
    .close = session_close,
};
