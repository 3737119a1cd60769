/* mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF                RFC 5321 4.1.1.2 */
#include "base/rows.h"
#include "ref/mail/address.h"
#include "ref/smtp/ask.h"
#include "ref/smtp/changes.h"
#include "ref/smtp/command.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/parameters.h"
#include "ref/smtp/session.h"

#include <sys/statvfs.h>

/* RFC 1870 3: size-value ::= 1*20DIGIT. A number too large to hold is too large to take. */
static const char *size_read(const struct mail_param *p, void *params)
{
    struct smtp_mail_params *into = params;
    if (p->value.len == 0 || p->value.len > 20) {
        return "SIZE needs 1 to 20 digits";
    }
    for (size_t i = 0; i < p->value.len; i++) {
        if (!ascii_is_digit(p->value.at[i])) {
            return "SIZE needs 1 to 20 digits";
        }
    }
    if (!span_to_u64(p->value, &into->size)) {
        into->size = UINT64_MAX;
    }
    return NULL;
}

static const char *body_read(const struct mail_param *p, void *params)
{
    struct smtp_mail_params *into = params;
    if (span_eq_caseless(p->value, SPAN("8BITMIME"))) {
        into->body = SMTP_BODY_8BITMIME;
    } else if (span_eq_caseless(p->value, SPAN("7BIT"))) {
        into->body = SMTP_BODY_7BIT;
    } else {
        return "BODY is 7BIT or 8BITMIME";
    }
    return NULL;
}

static const char *utf8_read(const struct mail_param *p, void *params)
{
    struct smtp_mail_params *into = params;
    into->utf8 = true;
    return p->has_value ? "SMTPUTF8 takes no value" : NULL;
}

static const char *ret_read(const struct mail_param *p, void *params)
{
    struct smtp_mail_params *into = params;
    if (span_eq_caseless(p->value, SPAN("FULL"))) {
        into->ret = DSN_RET_FULL;
    } else if (span_eq_caseless(p->value, SPAN("HDRS"))) {
        into->ret = DSN_RET_HDRS;
    } else {
        return "RET is FULL or HDRS";
    }
    return NULL;
}

/* RFC 3461 4.4 */
static const char *envid_read(const struct mail_param *p, void *params)
{
    struct smtp_mail_params *into = params;
    if (p->value.len == 0 || p->value.len > 100 || mail_xtext_bad(p->value) != SPAN_NONE) {
        return "ENVID is 1 to 100 characters of printable xtext";
    }
    into->envid = p->value;
    return NULL;
}

/* RFC 4954 5: AUTH= is "<>" or a mailbox, in xtext. */
static const char *auth_read(const struct mail_param *p, void *params)
{
    struct smtp_mail_params *into = params;
    struct mail_address mailbox;
    struct buf decoded;
    buf_init(&decoded, 512);
    bool good = p->value.len > 0 && p->value.len <= 500 && mail_xtext_decode(p->value, &decoded);
    span text = buf_span(&decoded);
    good = good && (span_eq(text, SPAN("<>")) || !failed(mail_mailbox_parse(text, true, &mailbox)));
    buf_wipe(&decoded);
    into->auth = p->value;
    return good ? NULL : "AUTH is <> or a mailbox, in xtext";
}

static const char *requiretls_read(const struct mail_param *p, void *params)
{
    struct smtp_mail_params *into = params;
    into->requiretls = true;
    return p->has_value ? "REQUIRETLS takes no value" : NULL;
}

static const struct smtp_parameter parameters[] = {
    {"AUTH", SMTP_EXT_AUTH, auth_read},
    {"BODY", SMTP_EXT_8BITMIME, body_read},
    {"ENVID", SMTP_EXT_DSN, envid_read},
    {"REQUIRETLS", SMTP_EXT_REQUIRETLS, requiretls_read},
    {"RET", SMTP_EXT_DSN, ret_read},
    {"SIZE", SMTP_EXT_SIZE, size_read},
    {"SMTPUTF8", SMTP_EXT_SMTPUTF8, utf8_read},
};
enum { PARAMETERS = sizeof parameters / sizeof *parameters };

/* RFC 1870 6.1: the fixed maximum, and the space there is now. */
static struct smtp_reply size_check(const struct smtp_session *s,
                                    const struct smtp_mail_params *params)
{
    uint64_t limit = s->conf->message_size_limit;
    struct statvfs fs;
    if (limit > 0 && params->size > limit) {
        return smtp_reply_of(SMTP_SIZE_OVER);
    }
    if (params->size > 0 && fstatvfs(s->server->spool->dir, &fs) == 0 &&
        params->size / fs.f_frsize >= fs.f_bavail) {
        return smtp_reply_of(SMTP_SPACE_SHORT);
    }
    return smtp_reply_of(SMTP_NO_REPLY);
}

static struct smtp_reply mail_read(struct smtp_session *s, span args, struct mail_address *sender,
                                   struct smtp_mail_params *params)
{
    struct cursor c = cursor_of(args);
    if (!cursor_take_caseless(&c, SPAN("FROM:"))) {
        return smtp_reply_with(SMTP_SYNTAX, SPAN("MAIL FROM:<path> expected"));
    }
    /* SMTPUTF8 stands behind the path and decides whether it may be what it is (RFC 6531 3.4). */
    err e = mail_path_take(&c, MAIL_REVERSE_PATH, smtp_offered(s, SMTP_EXT_SMTPUTF8), sender);
    if (failed(e)) {
        return sender->utf8 ? smtp_reply_of(SMTP_SENDER_UTF8)
                            : smtp_reply_with(SMTP_SENDER_SYNTAX, span_text(e.what));
    }
    struct smtp_reply r = smtp_parameters_read(s, &c, false, parameters, PARAMETERS, params);
    if (!smtp_replied(r) && sender->utf8 && !params->utf8) {
        return smtp_reply_of(SMTP_SENDER_UTF8);
    }
    if (params->requiretls) {
        params->ret = DSN_RET_HDRS; /* RFC 8689 5: whatever RET says */
    }
    return smtp_replied(r) ? r : size_check(s, params);
}

/* RFC 4954 5: whom the client vouches for counts only if the client is known. */
static void authenticated_sender_take(struct smtp_session *s)
{
    span given = s->tx.params.auth;
    struct buf decoded;
    bool keep = true;
    s->tx.params.auth = SPAN_EMPTY;
    if (given.len == 0 || span_eq(given, SPAN("<>"))) {
        return;
    }
    if (s->authenticated == NULL) {
        log_printf(s->server->log, LOG_MAIN, SPAN_EMPTY,
                   "ignoring AUTH=%.*s from %s%s%s (client not authenticated)", SPAN_FMT(given),
                   s->peer->tcp ? "[" : "", s->peer->tcp ? s->remote_text : "a local caller",
                   s->peer->tcp ? "]" : "");
        return;
    }
    buf_init(&decoded, given.len + 1);
    (void)mail_xtext_decode(given, &decoded);
    s->message_facts.authenticated_sender = buf_settle(&decoded, s->tx.arena);
    const struct template *condition = s->authenticated->generic->server_mail_auth_condition;
    if (condition != NULL) {
        struct expanded e = expand_to_bool(condition, smtp_expansion(s), &keep);
        keep = keep && e.outcome == EXPAND_OK;
    }
    if (!keep) {
        s->message_facts.authenticated_sender = SPAN_EMPTY;
    }
    s->tx.params.auth = s->message_facts.authenticated_sender;
}

static void rejected_log(struct smtp_session *s, const struct smtp_command *command, span sender,
                         const struct smtp_mail_params *params, struct smtp_reply r)
{
    struct log_details details = {.sender = sender, .command = command->line,
                                  .size = params->size, .limit = s->conf->message_size_limit,
                                  .text = smtp_session_reason(s, r)};
    smtp_session_log(s, r.id == SMTP_SIZE_OVER ? LOG_EVENT_REJECTED_SIZE
                                               : LOG_EVENT_REJECTED_MAIL, &details);
}

/* The transaction is open while its ACL is asked, so that what the ACL wants done has a place; it is
   gone again when the answer is no. */
static struct smtp_reply begin(struct smtp_session *s, span sender,
                               const struct smtp_mail_params *params)
{
    smtp_transaction_begin(s, sender, params);
    s->tx.sender = smtp_rewrite_envelope(s, REWRITE_ENVELOPE_FROM, s->tx.sender);
    s->message_facts.sender_address = s->message_facts.return_path = s->tx.sender;
    authenticated_sender_take(s);
    struct smtp_subject about = {.words = s->tx.sender};
    struct smtp_answer a = smtp_ask(s, ACL_MAIL, &about, SMTP_SENDER_OK);
    if (a.verdict == ACL_DISCARDS) {
        s->tx.changes.discarded = true;
        s->tx.discarded_by = "MAIL";
        s->tx.discard_text = arena_copy(s->tx.arena, a.log_message);
    }
    if (a.reply.id != SMTP_SENDER_OK) {
        smtp_transaction_end(s);
        return a.reply;
    }
    s->messages++;
    s->stage = STAGE_MAIL;
    return a.reply;
}

err smtp_cmd_mail(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    if (s->conf->smtp_accept_max_per_connection > 0 &&
        s->messages >= s->conf->smtp_accept_max_per_connection) {
        smtp_session_log(s, LOG_EVENT_TOO_MANY_MESSAGES, &(struct log_details){.count = s->messages});
        *r = smtp_reply_of(SMTP_MANY_MESSAGES);
        return OK;
    }
    struct mail_address sender = {0};
    struct smtp_mail_params params = {0};
    *r = mail_read(s, smtp_rewrite_argument(s, command->args), &sender, &params);
    if (!smtp_replied(*r)) {
        *r = begin(s, sender.text, &params);
    } else if ((smtp_replies[r->id].flags & SMTP_COUNTS) == 0) {
        rejected_log(s, command, sender.text, &params, *r);
    }
    return OK;
}
