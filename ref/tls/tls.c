/* A session from its beginning to its end, whatever the library: what is common to both is here, what is
   not is a row of tls_engines. */
#include "ref/tls/engine.h"

#include "base/check.h"

const struct tls_engine *const tls_engines[TLS_LIBRARY_COUNT] = {
    [TLS_OPENSSL] = &tls_engine_openssl,
    [TLS_GNUTLS] = &tls_engine_gnutls,
};

enum { BYE_MILLIS = 1000 };

bool tls_library_named(const char *name, enum tls_library *library)
{
    for (unsigned i = 0; i < TLS_LIBRARY_COUNT; i++) {
        if (strcmp(name, tls_engines[i]->name) == 0) {
            *library = i;
            return true;
        }
    }
    return false;
}

/* --- the wire ------------------------------------------------------------------------------------- */

static void within(struct tls *t, millis wait)
{
    millis now = clock_ticks();
    t->below = OK;
    t->until = wait <= 0 ? now : wait > MILLIS_NEVER - now ? MILLIS_NEVER : now + wait;
}

static err read_now(struct tls *t, void *at, size_t room, millis wait, size_t *got)
{
    if (failed(t->end)) {
        return t->end;
    }
    within(t, wait);
    err e = t->engine->read(t, at, room, got);
    t->unheard = failed(e) ? t->unheard : 0;
    t->end = e.kind == ERR_TIMEOUT ? OK : e;
    if (t->keeping.came) {
        tls_client_keep(t, false);
    }
    return e;
}

static err session_read(struct wire *wire, void *at, size_t room, millis wait, size_t *got)
{
    struct tls *t = (struct tls *)wire;
    size_t rest = 0;
    if (t->session == NULL) {
        return err_of(ERR_CLOSED, "the TLS session is over");
    }
    if (!t->holds) {
        return read_now(t, at, room, wait, got);
    }
    t->holds = false;
    *(unsigned char *)at = t->held;
    if (room > 1 && t->engine->pending(t)) {
        (void)!failed(read_now(t, (unsigned char *)at + 1, room - 1, 0, &rest));
    }
    *got = 1 + rest; /* an end that was met is met again by the next read */
    return OK;
}

static err session_write(struct wire *wire, span bytes, millis wait)
{
    struct tls *t = (struct tls *)wire;
    if (t->session == NULL || t->broken) {
        return err_of(ERR_CLOSED, "the TLS session is over");
    }
    within(t, wait);
    return bytes.len > 0 ? t->engine->write(t, bytes) : OK;
}

/* What lies in the socket may be a ticket or half a record: only opening it tells. */
static bool session_pending(struct wire *wire)
{
    struct tls *t = (struct tls *)wire;
    size_t got = 0;
    if (t->session == NULL || t->holds) {
        return true;
    }
    if (!failed(t->end) && !t->engine->pending(t) && !wire_pending(t->inner)) {
        return false;
    }
    err e = session_read(wire, &t->held, 1, 0, &got);
    t->holds = !failed(e);
    return e.kind != ERR_TIMEOUT;
}

static void session_close(struct wire *wire)
{
    tls_end((struct tls *)wire);
}

/* --- beginning and end ---------------------------------------------------------------------------- */

/* ERR_IO: the settings cannot be used. */
static err session_new(struct tls_shared *shared, const struct tls_settings *settings, bool server,
                       struct wire *inner, struct arena *arena, struct tls **session)
{
    struct tls_context *context;
    err e = tls_context_hold(shared, settings, arena, &context);
    if (failed(e)) {
        return err_of(ERR_IO, err_text(e, arena));
    }
    struct tls *t = ARENA_NEW(arena, struct tls);
    t->wire = (struct wire){session_read, session_write, session_pending, session_close};
    t->inner = inner;
    t->shared = shared;
    t->arena = arena;
    t->context = context;
    t->engine = context->engine;
    t->server = server;
    t->facts.resumption = TLS_RESUME_SUPPORTED;
    t->facts.ourcert = SPAN_EMPTY;
    *session = t;
    return OK;
}

static void session_free(struct tls *t)
{
    t->engine->close(t);
    t->session = NULL;
    tls_context_release(t->context);
    tls_context_release(t->named);
    t->context = t->named = NULL;
}

/* No status is shown when a session is resumed; the one that was kept with it may count. */
static void status_resume(struct tls *t)
{
    if (!t->server && (t->facts.resumption & TLS_RESUME_RESUMED) != 0 &&
        t->as_client.ocsp != TLS_OCSP_NOT) {
        t->facts.ocsp = t->as_client.ocsp_resumed == TLS_OCSP_KEEP ? t->keeping.from.ocsp
                                                                   : (unsigned)TLS_OCSP_NO_RESPONSE;
    }
}

static err session_begin(struct tls *t, millis wait)
{
    err e = t->engine->open(t);
    if (failed(e)) {
        tls_context_release(t->context);
        return e;
    }
    within(t, wait);
    e = t->engine->shake(t);
    if (failed(e)) {
        session_free(t);
        return e;
    }
    t->facts.ourcert = arena_copy(t->arena, tls_context_shown(t)->own);
    t->engine->learn(t);
    status_resume(t);
    return OK;
}

err tls_server_start(struct tls_shared *shared, const struct tls_settings *settings,
                     const struct tls_server_wants *wants, struct wire *inner, millis wait,
                     struct arena *arena, struct tls **session)
{
    struct tls *t;
    TRY(session_new(shared, settings, true, inner, arena, &t));
    t->as_server = *wants;
    t->facts.resumption |= wants->tickets ? TLS_RESUME_TICKET : 0u;
    span parts[] = {span_of(&wants->verify, sizeof wants->verify), settings->trust, settings->crl};
    tls_digest_of(parts, sizeof parts / sizeof parts[0], t->policy);
    TRY(session_begin(t, wait));
    *session = t;
    return OK;
}

err tls_client_start(struct tls_shared *shared, const struct tls_settings *settings,
                     const struct tls_client_wants *wants, struct wire *inner, millis wait,
                     struct arena *arena, struct tls **session)
{
    struct tls *t;
    TRY(session_new(shared, settings, false, inner, arena, &t));
    t->as_client = *wants;
    t->as_client.sni = arena_copy(arena, wants->sni);
    t->as_client.names = arena_copy(arena, wants->names);
    tls_client_begin(t);
    TRY(session_begin(t, wait)); /* what was offered stays taken: it may be why this failed */
    if (wants->ocsp == TLS_OCSP_MUST && t->facts.ocsp != TLS_OCSP_VERIFIED) {
        tls_end(t); /* a resumed session: in others the handshake has seen to it */
        return err_of(ERR_SYNTAX, "the certificate has no good status");
    }
    if (t->keeping.came) {
        tls_client_keep(t, false);
    }
    *session = t;
    return OK;
}

struct wire *tls_wire(struct tls *session)
{
    return &session->wire;
}

const struct facts_tls *tls_facts(const struct tls *session)
{
    return &session->facts;
}

span tls_cipher_name(const struct tls *session)
{
    return session->cipher_name;
}

void tls_end(struct tls *t)
{
    if (t == NULL || t->session == NULL) {
        return;
    }
    if (!t->server) {
        tls_client_keep(t, true);
    }
    if (!t->broken) {
        within(t, BYE_MILLIS);
        t->engine->bye(t);
    }
    session_free(t);
}

/* --- a server's choices --------------------------------------------------------------------------- */

bool tls_server_named(struct tls *t, span name)
{
    if (name.len == 0 || t->renamed) {
        return !t->refused_name;
    }
    t->renamed = true;
    t->facts.sni = arena_copy(t->arena, name);
    if (t->as_server.named == NULL) {
        return true;
    }
    struct tls_settings settings = t->context->settings;
    t->refused_name = !t->as_server.named(t->as_server.context, t->facts.sni, &settings) ||
                      failed(tls_context_hold(t->shared, &settings, t->arena, &t->named));
    return !t->refused_name;
}

void tls_server_binding(const struct tls *t, span name, unsigned char digest[TLS_DIGEST])
{
    span parts[] = {span_of(t->policy, sizeof t->policy), name};
    tls_digest_of(parts, sizeof parts / sizeof parts[0], digest);
}
