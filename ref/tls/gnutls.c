/* GnuTLS's row: a session. */
#include "ref/tls/gnutls.h"

#include "base/check.h"
#include "base/hex.h"
#include "ref/tls/names.h"

#include <gnutls/gnutls.h>

static const char *doing(const struct tls *t)
{
    return t->server ? "gnutls_handshake, accepting" : "gnutls_handshake, connecting";
}

static int secret_log(gnutls_session_t s, const char *label, const gnutls_datum_t *secret)
{
    struct tls *t = gnutls_session_get_ptr(s);
    gnutls_datum_t client, server;
    struct buf line;
    gnutls_session_get_random(s, &client, &server);
    buf_init(&line, 1024);
    buf_printf(&line, "%s ", label);
    hex_put(span_of(client.data, client.size), &line);
    buf_put_byte(&line, ' ');
    hex_put(span_of(secret->data, secret->size), &line);
    tls_key_log(t->shared, buf_span(&line));
    buf_wipe(&line);
    return 0;
}

static unsigned flags_of(const struct tls *t)
{
    bool tickets = t->server ? t->as_server.tickets : t->keeping.wanted;
    return (t->server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
           (tickets ? 0u : GNUTLS_NO_TICKETS);
}

static void client_asks(struct tls *t, gnutls_session_t s)
{
    if (tls_name_asked(t->as_client.sni)) {
        span name = tls_name_bare(t->as_client.sni);
        (void)gnutls_server_name_set(s, GNUTLS_NAME_DNS, name.at, name.len);
    }
    if (t->as_client.ocsp != TLS_OCSP_NOT) {
        (void)gnutls_ocsp_status_request_enable_client(s, NULL, 0, NULL);
        t->facts.ocsp = TLS_OCSP_NO_RESPONSE;
    }
    tls_gnutls_offer(t);
}

static err open_session(struct tls *t)
{
    const struct tls_gnutls_made *made = t->context->made;
    struct tls_gnutls *g = ARENA_NEW(t->arena, struct tls_gnutls);
    int code = gnutls_init(&g->session, flags_of(t));
    if (code != 0) {
        return err_of(ERR_IO, gnutls_strerror(code));
    }
    t->session = g;
    gnutls_session_set_ptr(g->session, t);
    gnutls_handshake_set_timeout(g->session, 0); /* waiting is below */
    CHECK(gnutls_priority_set(g->session, made->priority) == 0);
    CHECK(gnutls_credentials_set(g->session, GNUTLS_CRD_CERTIFICATE, made->credentials) == 0);
    tls_gnutls_below(t);
    tls_gnutls_tickets(t);
    tls_gnutls_verify(t);
    if (t->shared->key_log != NULL) {
        gnutls_session_set_keylog_function(g->session, secret_log);
    }
    if (!t->server) {
        client_asks(t, g->session);
    }
    return OK;
}

/* A failure that is none: the library was only interrupted, and there may be more now. */
static bool again(struct tls *t, ssize_t code)
{
    return code < 0 && !gnutls_error_is_fatal((int)code) && !failed(t->below) &&
           code != GNUTLS_E_REHANDSHAKE;
}

static const char *why(struct tls *t, int code)
{
    gnutls_session_t s = tls_gnutls_session(t)->session;
    if (code == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        const char *alert = gnutls_alert_get_name(gnutls_alert_get(s));
        return arena_printf(t->arena, "%s: %s", gnutls_strerror(code), alert ? alert : "unknown");
    }
    if (t->unverified != NULL) {
        return arena_printf(t->arena, "certificate verify failed: %s", t->unverified);
    }
    return gnutls_strerror(code);
}

static err shake(struct tls *t)
{
    gnutls_session_t s = tls_gnutls_session(t)->session;
    int code;
    do {
        t->below = OK;
        code = gnutls_handshake(s);
    } while (again(t, code));
    if (code == 0) {
        return OK;
    }
    err below = t->below;
    if (!failed(below)) {
        (void)gnutls_alert_send_appropriate(s, code);
        t->below = below; /* whether the alert went out is nobody's reason */
    }
    return tls_failure(t, doing(t), why(t, code));
}

static err read_text(struct tls *t, unsigned char *at, size_t room, size_t *got)
{
    gnutls_session_t s = tls_gnutls_session(t)->session;
    ssize_t count;
    do {
        t->below = OK;
        count = gnutls_record_recv(s, at, room);
    } while (again(t, count));
    if (count > 0) {
        *got = (size_t)count;
        return OK;
    }
    return count == 0 ? err_of(ERR_CLOSED, "the peer ended TLS")
                      : tls_failure(t, "gnutls_record_recv", why(t, (int)count));
}

static err write_text(struct tls *t, span bytes)
{
    gnutls_session_t s = tls_gnutls_session(t)->session;
    while (bytes.len > 0) {
        t->below = OK;
        ssize_t count = gnutls_record_send(s, bytes.at, bytes.len);
        if (count < 0 && !again(t, count)) {
            return tls_failure(t, "gnutls_record_send", why(t, (int)count));
        }
        bytes = span_from(bytes, count > 0 ? (size_t)count : 0);
    }
    return OK;
}

static bool pending(struct tls *t)
{
    const struct tls_gnutls *g = tls_gnutls_session(t);
    return g->from < g->to || gnutls_record_check_pending(g->session) > 0;
}

static void bye(struct tls *t)
{
    (void)gnutls_bye(tls_gnutls_session(t)->session, GNUTLS_SHUT_WR);
}

static void close_session(struct tls *t)
{
    gnutls_deinit(tls_gnutls_session(t)->session);
}

const struct tls_engine tls_engine_gnutls = {
    .name = "gnutls", .library = TLS_GNUTLS, .hint = HINT_TLS_GNUTLS,
    .context_begin = tls_gnutls_begin, .identity_use = tls_gnutls_identity,
    .trust_use = tls_gnutls_trust, .crl_use = tls_gnutls_crl,
    .staple_use = tls_gnutls_staple_use, .context_free = tls_gnutls_unmake, .open = open_session,
    .shake = shake, .learn = tls_gnutls_learn, .read = read_text, .write = write_text,
    .pending = pending, .save = tls_gnutls_save, .bye = bye, .close = close_session,
};
