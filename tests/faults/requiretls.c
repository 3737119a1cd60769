/* REQUIRETLS and its opposite done wrong on the way out, and what event_action is told. */
#include "tests/faults/faults.h"
#include "tests/faults/secure.h"

#include "ref/transport/smtp.h"

#include <string.h>

WRAPPED(smtp_requiretls_read);
WRAPPED(smtp_requiretls_host);
WRAPPED(smtp_requiretls_options);
WRAPPED(smtp_requiretls_session);
WRAPPED(smtp_requiretls_judge);
WRAPPED(smtp_event_watch);

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

/* clang-format off: a row a line */
const struct fault requiretls_faults[] = {
    {"requiretls-in-clear", "REQUIRETLS is offered and taken in clear", "requiretls/clear requiretls/keyword", fault_requiretls_in_clear},
    {"requiretls-not-offered", "REQUIRETLS is missing inside TLS", "requiretls/keyword", fault_requiretls_not_offered},
    {"requiretls-takes-value", "REQUIRETLS with a value is answered 250", "requiretls/value", fault_requiretls_takes_value},
    {"requiretls-any-certificate", "a message that requires TLS goes to any certificate", "requiretls/certificate", NULL},
    {"requiretls-any-mx", "a message that requires TLS goes to an MX that nothing vouches for", "requiretls/mx-not-secured requiretls/mx-policy-label", NULL},
    {"requiretls-any-name", "a message that requires TLS goes to a certificate of another name", "requiretls/certificate", NULL},
    {"requiretls-gives-up-today", "a message that requires TLS comes back when TLS is not to be had today", "requiretls/later", NULL},
    {"requiretls-goes-in-clear", "a message that requires TLS goes in clear text where TLS is not offered", "requiretls/no-tls requiretls/waived-and-required", NULL},
    {"requiretls-is-not-passed-on", "what came with REQUIRETLS goes on without", "requiretls/relayed requiretls/from-cold requiretls/alias requiretls/report", NULL},
    {"requiretls-retries-in-clear", "a message that requires TLS goes in clear text behind a handshake that failed", "requiretls/broken-handshake", NULL},
    {"requiretls-status-is-vague", "the report does not say 5.7.10 and 5.7.30", "requiretls/no-tls requiretls/no-keyword", NULL},
    {"requiretls-stops-at-first-host", "a host that does not do is the last one that is asked", "requiretls/next-host", NULL},
    {"requiretls-waits", "a message that requires what no host has waits in the queue", "requiretls/no-keyword", NULL},
    {"requiretls-without-keyword", "a message that requires TLS goes to a server that does not offer it", "requiretls/no-keyword requiretls/next-host", NULL},
    {"report-forgets-requiretls", "the report about a message that requires TLS does not", "requiretls/report", NULL},
    {"tls-required-no-is-ignored", "TLS-Required: No changes nothing", "requiretls/waived requiretls/waived-clear", NULL},
    {"tls-required-no-counts-most", "TLS-Required: No counts more than the parameter", "requiretls/waived-and-required", NULL},
    {"tls-required-any-value", "TLS-Required means No whatever it says", "requiretls/waived-not", NULL},
    {"tls-fails-into-clear-text", "clear text follows a handshake that failed, whatever the configuration says", "starttls/client-keeps-out", NULL},
    {"balanced-hosts-share-tickets", "hosts at one address get each other's tickets", "resumption/load-balanced", NULL},
    {"close-is-no-event", "event_action is not told of the end of a connection", "resumption/event", NULL},
    {"requiretls-is-forgotten", "the spool does not say that TLS is required", "requiretls/tagged requiretls/upgraded", NULL},
};
/* clang-format on */
const size_t requiretls_fault_count = sizeof requiretls_faults / sizeof *requiretls_faults;
