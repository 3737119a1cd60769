/* Connections: made, taken from the pool, given back. One may be used again for the same host, port
   and transport, unless the session could have been another one for another message. */
#include "ref/transport/smtp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static span key_of(struct smtp_run *r, const struct route_host *host)
{
    return span_text(arena_printf(r->job->arena, "%p %d %.*s [%.*s]:%u", (const void *)r->transport,
                                  (int)r->way, SPAN_FMT(host->name), SPAN_FMT(r->host.host_address),
                                  address_port(&host->address)));
}

static struct client_trouble no_connection(struct smtp_run *r, err e)
{
    struct client_trouble t = {.cause = e.kind == ERR_TIMEOUT ? CLIENT_TIMED_OUT : CLIENT_LOST,
                               .step = CLIENT_GREETING,
                               .sys = e.kind == ERR_TIMEOUT ? ETIMEDOUT : e.sys,
                               .command = SPAN_EMPTY,
                               .text = SPAN_EMPTY,
                               .reply = {.text = SPAN_EMPTY, .status = SPAN_EMPTY}};
    if (t.sys == 0) {
        t.text = span_text(arena_printf(r->job->arena, "%s", e.what));
    }
    return t;
}

static struct smtp_connection *connection_new(void)
{
    struct arena *arena = arena_new();
    struct smtp_connection *c = ARENA_NEW(arena, struct smtp_connection);
    c->arena = arena;
    return c;
}

void smtp_connection_end(struct smtp_connection *c)
{
    const struct facts_tls *tls = client_tls_facts(&c->client);
    if (c->client.arena != NULL) {
        client_end(&c->client);
    }
    if (c->dial.socket.wire.close != NULL) {
        wire_close(&c->dial.socket.wire);
    }
    if (c->closed != NULL) {
        c->closed(c->closed_context, tls);
    }
    arena_free(c->arena);
}

bool smtp_connection_refused(struct smtp_run *r, const struct smtp_connection *c,
                             struct client_trouble *trouble)
{
    if (!failed(c->dial.refused)) {
        return false;
    }
    *trouble = no_connection(r, c->dial.refused);
    return true;
}

struct address smtp_connection_local(const struct smtp_connection *c)
{
    struct address local = c->local;
    if (local.len == 0 && c->dial.socket.fd >= 0 && failed(socket_name(c->dial.socket.fd, &local))) {
        local.len = 0;
    }
    return local;
}

/* The trouble outlives the connection. */
static struct client_trouble trouble_copy(struct arena *arena, const struct client_trouble *t)
{
    struct client_trouble copy = *t;
    copy.command = arena_copy(arena, t->command);
    copy.text = arena_copy(arena, t->text);
    copy.reply.text = arena_copy(arena, t->reply.text);
    copy.reply.status = arena_copy(arena, t->reply.status);
    return copy;
}

/* The options of a session that begins early; false: it does not. *failed_here: they cannot be read. */
static bool begins_early(struct smtp_run *r, const struct route_host *host, bool bound,
                         struct smtp_connection *c, bool *failed_here)
{
    struct client_early early;
    const struct address *local = bound ? &c->dial.from : NULL;
    smtp_early(r, host, bound, c->arena, &early);
    c->options.early = early;
    if (early.hints == NULL || r->way == SMTP_WAY_REQUIRED ||
        (early.known.clear_features | early.known.crypted_features) == 0) {
        return false;
    }
    *failed_here = !smtp_session_options(r, host, c->arena, local, &c->options);
    c->options.early = early;
    return !*failed_here && client_early_fits(&c->options);
}

/* Connected, and the options of a session that waits for the greeting. */
static bool begins_by_waiting(struct smtp_run *r, const struct route_host *host,
                              struct smtp_connection *c, struct client_trouble *trouble)
{
    struct client_early early = c->options.early;
    err e = wire_dial_now(&c->dial);
    if (failed(e)) {
        *trouble = no_connection(r, e);
        return false;
    }
    c->local = smtp_connection_local(c);
    bool good = smtp_session_options(r, host, c->arena, &c->local, &c->options);
    c->options.early = early;
    return good;
}

static struct smtp_connection *connect_new(struct smtp_run *r, const struct route_host *host,
                                           enum smtp_haste haste, bool avoid_tls,
                                           struct client_trouble *trouble)
{
    struct address from;
    bool bound, failed_here = false;
    *trouble = (struct client_trouble){.cause = CLIENT_OUR_FAULT};
    if (!smtp_interface(r, &host->address, &from, &bound)) {
        return NULL;
    }
    struct smtp_connection *c = connection_new();
    wire_dial_init(&c->dial, &host->address, bound ? &from : NULL, r->o->connect_timeout,
                   smtp_in_list(r, &r->o->hosts_try_fastopen, &host->address));
    c->dial.keepalive = r->o->keepalive;
    bool early = begins_early(r, host, bound, c, &failed_here) && haste != SMTP_WAITING;
    if (failed_here || (!early && !begins_by_waiting(r, host, c, trouble)) ||
        !smtp_number(r, "connection_max_messages", r->o->connection_max_messages,
                     &c->most_messages)) {
        smtp_connection_end(c);
        return NULL;
    }
    c->options.early.go = early;
    c->options.tls.avoid |= avoid_tls;
    (void)client_begin(&c->client, &c->dial.socket.wire, &c->options, c->arena);
    if (smtp_connection_refused(r, c, trouble)) {
        smtp_connection_end(c);
        return NULL;
    }
    smtp_event_watch(r, c);
    return c;
}

/* TLS that fails is no reason to wait if nobody asked for it: the same host again, in clear
   text. */
static bool clear_text_will_do(const struct smtp_connection *c)
{
    const struct client_tls *tls = &c->options.tls;
    return c->client.trouble.cause == CLIENT_TLS_FAILED && !tls->require && !tls->avoid &&
           tls->try_clear;
}

struct smtp_connection *smtp_connect(struct smtp_run *r, const struct route_host *host,
                                     enum smtp_haste haste, struct client_trouble *trouble)
{
    smtp_host_facts(r, host, r->job->arena);
    span key = key_of(r, host);
    struct smtp_connection *c = haste != SMTP_KEPT ? NULL
                                                   : transport_pool_take(r->job->pool, key);
    if (c != NULL) {
        c->kept = true;
        r->host.tls = client_tls_facts(&c->client);
        return c;
    }
    c = connect_new(r, host, haste, false, trouble);
    if (c != NULL && clear_text_will_do(c)) {
        smtp_result_in_clear(r, host, &c->client.trouble);
        smtp_connection_end(c);
        c = connect_new(r, host, SMTP_WAITING, true, trouble);
    }
    if (c != NULL) {
        smtp_result_unauthenticated(r, host, &c->client);
        *trouble = trouble_copy(r->job->arena, &c->client.trouble);
        c->key = arena_copy(c->arena, key);
        c->ends_with_message = c->client.tls != NULL &&
                               (smtp_in_list(r, &r->o->hosts_nopass_tls, &host->address) ||
                                smtp_in_list(r, &r->o->hosts_noproxy_tls, &host->address));
        r->host.tls = client_tls_facts(&c->client);
    }
    return c;
}

/* A text that may depend on the message. */
static bool varies(const struct template *t)
{
    span text;
    return t != NULL && !template_is_literal(t, &text) &&
           !span_eq(template_text(t), SPAN("$primary_hostname"));
}

static bool can_be_kept(struct smtp_run *r, const struct smtp_connection *c)
{
    const struct transport_smtp *o = r->o;
    const struct template *texts[] = {o->interface, o->helo_data, o->tls_certificate,
                                      o->tls_privatekey, o->tls_sni, o->tls_require_ciphers,
                                      o->tls_verify_certificates, o->tls_crl};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (varies(texts[i])) {
            return false;
        }
    }
    return host_list_is_plain(&o->hosts_require_tls) && host_list_is_plain(&o->hosts_avoid_tls) &&
           host_list_is_plain(&o->tls_verify_hosts) && c->closed == NULL && !c->client.authenticated &&
           !c->client.options->auth.require && !c->ends_with_message;
}

void smtp_connection_done(struct smtp_run *r, struct smtp_connection *c)
{
    bool again = !c->client.over && !c->client.mail_open &&
                 c->client.trouble.cause == CLIENT_FINE &&
                 (c->most_messages == 0 || c->client.messages < c->most_messages);
    r->host.tls = NULL;
    if (!again || !can_be_kept(r, c) || !transport_pool_put(r->job->pool, c)) {
        smtp_connection_end(c);
    }
}
