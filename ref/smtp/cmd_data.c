/* data = "DATA" CRLF, then 354, the text, CRLF.CRLF                         RFC 5321 4.1.1.4
   One reply for all recipients; what goes wrong after it would have to be mailed (4.4). */
#include "ref/smtp/ask.h"
#include "ref/smtp/command.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/session.h"

static err text_read(struct smtp_session *s, struct smtp_receive *r)
{
    while (!smtp_text_ended(&r->text)) {
        TRY(smtp_pace_fill(s, &r->pace));
        size_t taken = smtp_receive_take(r, smtp_input_span(s));
        r->pace.octets += taken;
        s->in.from += taken;
    }
    return OK;
}

err smtp_cmd_data(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    (void)command;
    if (s->stage == STAGE_MAIL) {
        *r = smtp_reply_of(s->tx.rcpt_refused ? SMTP_ALL_REFUSED : SMTP_NO_RECIPIENT);
        return OK;
    }
    *r = smtp_ask(s, ACL_PREDATA, NULL, SMTP_DATA_GO).reply;
    if (r->id != SMTP_DATA_GO) {
        return OK;
    }
    smtp_reply_write(*r, SPAN_EMPTY, &s->out);
    TRY(smtp_pipeline_flush(s));
    struct smtp_receive *receive = smtp_receive_begin(s, true);
    s->reading_text = true;
    TRY(text_read(s, receive));
    s->reading_text = false;
    *r = smtp_pipeline_check_text(s, "end of data");
    if (!smtp_replied(*r)) {
        *r = smtp_receive_finish(s, receive);
    }
    return OK;
}
