/* ehlo = "EHLO" SP ( Domain / address-literal ) CRLF helo = "HELO" SP Domain CRLF
   RFC 5321 4.1.1.1 Either resets the transaction when it is accepted; refused it changes nothing
   (4.1.4). The name is never compared with the address (4.1.4: MUST NOT refuse for that). */
#include "ref/mail/address.h"
#include "ref/smtp/ask.h"
#include "ref/smtp/command.h"
#include "ref/smtp/extensions.h"
#include "ref/smtp/session.h"

static bool hello_bad(struct smtp_session *s, const struct smtp_command *command, bool literal,
                      struct smtp_reply *r)
{
    enum mail_domain_kind kind;
    span name = command->args;
    if (name.len == 0) {
        *r = smtp_reply_of(SMTP_HELLO_MISSING);
    } else if (name.len >= sizeof s->helo ||
               (failed(mail_domain_parse(name, false)) &&
                !(literal && !failed(mail_literal_parse(name, &kind))))) {
        *r = smtp_reply_of(SMTP_HELLO_BAD);
    } else {
        return false;
    }
    struct log_details details = {.verb = span_text(command->rule->name),
                                  .text = name.len > 0 ? name : SPAN("(no argument given)"),
                                  .command = command->line};
    smtp_session_log(s, LOG_EVENT_REJECTED_HELLO, &details);
    return true;
}

/* The ACL sees the new name; when it says no the old one stays, as all else does. */
static struct smtp_reply ask(struct smtp_session *s, span name)
{
    if (!smtp_asks(s, ACL_HELO)) {
        return smtp_reply_of(SMTP_HELLO);
    }
    span before = s->host.helo;
    s->host.helo = s->peer_facts.helo_name = name;
    struct smtp_subject about = {.words = name};
    struct smtp_answer a = smtp_ask(s, ACL_HELO, &about, SMTP_HELLO);
    s->host.helo = s->peer_facts.helo_name = before;
    return a.reply;
}

static void greet_back(struct smtp_session *s, span name, const struct smtp_reply *said)
{
    memcpy(s->helo, name.at, name.len);
    s->helo[name.len] = '\0';
    s->host.helo = s->peer_facts.helo_name = span_of(s->helo, name.len);
    s->stage = STAGE_HELLO;
    buf_clear(&s->detail);
    if (said->said) { /* one line: below it stand the extensions */
        buf_put(&s->detail, span_first(said->detail, span_find_byte(said->detail, '\n')));
        return;
    }
    buf_printf(&s->detail, "%s Hello %s", s->conf->primary_hostname, s->helo);
    if (s->peer->tcp) {
        buf_printf(&s->detail, " [%s]", s->remote_text);
    }
}

static err hello(struct smtp_session *s, const struct smtp_command *command, bool extended,
                 struct smtp_reply *r)
{
    if (hello_bad(s, command, extended, r)) {
        return OK;
    }
    *r = ask(s, command->args);
    if (r->id != SMTP_HELLO) {
        return OK;
    }
    smtp_transaction_abandon(s, command->rule->name);
    s->extended = extended;
    s->hellos++;
    greet_back(s, command->args, r);
    s->offer = extended ? smtp_extensions_offer(s, &s->detail) : 0;
    *r = smtp_reply_with(SMTP_HELLO, buf_span(&s->detail));
    return OK;
}

err smtp_cmd_ehlo(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    return hello(s, command, true, r);
}

err smtp_cmd_helo(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    return hello(s, command, false, r);
}
