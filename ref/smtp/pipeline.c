/* The check looks at one moment only: what has arrived by then. It cannot catch everybody who does
   not wait, but whoever is caught did not wait. */
#include "ref/smtp/pipeline.h"

#include "ref/smtp/command.h"
#include "ref/smtp/extensions.h"
#include "ref/smtp/line.h"
#include "ref/smtp/session.h"

err smtp_pipeline_flush(struct smtp_session *s)
{
    span held = buf_span(&s->out);
    if (held.len == 0) {
        return OK;
    }
    err e = wire_write(s->wire, held, s->conf->smtp_receive_timeout);
    buf_clear(&s->out);
    return e;
}

/* RFC 4954 4: AUTH with its whole exchange in one line need not be the last of its group. */
static bool ends_group(const struct smtp_command *command)
{
    bool whole = command->rule->handler == smtp_cmd_auth &&
                 span_starts_caseless(command->args, SPAN("PLAIN "));
    return command->rule->ends_group && !whole;
}

static bool is_hello(const struct smtp_command *command)
{
    return command->rule != NULL && (command->rule->handler == smtp_cmd_ehlo ||
                                     command->rule->handler == smtp_cmd_helo);
}

/* The group that nobody waited with is being read from here on. */
static bool early_begin(struct smtp_session *s)
{
    s->early_group = !s->peer->rehearsal && smtp_early_offered(s);
    s->early = s->early || s->early_group;
    return s->early_group;
}

/* EHLO alone, or its beginning: whoever says anything else has not waited. */
bool smtp_pipeline_early(struct smtp_session *s)
{
    const span hello = SPAN("EHLO ");
    span came = smtp_input_span(s);
    size_t both = came.len < hello.len ? came.len : hello.len;
    return span_eq_caseless(span_first(came, both), span_first(hello, both)) && early_begin(s);
}

/* The replies to an early group wait for each other, banner first. */
static bool waits(struct smtp_session *s, const struct smtp_command *command)
{
    s->early_group = s->early_group && command->rule != NULL && smtp_input_waits(s) &&
                     (is_hello(command) || !ends_group(command));
    return s->early_group && s->out.len <= SMTP_OUTPUT_HELD;
}

err smtp_pipeline_answer(struct smtp_session *s, const struct smtp_command *command,
                         struct smtp_reply r)
{
    smtp_reply_write(r, span_text(s->conf->primary_hostname), &s->out);
    bool known = command->rule != NULL;
    bool over = (smtp_replies[r.id].flags & SMTP_CLOSES) != 0;
    s->hello_said = s->hello_said || is_hello(command);
    if (!over && waits(s, command)) {
        return OK;
    }
    if (!known || ends_group(command) || over || !smtp_offered(s, SMTP_EXT_PIPELINING) ||
        s->out.len > SMTP_OUTPUT_HELD) {
        return smtp_pipeline_flush(s);
    }
    return OK;
}

static void log_sync(struct smtp_session *s, span command)
{
    struct log_details details = {
        .command = command, .input = smtp_input_span(s), .advertised = smtp_offered(s, SMTP_EXT_PIPELINING)};
    smtp_session_log(s, LOG_EVENT_SYNC, &details);
}

static struct smtp_reply too_soon(struct smtp_session *s, span command)
{
    log_sync(s, command);
    s->close_reason = "synchronization-error";
    smtp_transaction_abandon(s, "sync failure");
    return smtp_reply_of(SMTP_SYNC);
}

struct smtp_reply smtp_pipeline_check(struct smtp_session *s, const struct smtp_command *command)
{
    bool ehlo = command->rule != NULL && command->rule->handler == smtp_cmd_ehlo;
    if (s->early_group && !s->hello_said && !ehlo && s->controls.enforce_sync) {
        return too_soon(s, command->line); /* it only began like an early EHLO */
    }
    if (command->rule == NULL || command->rule->ends_session || s->stage == STAGE_REFUSED ||
        !smtp_input_followed(s)) {
        return smtp_reply_of(SMTP_NO_REPLY);
    }
    if (ehlo && !s->hello_said && (s->early_group || early_begin(s))) {
        s->pipelined = true;
        return smtp_reply_of(SMTP_NO_REPLY);
    }
    bool may = (smtp_offered(s, SMTP_EXT_PIPELINING) || s->early_group) && !ends_group(command);
    if (may || command->rule->takes_octets) {
        s->pipelined |= may;
        return smtp_reply_of(SMTP_NO_REPLY);
    }
    if (!s->controls.enforce_sync) {
        return smtp_reply_of(SMTP_NO_REPLY);
    }
    return too_soon(s, command->line);
}

struct smtp_reply smtp_pipeline_check_text(struct smtp_session *s, const char *what)
{
    if (smtp_offered(s, SMTP_EXT_PIPELINING) || !s->controls.enforce_sync || !smtp_input_followed(s)) {
        return smtp_reply_of(SMTP_NO_REPLY);
    }
    return too_soon(s, span_text(what));
}
