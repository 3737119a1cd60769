/* RSET, NOOP, QUIT, HELP: RFC 5321 4.1.1.5 and 4.1.1.8 to 4.1.1.10. */
#include "ref/smtp/ask.h"
#include "ref/smtp/command.h"
#include "ref/smtp/line.h"
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
    if (s->tls == NULL && s->peer->socket != NULL) {
        s->peer->socket->over = !smtp_input_followed(s);
    }
    *r = smtp_ask(s, ACL_QUIT, NULL, SMTP_BYE).reply;
    r->code = 0; /* 221, whatever the ACL says (RFC 5321 4.1.1.10) */
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
