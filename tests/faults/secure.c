/* TLS done wrong: what a session keeps that it must forget, tickets that live too long or go to whom they
   are not meant for, bits that lie, a client that is content with less. */
#include "tests/faults/secure.h"

#include "tests/faults/faults.h"
#include "tests/faults/handshakes.h"
#include "tests/faults/tables.h"

#include "ref/smtp/command.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/session.h"
#include "ref/smtp/tls.h"
#include "ref/tls/engine.h"
#include "ref/transport/smtp.h"

#include <string.h>

WRAPPED(smtp_tls_begin);
WRAPPED(smtp_cmd_starttls);
WRAPPED(smtp_tls_on_connect);
WRAPPED(smtp_pipeline_check);
WRAPPED(tls_tickets_init);
WRAPPED(tls_tickets_find);
WRAPPED(tls_server_binding);
WRAPPED(tls_server_start);
WRAPPED(tls_client_start);
WRAPPED(smtp_session_options);

typedef bool offered(struct smtp_session *s);

static bool always(struct smtp_session *s)
{
    (void)s;
    return true;
}

static bool never(struct smtp_session *s)
{
    (void)s;
    return false;
}

static void offer(enum smtp_extension which, offered *when)
{
    fault_set(&smtp_extensions[which].offered, &when, sizeof when);
}

static void code(enum smtp_reply_id id, unsigned number, const char *status)
{
    fault_set(&smtp_replies[id].code, &number, sizeof number);
    fault_set(&smtp_replies[id].status, &status, sizeof status);
}

void fault_tls_not_offered(void) { offer(SMTP_EXT_STARTTLS, never); }
void fault_tls_offered_inside(void) { offer(SMTP_EXT_STARTTLS, always); }
void fault_tls_unavailable_is_554(void) { code(SMTP_TLS_UNAVAILABLE, 554, "5.7.0"); }
void fault_requiretls_in_clear(void) { offer(SMTP_EXT_REQUIRETLS, always); }
void fault_requiretls_not_offered(void) { offer(SMTP_EXT_REQUIRETLS, never); }
void fault_requiretls_takes_value(void) { code(SMTP_PARAMETER_BAD, 250, "2.1.0"); }

void fault_tls_takes_argument(void)
{
    enum smtp_argument rule = ARGUMENT_FREE;
    fault_set(&fault_verb("STARTTLS")->argument, &rule, sizeof rule);
}

static bool tls_keeps_transaction(void)
{
    return fault_is("tls-keeps-transaction") || fault_is("tls-and-ehlo-keep-transaction");
}

/* What was known before the handshake comes back behind it. */
bool WRAP(smtp_tls_begin)(struct smtp_session *s)
{
    struct smtp_input in = s->in;
    enum smtp_stage stage = s->stage;
    smtp_offer offers = s->offer;
    bool extended = s->extended;
    char helo[sizeof s->helo];
    memcpy(helo, s->helo, sizeof helo);
    bool said_only = fault_is("starttls-is-only-said") && !smtp_tls_on_connect(s);
    if (said_only) {
        return true;
    }
    bool stands = fault_tls_begun(s, REAL(smtp_tls_begin)(s));
    if (stands && fault_is("tls-keeps-plaintext")) {
        s->in = in;
    }
    if (stands && fault_is("tls-keeps-to-one-name")) {
        memcpy(s->helo, helo, sizeof helo);
    }
    if (stands && (fault_is("tls-keeps-hello") || tls_keeps_transaction())) {
        memcpy(s->helo, helo, sizeof helo);
        s->host.helo = s->peer_facts.helo_name = span_text(s->helo);
        s->stage = stage == STAGE_START ? stage : fault_is("tls-keeps-hello") ? STAGE_HELLO : stage;
        s->offer = offers;
        s->extended = extended;
    }
    return stands;
}

/* The command is taken inside a transaction, and the transaction is gone on with. */
err WRAP(smtp_cmd_starttls)(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    enum smtp_stage stage = s->stage;
    bool kept = tls_keeps_transaction() && stage > STAGE_HELLO && stage < STAGE_CLOSED;
    if (kept) {
        s->stage = STAGE_HELLO;
    }
    if (fault_is("starttls-forgets-replies")) {
        buf_clear(&s->out);
    }
    err e = REAL(smtp_cmd_starttls)(s, c, r);
    if (kept && s->stage != STAGE_CLOSED) {
        s->stage = stage;
    }
    return e;
}

bool WRAP(smtp_tls_on_connect)(const struct smtp_session *s)
{
    return !fault_is("tls-port-speaks-clear") && REAL(smtp_tls_on_connect)(s);
}

struct smtp_reply WRAP(smtp_pipeline_check)(struct smtp_session *s, const struct smtp_command *c)
{
    const struct smtp_verb_rule *rule = c->rule;
    bool blind = (fault_is("tls-keeps-plaintext") || fault_is("starttls-is-only-said")) &&
                 rule != NULL && rule->handler == smtp_cmd_starttls;
    bool not_early = s->early_group && rule != NULL &&
                     ((fault_is("auth-is-not-early") && rule->handler == smtp_cmd_auth) ||
                      (fault_is("chunk-is-not-early") && rule->handler == smtp_cmd_bdat));
    if (not_early) {
        return smtp_reply_of(SMTP_SYNC);
    }
    blind = blind || (fault_is("early-group-is-not-checked") && s->early);
    return blind ? smtp_reply_of(SMTP_NO_REPLY) : REAL(smtp_pipeline_check)(s, c);
}

/* --- tickets ------------------------------------------------------------------------------------- */

void WRAP(tls_tickets_init)(struct tls_tickets *t, const struct clock *clock, millis life, millis key)
{
    bool kept = fault_is("ticket-keys-are-never-changed");
    REAL(tls_tickets_init)(t, clock, kept ? life * 1000 : life, kept ? key * 1000 : key);
    if (fault_is("ticket-keys-outlive-the-server")) {
        rng_seeded(&t->rng, 1);
    }
}

bool WRAP(tls_tickets_find)(struct tls_tickets *t, const unsigned char id[TLS_KEY_ID],
                            struct tls_key *key, bool *renew)
{
    bool found = fault_key_opens(REAL(tls_tickets_find)(t, id, key, renew));
    return found && !(*renew && fault_is("ticket-keys-do-not-overlap"));
}

void WRAP(tls_server_binding)(const struct tls *t, span name, unsigned char digest[TLS_DIGEST])
{
    REAL(tls_server_binding)(t, fault_is("ticket-is-good-for-any-name") ? SPAN_EMPTY : name, digest);
}

static void lie(struct facts_tls *facts)
{
    facts->resumption ^= fault_is("resumption-bit-is-wrong") ? TLS_RESUME_OFFERED : 0u;
    facts->resumption &= fault_is("resumption-is-not-told") ? ~(unsigned)TLS_RESUME_RESUMED : ~0u;
    facts->certificate_verified |= fault_is("tried-is-verified") && facts->peercert.len > 0;
    if (fault_is("resumed-forgets-certificate") && (facts->resumption & TLS_RESUME_RESUMED) != 0) {
        facts->certificate_verified = false;
    }
    if (fault_is("cipher-has-no-version")) {
        facts->cipher = span_from(facts->cipher, facts->ver.len);
    }
}

err WRAP(tls_server_start)(struct tls_shared *shared, const struct tls_settings *settings,
                           const struct tls_server_wants *wants, struct wire *inner, millis wait,
                           struct arena *arena, struct tls **session)
{
    struct tls_server_wants other = *wants;
    other.tickets = !fault_is("ticket-is-not-given") &&
                    (wants->tickets || fault_is("ticket-is-given-to-all"));
    struct tls_settings changed = *settings;
    fault_server_wants(&changed, &other);
    TRY(REAL(tls_server_start)(shared, &changed, &other, inner, wait, arena, session));
    lie(&(*session)->facts);
    return fault_handshake_judged(session);
}

/* --- the client ----------------------------------------------------------------------------------- */

err WRAP(tls_client_start)(struct tls_shared *shared, const struct tls_settings *settings,
                           const struct tls_client_wants *wants, struct wire *inner, millis wait,
                           struct arena *arena, struct tls **session)
{
    struct tls_client_wants other = *wants;
    if (fault_is("session-is-for-any-host")) {
        other.peer_address = other.sni = other.names = SPAN("any");
        other.verify = TLS_VERIFY_NOT;
    }
    other.tickets = wants->tickets && !fault_is("session-is-not-kept");
    TRY(REAL(tls_client_start)(shared, settings, &other, inner, wait, arena, session));
    return fault_handshake_judged(session);
}

bool WRAP(smtp_session_options)(struct smtp_run *r, const struct route_host *host,
                                struct arena *arena, const struct address *local,
                                struct client_options *o)
{
    bool good = REAL(smtp_session_options)(r, host, arena, local, o);
    if (fault_is("tls-demand-is-nothing")) {
        o->tls.require = false;
    }
    if (fault_is("any-certificate-will-do")) {
        o->tls.wants.verify = TLS_VERIFY_NOT;
    }
    o->tls.try_clear = o->tls.try_clear && !fault_is("tryclear-is-nothing");
    if (fault_is("client-avoids-tls")) {
        o->tls.avoid = true;
    }
    return good;
}
