/* starttls = "STARTTLS" CRLF                                                            RFC 3207 4 */
#include "ref/smtp/ask.h"
#include "ref/smtp/command.h"
#include "ref/smtp/extensions.h"
#include "ref/smtp/line.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/tls.h"

static struct smtp_reply misplaced(struct smtp_session *s)
{
    if (s->tls != NULL) {
        return smtp_reply_of(SMTP_TLS_AGAIN);
    }
    if (!smtp_tls_offered(s)) {
        return smtp_reply_with(SMTP_NOT_IMPLEMENTED, SPAN("STARTTLS"));
    }
    if (s->stage == STAGE_START) {
        return smtp_reply_of(SMTP_NO_HELLO);
    }
    if (s->stage != STAGE_HELLO) {
        return smtp_reply_of(SMTP_TLS_IN_TRANSACTION);
    }
    if (!smtp_offered(s, SMTP_EXT_STARTTLS)) {
        return smtp_reply_of(SMTP_TLS_NOT_OFFERED);
    }
    return smtp_reply_of(SMTP_NO_REPLY);
}

/* The reply goes out before the handshake, so it does not go the way of others. */
err smtp_cmd_starttls(struct smtp_session *s, const struct smtp_command *command,
                      struct smtp_reply *r)
{
    (void)command;
    *r = misplaced(s);
    if (!smtp_replied(*r)) {
        *r = smtp_ask(s, ACL_STARTTLS, NULL, SMTP_TLS_GO).reply;
    }
    if (r->id == SMTP_TLS_GO && !smtp_tls_ready(s)) {
        *r = smtp_reply_of(SMTP_TLS_UNAVAILABLE);
    }
    if (r->id != SMTP_TLS_GO) {
        return OK;
    }
    smtp_reply_write(*r, span_text(s->conf->primary_hostname), &s->out);
    *r = smtp_reply_of(SMTP_NO_REPLY);
    TRY(smtp_pipeline_flush(s));
    if (!smtp_tls_begin(s)) {
        s->stage = STAGE_CLOSED;
    }
    return OK;
}
