/* What the conversation came to, in the words and numbers of logs, retry records and reports:
   Exim's numbers for errors, the remote's own words for people, the first lines that it said for
   the extra information of reports. All texts are copied: a connection may end before a report is
   written. */
#include "ref/transport/smtp.h"

#include "ref/log/delivery.h"

#include <errno.h>
#include <string.h>

/* Exim's number for a refusal that may pass, and its letter, by what was under way. */
static const struct {
    int refused, letter;
} steps[] = {
    [CLIENT_MAIL] = {DELIVERY_ERROR_MAIL_4XX, 'M'},
    [CLIENT_RCPT] = {DELIVERY_ERROR_RCPT_4XX, 'R'},
    [CLIENT_DATA] = {DELIVERY_ERROR_DATA_4XX, 'D'},
    [CLIENT_TEXT] = {DELIVERY_ERROR_DATA_4XX, 'D'},
    [CLIENT_QUIT] = {0, 0},
};

static int error_of(const struct client_trouble *t)
{
    switch (t->cause) {
    case CLIENT_REFUSED:
        return t->permanent ? 0 : steps[t->step].refused;
    case CLIENT_LOST:
        return t->sys != 0 ? t->sys : DELIVERY_ERROR_LOST;
    case CLIENT_TIMED_OUT:
        return ETIMEDOUT;
    case CLIENT_NONSENSE:
        return DELIVERY_ERROR_FORMAT;
    case CLIENT_TLS_NEEDED:
        return DELIVERY_ERROR_TLS_REQUIRED;
    case CLIENT_TLS_FAILED:
        return DELIVERY_ERROR_TLS_FAILED;
    case CLIENT_AUTH_NEEDED:
    case CLIENT_AUTH_FAILED:
        return DELIVERY_ERROR_AUTH;
    case CLIENT_OUR_FAULT:
        return EIO;
    case CLIENT_FINE:
    case CLIENT_UNSENDABLE:
        break;
    }
    return 0;
}

/* Host errors are of the host, not of the message: it is not tried again for others either. */
static bool is_host_trouble(const struct client_trouble *t)
{
    bool before_mail = t->step == CLIENT_GREETING || t->step == CLIENT_HELLO ||
                       t->step == CLIENT_STARTTLS || t->step == CLIENT_AUTH;
    return (before_mail || t->reply.code == 421) && t->cause != CLIENT_OUR_FAULT &&
           t->cause != CLIENT_FINE;
}

/* What does not depend on how it ended. */
static void describe(struct smtp_run *r, struct delivery_result *d, const struct route_host *host,
                     const struct smtp_connection *c)
{
    struct arena *arena = r->job->arena;
    d->host = host;
    if (c == NULL) {
        return;
    }
    const struct client *client = &c->client;
    const struct facts_tls *tls = client_tls_facts(client);
    char text[64];
    const struct address local = smtp_connection_local(c);
    address_host(&local, text, sizeof text);
    d->interface_address = arena_copy(arena, span_text(text));
    d->interface_port = address_port(&local);
    d->fast_open_data = socket_fast_of(c->dial.socket.fd) == SOCKET_FAST_DATA;
    d->fast_open = d->fast_open_data || c->dial.with_syn > 0;
    d->early = client->opening.used && client->messages == 1;
    d->greeting = arena_copy(arena, client->greeting);
    d->helo_response = arena_copy(arena, client->hello_reply);
    d->detail = arena_copy(arena, span_text(client->said));
    d->authenticator = arena_copy(arena, client->authenticator);
    d->continued = c->kept || client->messages > 1;
    d->pipelined = client_pipelines(client);
    if (tls != NULL) {
        d->tls_cipher = arena_copy(arena, tls->cipher);
        d->tls_peerdn = arena_copy(arena, tls->peerdn);
        d->tls_verified = tls->certificate_verified;
        d->tls_resumption = tls->resumption;
    }
}

void smtp_result_defer(struct smtp_run *r, size_t i, int error, const char *text)
{
    struct delivery_result *d = &r->job->addresses[i]->result;
    d->outcome = DELIVERY_DEFERRED;
    d->error = error;
    d->text = span_text(text);
}

void smtp_defer_open(struct smtp_run *r, int error, const char *text)
{
    for (size_t i = 0; i < r->job->count; i++) {
        if (r->open[i]) {
            smtp_result_defer(r, i, error, text);
        }
    }
}

void smtp_result_trouble(struct smtp_run *r, size_t i, const struct route_host *host,
                         const struct smtp_connection *c, const struct client_trouble *t)
{
    struct arena *arena = r->job->arena;
    struct delivery_result *d = &r->job->addresses[i]->result;
    *d = (struct delivery_result){.started = d->started};
    describe(r, d, host, c);
    d->outcome = t->permanent ? DELIVERY_FAILED : DELIVERY_DEFERRED;
    d->error = error_of(t);
    d->more = c == NULL ? 'C' : steps[t->step].letter;
    d->text = arena_copy(arena, t->text);
    d->reply = arena_copy(arena, t->reply.text);
    d->status = t->status != NULL ? span_text(t->status) : arena_copy(arena, t->reply.status);
    d->host_wide = is_host_trouble(t);
    d->ended = clock_now(r->job->clock);
}

void smtp_result_delivered(struct smtp_run *r, size_t i, const struct route_host *host,
                           const struct smtp_connection *c, const struct client_mail *mail,
                           const struct client_reply *reply, uint64_t size)
{
    struct arena *arena = r->job->arena;
    struct delivery_result *d = &r->job->addresses[i]->result;
    *d = (struct delivery_result){.started = d->started};
    describe(r, d, host, c);
    d->outcome = DELIVERY_DONE;
    d->confirmation = d->reply = arena_copy(arena, reply->text);
    d->status = arena_copy(arena, reply->status);
    d->chunked = mail->chunked;
    d->dkim = r->signers;
    d->dsn_passed = mail->dsn_passed && !r->job->addresses[i]->last_hop;
    d->size = size;
    d->ended = clock_now(r->job->clock);
}

/* --- lines of the log about a host that are no outcome ------------------------------------------ */

static void host_line(const struct smtp_run *r, const struct route_host *host, const char *before,
                      const char *after)
{
    const struct transport_job *job = r->job;
    struct buf line;
    char ip[64];
    if (job->log == NULL) {
        return;
    }
    address_host(&host->address, ip, sizeof ip);
    struct log_delivery d = {.host = host->name, .host_address = span_text(ip),
                             .port = address_port(&host->address), .dnssec = host->secure};
    buf_init(&line, LOG_LINE_LIMIT);
    buf_put_text(&line, before);
    log_delivery_host_put(job->log, &d, &line);
    buf_put_text(&line, after);
    log_write(job->log, LOG_MAIN, span_text(job->message->envelope.id), buf_span(&line));
    buf_wipe(&line);
}

static bool told_before(const struct smtp_run *r, size_t i)
{
    const struct delivery_result *d = &r->job->addresses[i]->result;
    for (size_t k = 0; k < i; k++) {
        const struct delivery_result *other = &r->job->addresses[k]->result;
        if (other->host == d->host && span_eq(other->text, d->text) && other->error == d->error) {
            return true;
        }
    }
    return false;
}

/* A recipient who is put off or refused says nothing about the host. */
static bool is_about_host(const struct delivery_result *d)
{
    return d->host_wide ||
           (d->outcome == DELIVERY_DEFERRED && d->error != DELIVERY_ERROR_RCPT_4XX);
}

void smtp_result_of_host(const struct smtp_run *r, bool over)
{
    for (size_t i = 0; i < r->job->count; i++) {
        const struct delivery_result *d = &r->job->addresses[i]->result;
        if (d->host == NULL || !(over ? is_about_host(d) : r->open[i]) || told_before(r, i)) {
            continue;
        }
        const char *system = d->error > 0 ? strerror(d->error) : "";
        host_line(r, d->host, "",
                  d->text.len == 0 ? arena_printf(r->job->arena, " %s", system)
                                   : arena_printf(r->job->arena, ": %.*s%s%s", SPAN_FMT(d->text),
                                                  d->error > 0 ? ": " : "", system));
    }
}

void smtp_result_unauthenticated(const struct smtp_run *r, const struct route_host *host,
                                 const struct client *c)
{
    const struct transport_job *job = r->job;
    char ip[64];
    address_host(&host->address, ip, sizeof ip);
    for (size_t i = 0; job->log != NULL && i < c->auth_refused.count; i++) {
        const struct client_auth_refusal *one = &c->auth_refused.at[i];
        log_printf(job->log, LOG_MAIN, span_text(job->message->envelope.id),
                   "%.*s authenticator failed H=%.*s [%s] %.*s", SPAN_FMT(one->authenticator),
                   SPAN_FMT(host->name), ip, SPAN_FMT(one->reply));
    }
}

void smtp_result_in_clear(const struct smtp_run *r, const struct route_host *host,
                          const struct client_trouble *t)
{
    host_line(r, host,
              arena_printf(r->job->arena, "%.*s: delivering unencrypted to ", SPAN_FMT(t->text)),
              " (not in hosts_require_tls)");
}
