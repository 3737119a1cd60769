/* VRFY and EXPN: RFC 5321 3.5, 4.1.1.6, 4.1.1.7. Only what RCPT would say is told. */
#include "ref/smtp/command.h"
#include "ref/smtp/policy.h"
#include "ref/smtp/session.h"

/* The argument as a mailbox, with or without brackets: String [SP "SMTPUTF8"]. *word: it is none
   because it has no domain. */
static err mailbox_take(span text, struct mail_address *a, bool *word)
{
    bool utf8 = span_ends(text, SPAN(" SMTPUTF8"));
    text = span_first(text, text.len - (utf8 ? 9 : 0));
    bool bracketed = text.len > 0 && text.at[0] == '<';
    *word = !bracketed && span_find_byte(text, '@') == SPAN_NONE;
    return bracketed ? mail_path_parse(text, MAIL_FORWARD_PATH, utf8, a)
                     : mail_mailbox_parse(text, utf8, a);
}

/* A name without a domain is none that could be told apart (3.5.3: 252). */
err smtp_cmd_vrfy(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    struct mail_address a = {0};
    bool word;
    err e = mailbox_take(command->args, &a, &word);
    if (failed(e)) {
        *r = word ? smtp_reply_of(SMTP_VRFY_MAYBE)
             : a.utf8 ? smtp_reply_of(SMTP_VRFY_UTF8)
                      : smtp_reply_with(SMTP_RECIPIENT_SYNTAX, span_text(e.what));
        return OK;
    }
    enum smtp_reply_id answer = smtp_policy_recipient(s, &a).id;
    if (answer == SMTP_RECIPIENT_OK) {
        buf_clear(&s->detail);
        buf_put(&s->detail, a.text);
        *r = smtp_reply_with(SMTP_VRFY_OK, buf_span(&s->detail));
    } else {
        *r = smtp_reply_of(answer == SMTP_RECIPIENT_UNKNOWN ? SMTP_VRFY_UNKNOWN : SMTP_VRFY_MAYBE);
    }
    return OK;
}

/* There are no mailing lists here, and a mailbox is none (3.5.3: 550). */
err smtp_cmd_expn(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    struct mail_address a = {0};
    bool word;
    err e = mailbox_take(command->args, &a, &word);
    if (failed(e) && !word) {
        *r = smtp_reply_with(SMTP_RECIPIENT_SYNTAX, span_text(e.what));
        return OK;
    }
    bool mailbox = !word && smtp_policy_recipient(s, &a).id == SMTP_RECIPIENT_OK;
    *r = smtp_reply_of(mailbox ? SMTP_EXPN_MAILBOX : SMTP_EXPN_UNKNOWN);
    return OK;
}
