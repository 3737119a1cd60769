/* REQUIRETLS and its opposite done wrong on the way out, and what event_action is told. */
#include "tests/faults/faults.h"

#include "ref/transport/smtp.h"

#include <string.h>

#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name

void REAL(smtp_requiretls_read)(struct smtp_run *r);
void WRAP(smtp_requiretls_read)(struct smtp_run *r);
bool REAL(smtp_requiretls_host)(struct smtp_run *r, const struct route_host *host,
                                struct client_trouble *why);
bool WRAP(smtp_requiretls_host)(struct smtp_run *r, const struct route_host *host,
                                struct client_trouble *why);
void REAL(smtp_requiretls_options)(struct smtp_run *r, const struct route_host *host,
                                   struct arena *arena, struct client_options *o);
void WRAP(smtp_requiretls_options)(struct smtp_run *r, const struct route_host *host,
                                   struct arena *arena, struct client_options *o);
bool REAL(smtp_requiretls_session)(struct smtp_run *r, const struct smtp_connection *c,
                                   struct client_trouble *why);
bool WRAP(smtp_requiretls_session)(struct smtp_run *r, const struct smtp_connection *c,
                                   struct client_trouble *why);
void REAL(smtp_requiretls_judge)(struct smtp_run *r, struct client_trouble *t);
void WRAP(smtp_requiretls_judge)(struct smtp_run *r, struct client_trouble *t);
void REAL(smtp_event_watch)(struct smtp_run *r, struct smtp_connection *c);
void WRAP(smtp_event_watch)(struct smtp_run *r, struct smtp_connection *c);

static bool has_field(const struct smtp_run *r)
{
    const struct envelope *e = &r->job->message->envelope;
    for (size_t i = 0; i < e->headers.count; i++) {
        if (span_starts(e->headers.at[i].text, SPAN("TLS-Required:"))) {
            return true;
        }
    }
    return false;
}

void WRAP(smtp_requiretls_read)(struct smtp_run *r)
{
    REAL(smtp_requiretls_read)(r);
    if ((fault_is("requiretls-is-not-passed-on") && r->way == SMTP_WAY_REQUIRED) ||
        (fault_is("tls-required-no-is-ignored") && r->way == SMTP_WAY_WAIVED)) {
        r->way = SMTP_WAY_USUAL;
    }
    if ((fault_is("tls-required-no-counts-most") && r->way == SMTP_WAY_REQUIRED && has_field(r)) ||
        (fault_is("tls-required-any-value") && r->way == SMTP_WAY_USUAL && has_field(r))) {
        r->way = SMTP_WAY_WAIVED;
    }
}

bool WRAP(smtp_requiretls_host)(struct smtp_run *r, const struct route_host *host,
                                struct client_trouble *why)
{
    return REAL(smtp_requiretls_host)(r, host, why) || fault_is("requiretls-any-mx");
}

void WRAP(smtp_requiretls_options)(struct smtp_run *r, const struct route_host *host,
                                   struct arena *arena, struct client_options *o)
{
    REAL(smtp_requiretls_options)(r, host, arena, o);
    if (r->way == SMTP_WAY_REQUIRED) {
        if (fault_is("requiretls-goes-in-clear")) {
            o->tls.require = false;
        }
        if (fault_is("requiretls-retries-in-clear")) {
            o->tls.require = false;
            o->tls.try_clear = true;
        }
        if (fault_is("requiretls-any-certificate")) {
            o->tls.wants.verify = TLS_VERIFY_TRY;
        }
        if (fault_is("requiretls-any-name")) {
            o->tls.wants.names = SPAN_EMPTY;
        }
    } else if (fault_is("tls-fails-into-clear-text")) {
        o->tls.require = false;
        o->tls.try_clear = true;
    }
    if (fault_is("balanced-hosts-share-tickets")) {
        o->tls.balanced = NULL;
    }
}

bool WRAP(smtp_requiretls_session)(struct smtp_run *r, const struct smtp_connection *c,
                                   struct client_trouble *why)
{
    bool good = REAL(smtp_requiretls_session)(r, c, why);
    return good || fault_is("requiretls-without-keyword") ||
           (fault_is("requiretls-goes-in-clear") && c->client.tls == NULL);
}

void WRAP(smtp_requiretls_judge)(struct smtp_run *r, struct client_trouble *t)
{
    bool of_tls = t->cause == CLIENT_TLS_NEEDED || t->cause == CLIENT_TLS_FAILED;
    REAL(smtp_requiretls_judge)(r, t);
    if (r->way != SMTP_WAY_REQUIRED || !of_tls) {
        return;
    }
    t->permanent = (t->permanent || fault_is("requiretls-gives-up-today")) &&
                   !fault_is("requiretls-waits");
    t->lasting = t->lasting && !fault_is("requiretls-stops-at-first-host");
    if (fault_is("requiretls-status-is-vague")) {
        t->status = "5.0.0";
    }
}

void WRAP(smtp_event_watch)(struct smtp_run *r, struct smtp_connection *c)
{
    if (!fault_is("close-is-no-event")) {
        REAL(smtp_event_watch)(r, c);
    }
}
