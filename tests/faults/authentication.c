/* Wrong behaviours of SMTP AUTH: entries of the server's tables, and functions as the linker's --wrap replaces
   them. */
#include "tests/faults/faults.h"
#include "tests/faults/tables.h"

#include "ref/acl/item.h"
#include "ref/auth/auth.h"
#include "ref/mail/base64.h"
#include "ref/smtp/changes.h"
#include "ref/smtp/command.h"

WRAPPED(auth_advertised);
WRAPPED(auth_begin);
WRAPPED(mail_base64_read);
WRAPPED(mail_base64_put);
WRAPPED(smtp_rewrite_fields);

bool WRAP(auth_advertised)(const struct conf_auth *a, struct expansion *x, const char **why)
{
    return REAL(auth_advertised)(a, x, why) || fault_is("auth-is-offered-in-any-case");
}

bool WRAP(mail_base64_read)(span text, bool strict, struct buf *out)
{
    return REAL(mail_base64_read)(text, strict, out) || fault_is("auth-base64-is-not-read");
}

void WRAP(mail_base64_put)(span octets, struct buf *out)
{
    if (fault_is("auth-challenge-is-clear")) {
        buf_put(out, octets);
    } else {
        REAL(mail_base64_put)(octets, out);
    }
}

struct auth_result WRAP(auth_begin)(struct auth_exchange *e, const span *initial)
{
    struct auth_result r = REAL(auth_begin)(e, initial);
    if (fault_is("auth-takes-anybody") && r.step == AUTH_FAILURE) {
        r.step = AUTH_SUCCESS;
    } else if (fault_is("auth-temporary-is-wrong") && r.step == AUTH_TEMPORARY) {
        r.step = AUTH_FAILURE;
    } else if (fault_is("auth-strings-are-too-many") && e->strings > 3) {
        r.step = AUTH_TEMPORARY;
    } else if (fault_is("auth-plain-prompts") && r.step == AUTH_CONTINUE && r.text.len == 0) {
        r.text = SPAN("Password");
    }
    return r;
}

/* --- tables ------------------------------------------------------------------------------------- */

static void reply_is(enum smtp_reply_id id, unsigned code, const char *status)
{
    fault_set(&smtp_replies[id].code, &code, sizeof code);
    fault_set(&smtp_replies[id].status, &status, sizeof status);
}

static bool always(struct smtp_session *s)
{
    (void)s;
    return true;
}

static enum acl_test yes(struct acl_run *run, struct value value)
{
    (void)run;
    (void)value;
    return ACL_YES;
}

static span auth_parameter(const struct smtp_command *c)
{
    size_t at = span_find(c->args, SPAN(" AUTH="));
    return at == SPAN_NONE ? SPAN_EMPTY : span_from(c->args, at + 6);
}

static err parameter_needs_auth(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    if (s->authenticated == NULL && auth_parameter(c).len > 0) {
        *r = smtp_reply_of(SMTP_PARAMETER_BAD);
        return OK;
    }
    return smtp_cmd_mail(s, c, r);
}

/* Whom anybody vouches for is kept with the message, by the function behind. */
static err parameter_trusted(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    TRY(smtp_cmd_mail(s, c, r));
    if (s->tx.open) {
        s->message_facts.authenticated_sender = arena_copy(s->tx.arena, auth_parameter(c));
    }
    return OK;
}

void WRAP(smtp_rewrite_fields)(struct smtp_session *s, struct spool_message *m)
{
    if (fault_is("auth-parameter-is-trusted")) {
        m->envelope.auth_sender = s->message_facts.authenticated_sender;
    }
    if (fault_is("relay-completes")) {
        smtp_fields_complete(m, s->conf->primary_hostname, s->tx.sender);
    }
    REAL(smtp_rewrite_fields)(s, m);
}

static void mail_is(smtp_handler *run) { fault_set(&fault_verb("MAIL")->handler, &run, sizeof run); }

static void needs_auth(void) { mail_is(parameter_needs_auth); }
static void trusted(void) { mail_is(parameter_trusted); }
static void cancelled_is_failed(void) { reply_is(SMTP_AUTH_CANCELLED, 535, "5.7.8"); }
static void success_is_250(void) { reply_is(SMTP_AUTH_OK, 250, "2.7.0"); }
static void unknown_is_failed(void) { reply_is(SMTP_AUTH_UNKNOWN, 535, "5.7.8"); }

static void everybody_is_authenticated(void)
{
    acl_item_run *run = yes;
    fault_set(&acl_item_find(SPAN("authenticated"))->run, &run, sizeof run);
}

static void offered_without_mechanisms(void)
{
    bool (*offered)(struct smtp_session *) = always;
    fault_set(&smtp_extensions[SMTP_EXT_AUTH].offered, &offered, sizeof offered);
}

/* Not the handler by which AUTH is known as a command that may have all of its exchange in one line. */
static err auth_alone(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    return smtp_cmd_auth(s, c, r);
}

static void ends_group(void)
{
    smtp_handler *run = auth_alone;
    fault_set(&fault_verb("AUTH")->handler, &run, sizeof run);
}

#define U "auth/"

/* clang-format off: a row a line */
const struct fault auth_faults[] = {
    {"auth-is-offered-in-any-case", "server_advertise_condition is not looked at", U "advertise-condition", NULL},
    {"auth-without-mechanisms", "AUTH is offered where no mechanism is", U "not-offered", offered_without_mechanisms},
    {"auth-cancelled-is-failed", "who ends an exchange with * is told 535", U "cancelled", cancelled_is_failed},
    {"auth-success-is-250", "AUTH succeeds with 250", U "plain", success_is_250},
    {"auth-unknown-is-failed", "an unknown mechanism is answered 535", U "unknown", unknown_is_failed},
    {"auth-challenge-is-clear", "challenges are not in base64", U "login", NULL},
    {"auth-plain-prompts", "PLAIN without an initial response is asked for a password", U "plain-asked", NULL},
    {"auth-temporary-is-wrong", "a condition that cannot be told says that the credentials are wrong", U "temporary", NULL},
    {"auth-strings-are-too-many", "an answer of more than three strings is answered 454", U "several-in-one", NULL},
    {"auth-ends-group", "what is pipelined behind AUTH is a synchronisation error", U "pipelined", ends_group},
    {"everybody-is-authenticated", "`authenticated = *` holds for everybody", U "condition", everybody_is_authenticated},
    {"acl-auth-is-not-asked", "the ACL for AUTH is not asked", U "refused", NULL},
    {"auth-parameter-needs-auth", "AUTH= of who has not authenticated is refused", U "mail-parameter", needs_auth},
    {"auth-parameter-is-trusted", "AUTH= of who has not authenticated is kept", U "mail-parameter-untrusted", trusted},
    {"auth-sender-is-not-kept", "AUTH= is not kept with the message", U "mail-parameter-kept", NULL},
    {"auth-is-not-kept", "who authenticated is not kept with the message", U "spooled", NULL},
    {"protocol-forgets-auth", "a message of an authenticated client came by ESMTP", U "protocol", NULL},
    {"log-forgets-auth", "the arrival line lacks A=", U "log", NULL},
};
/* clang-format on */
const size_t auth_fault_count = sizeof auth_faults / sizeof *auth_faults;
