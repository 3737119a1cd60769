/* RSET, NOOP, QUIT, VRFY, HELP: RFC 5321 4.1.1.5 to 4.1.1.10. */
#include "ref/smtp/command.h"
#include "ref/smtp/policy.h"
#include "ref/smtp/session.h"

err smtp_cmd_rset(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    (void)command;
    smtp_transaction_abandon(s, "RSET");
    if (s->stage != STAGE_START) {
        s->stage = STAGE_HELLO;
    }
    *r = smtp_reply_of(SMTP_RESET_OK);
    return OK;
}

err smtp_cmd_noop(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    (void)s;
    (void)command;
    *r = smtp_reply_of(SMTP_NOOP_OK);
    return OK;
}

err smtp_cmd_quit(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    (void)command;
    smtp_transaction_abandon(s, "QUIT");
    s->quit = true;
    *r = smtp_reply_of(SMTP_BYE);
    return OK;
}

/* vrfy = "VRFY" SP String [SP "SMTPUTF8"]: a mailbox, with or without brackets. Only what RCPT
   would say is told; a name without a domain is none that could be told apart (3.5.3: 252). */
err smtp_cmd_vrfy(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    struct mail_address a = {0};
    span text = command->args;
    bool utf8 = span_ends(text, SPAN(" SMTPUTF8"));
    text = span_first(text, text.len - (utf8 ? 9 : 0));
    bool bracketed = text.len > 0 && text.at[0] == '<';
    err e = bracketed ? mail_path_parse(text, MAIL_FORWARD_PATH, utf8, &a)
                      : mail_mailbox_parse(text, utf8, &a);
    if (failed(e)) {
        bool word = !bracketed && span_find_byte(text, '@') == SPAN_NONE;
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

err smtp_cmd_help(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    (void)command;
    buf_clear(&s->detail);
    buf_put_text(&s->detail, "Commands of this server:");
    for (size_t i = 0; i < smtp_verb_count; i++) {
        if (smtp_verbs[i].help != NULL) {
            buf_printf(&s->detail, "\n%s", smtp_verbs[i].help);
        }
    }
    *r = smtp_reply_with(SMTP_HELP, buf_span(&s->detail));
    return OK;
}
