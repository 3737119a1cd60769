/* mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF                RFC 5321 4.1.1.2 */
#include "base/rows.h"
#include "ref/mail/address.h"
#include "ref/smtp/command.h"
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
    into->has_size = true;
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
        return "ENVID is 1 to 100 characters of xtext";
    }
    into->envid = p->value;
    return NULL;
}

static const struct smtp_parameter parameters[] = {
    {"BODY", SMTP_EXT_8BITMIME, body_read, "BODY can be given once only"},
    {"ENVID", SMTP_EXT_DSN, envid_read, "ENVID can be given once only"},
    {"RET", SMTP_EXT_DSN, ret_read, "RET can be given once only"},
    {"SIZE", SMTP_EXT_SIZE, size_read, "SIZE can be given once only"},
    {"SMTPUTF8", SMTP_EXT_SMTPUTF8, utf8_read, "SMTPUTF8 can be given once only"},
};
enum { PARAMETERS = sizeof parameters / sizeof *parameters };

/* SMTPUTF8 stands behind the path and decides how the path is read (RFC 6531 3.4). */
static bool asks_utf8(const struct smtp_session *s, span args)
{
    if (!smtp_offered(s, SMTP_EXT_SMTPUTF8)) {
        return false;
    }
    for (span word, rest = args; rest.len > 0;) {
        (void)span_split(rest, ' ', &word, &rest);
        if (span_eq_caseless(word, SPAN("SMTPUTF8"))) {
            return true;
        }
    }
    return false;
}

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
    err e = mail_path_take(&c, MAIL_REVERSE_PATH, asks_utf8(s, args), sender);
    if (failed(e)) {
        return sender->utf8 ? smtp_reply_of(SMTP_SENDER_UTF8)
                            : smtp_reply_with(SMTP_SENDER_SYNTAX, span_text(e.what));
    }
    struct smtp_reply r = smtp_parameters_read(s, &c, false, parameters, PARAMETERS, params);
    return smtp_replied(r) ? r : size_check(s, params);
}

err smtp_cmd_mail(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    if (s->conf->smtp_accept_max_per_connection > 0 &&
        s->messages >= s->conf->smtp_accept_max_per_connection) {
        smtp_session_log(s, LOG_EVENT_TOO_MANY_MESSAGES, NULL);
        *r = smtp_reply_of(SMTP_MANY_MESSAGES);
        return OK;
    }
    struct mail_address sender = {0};
    struct smtp_mail_params params = {0};
    *r = mail_read(s, command->args, &sender, &params);
    if (smtp_replied(*r) && (smtp_replies[r->id].flags & SMTP_COUNTS) == 0) {
        struct log_details details = {.sender = sender.text, .command = command->line,
                                      .size = params.size, .limit = s->conf->message_size_limit,
                                      .text = smtp_session_reason(s, *r)};
        smtp_session_log(s, r->id == SMTP_SIZE_OVER ? LOG_EVENT_REJECTED_SIZE
                                                    : LOG_EVENT_REJECTED_MAIL, &details);
    }
    if (smtp_replied(*r)) {
        return OK;
    }
    smtp_transaction_begin(s, sender.text, &params);
    s->messages++;
    s->stage = STAGE_MAIL;
    *r = smtp_reply_of(SMTP_SENDER_OK);
    return OK;
}
