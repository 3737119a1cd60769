/* STARTTLS and handshakes done wrong on either side: replies and octets that cross from clear text into TLS,
   handshakes that fail as they must not, tickets and certificates that are not looked at, and REQUIRETLS. */
#include "tests/faults/faults.h"
#include "tests/faults/tables.h"

#include "ref/acl/item.h"
#include "ref/client/session.h"
#include "ref/smtp/command.h"
#include "ref/smtp/session.h"
#include "ref/smtp/tls.h"
#include "ref/tls/engine.h"
#include "tests/faults/handshakes.h"

#include <stdatomic.h>

WRAPPED(smtp_tls_ready);
WRAPPED(tls_below_read);
WRAPPED(tls_below_write);
WRAPPED(client_tls_begin);
WRAPPED(client_reader_init);

/* --- the server ----------------------------------------------------------------------------------- */

static enum acl_test is_encrypted(struct acl_run *run, struct value value)
{
    (void)run;
    (void)value;
    return ACL_YES;
}

static void everything_is_encrypted(void)
{
    const struct acl_item_row *row = acl_item_find(SPAN("encrypted"));
    acl_item_run *run = is_encrypted;
    fault_set(&row->run, &run, sizeof run);
}

/* In clear text ACLs see what a session of TLS might have been. */
static err mail_with_bits(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    static const struct facts_tls before = {.resumption = TLS_RESUME_SUPPORTED | TLS_RESUME_TICKET};
    bool clear = s->peer_facts.tls == NULL;
    s->peer_facts.tls = clear ? &before : s->peer_facts.tls;
    err e = smtp_cmd_mail(s, c, r);
    s->peer_facts.tls = clear ? NULL : s->peer_facts.tls;
    return e;
}

static void clear_text_has_bits(void)
{
    smtp_handler *run = mail_with_bits;
    fault_set(&fault_verb("MAIL")->handler, &run, sizeof run);
}

static _Atomic bool handshake_failed;

bool fault_tls_begun(struct smtp_session *s, bool stands)
{
    handshake_failed = handshake_failed || !stands;
    if (stands && fault_is("tls-greets-again") && !smtp_tls_on_connect(s)) {
        smtp_reply_write(smtp_reply_of(SMTP_GREETING), span_text(s->conf->primary_hostname), &s->out);
    }
    return stands;
}

bool WRAP(smtp_tls_ready)(struct smtp_session *s)
{
    return REAL(smtp_tls_ready)(s) &&
           !(handshake_failed && fault_is("one-failure-switches-tls-off"));
}

void fault_server_wants(struct tls_settings *settings, struct tls_server_wants *wants)
{
    if (fault_is("name-chooses-nothing")) {
        wants->named = NULL;
    }
    if (fault_is("one-cipher-is-enough") && settings->library == TLS_OPENSSL) {
        settings->ciphers = SPAN("ECDHE-RSA-AES256-GCM-SHA384");
    }
}

/* Offered, and not taken up. */
static bool is_declined(const struct tls *t)
{
    unsigned bits = t->facts.resumption;
    return (bits & TLS_RESUME_OFFERED) != 0 && (bits & TLS_RESUME_RESUMED) == 0;
}

err fault_handshake_judged(struct tls **session)
{
    const char *fault = (*session)->server ? "declined-ticket-ends-session"
                                           : "declined-ticket-is-a-failure";
    if (!fault_is(fault) || !is_declined(*session)) {
        return OK;
    }
    tls_end(*session);
    *session = NULL;
    return err_of(ERR_SYNTAX, "the session could not be resumed");
}

bool fault_key_opens(bool found)
{
    static _Atomic unsigned opened;
    return found && !(fault_is("ticket-key-opens-once") && opened++ > 0);
}

/* --- records -------------------------------------------------------------------------------------- */

/* A hello that begins with a short record is none. */
size_t WRAP(tls_below_read)(struct tls *t, void *at, size_t room)
{
    size_t got = REAL(tls_below_read)(t, at, room);
    const unsigned char *octets = at;
    bool first = t->server && t->unheard == got && got >= 5 && octets[0] == 22;
    if (fault_is("hello-has-one-record") && first && (octets[3] << 8 | octets[4]) < 48) {
        t->below = err_of(ERR_SYNTAX, "the hello is cut off");
        return 0;
    }
    return got;
}

bool WRAP(tls_below_write)(struct tls *t, span bytes)
{
    bool alert = bytes.len > 0 && bytes.at[0] == 21;
    return (alert && fault_is("tls-says-no-alert")) || REAL(tls_below_write)(t, bytes);
}

/* --- the client ----------------------------------------------------------------------------------- */

/* What the server of this thread's session offered in clear text. */
static _Thread_local unsigned offered_in_clear;

err WRAP(client_tls_begin)(struct client *c)
{
    offered_in_clear = c->offers.bits;
    err e = REAL(client_tls_begin)(c);
    if (failed(e) && fault_is("failed-tls-goes-on-in-clear")) {
        /* what was left of the answer is read first: a close with octets unread may take the EHLO back */
        char rest[512];
        size_t got;
        (void)failed(wire_read(c->plain, rest, sizeof rest, 1000, &got));
        (void)failed(wire_write(c->plain, SPAN("EHLO mx.test.ex\r\n"), 1000));
    }
    return e;
}

unsigned fault_offers_left(const struct client_offers *offers)
{
    const struct client *c = (const void *)((const char *)offers - offsetof(struct client, offers));
    return fault_is("offers-survive-tls") && c->tls != NULL ? offered_in_clear : 0;
}

void fault_reply_judged(struct client_reply *reply)
{
    if (fault_is("put-off-tls-is-begun") && reply->code == 454) {
        reply->code = 220;
    }
}

bool fault_reply_unheard(struct client_reader *reader, struct client_reply *reply)
{
    if (!fault_is("early-tls-waits-for-nothing")) {
        return false;
    }
    const struct client *c = (const void *)((const char *)reader - offsetof(struct client, in));
    size_t last = (c->first_note + CLIENT_GROUP - 1) % CLIENT_GROUP;
    if (!c->opening.used || c->notes[last].step != CLIENT_STARTTLS) {
        return false;
    }
    *reply = (struct client_reply){.code = 220, .text = SPAN("220 go"), .status = SPAN_EMPTY};
    return true;
}

void WRAP(client_reader_init)(struct client_reader *r, struct wire *wire, const struct clock *clock)
{
    if (fault_is("client-keeps-plaintext") && r->wire != NULL && r->to > r->from) {
        r->wire = wire;
        return;
    }
    REAL(client_reader_init)(r, wire, clock);
}

#define ST "starttls/"
#define RE "resumption/"
#define RQ "requiretls/"

/* clang-format off: a row a line */
const struct fault handshake_faults[] = {
    {"starttls-is-only-said", "STARTTLS is answered 220, and the session goes on in clear text", ST "clear-text recorded/starttls/no-handshake recorded/starttls/plain-text-behind", NULL},
    {"starttls-forgets-replies", "replies that were held are lost when STARTTLS comes", ST "group-last", NULL},
    {"tls-greets-again", "a greeting comes behind the handshake", ST "no-greeting", NULL},
    {"tls-and-ehlo-keep-transaction", "a transaction survives STARTTLS, and EHLO behind it", ST "transaction-forgotten", NULL},
    {"one-failure-switches-tls-off", "one handshake that fails, and TLS is not available any more", ST "given-up", NULL},
    {"everything-is-encrypted", "`encrypted` holds in clear text", ST "required", everything_is_encrypted},
    {"name-chooses-nothing", "every client is shown the same certificate", ST "certificate-by-name", NULL},
    {"one-cipher-is-enough", "one cipher of TLS 1.2 is taken", ST "one-suite", NULL},
    {"hello-has-one-record", "a hello in several records is not understood", ST "small-records", NULL},
    {"tls-says-no-alert", "a handshake that fails ends without an alert", ST "old-versions", NULL},
    {"put-off-tls-is-begun", "454 in answer to STARTTLS counts as 220", ST "client-454 early/client-starttls-refused", NULL},
    {"offers-survive-tls", "what was offered in clear text is used inside TLS", ST "client-forgets", NULL},
    {"failed-tls-goes-on-in-clear", "behind a handshake that failed the same connection goes on in clear text", ST "client-no-handshake", NULL},
    {"avoided-tls-is-begun", "hosts_avoid_tls is not looked at", "early/client-avoid-tls", NULL},
    {"tryclear-is-nothing", "tls_tempfail_tryclear is not looked at", ST "client-tries-clear", NULL},
    {"early-tls-waits-for-nothing", "in an early session the handshake begins before the 220", "early/client-starttls-waits", NULL},
    {"client-keeps-plaintext", "replies in clear text behind the 220 count inside TLS", "early/client-injected", NULL},
    {"ticket-key-opens-once", "a session can be resumed once", RE "again", NULL},
    {"clear-text-has-bits", "$tls_in_resumption is set in clear text", RE "bits-clear", clear_text_has_bits},
    {"declined-ticket-is-a-failure", "a client takes a full handshake in place of a resumed one for a failure", RE "client-declined", NULL},
    {"declined-ticket-ends-session", "a session whose ticket cannot be opened ends", RE "foreign " RE "tampered", NULL},
    {"ticket-keys-outlive-the-server", "a server that begins anew makes the same ticket keys", RE "restart", NULL},
    {"failed-is-delayed", "a report of what has failed says that it waits", RQ "waived-refused", NULL},
    {"requiretls-has-no-capital", "P= says esmtps whatever MAIL asked for", RQ "authenticated", NULL},
    {"requiretls-lasts", "what one message of a session requires all that follow do", RQ "not-tagged " RQ "variable", NULL},
    {"requiretls-returns-in-full", "a message that requires TLS comes back whole", RQ "ret", NULL},
};
/* clang-format on */
const size_t handshake_fault_count = sizeof handshake_faults / sizeof *handshake_faults;
