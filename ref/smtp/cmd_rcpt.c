/* rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path )
          [SP Rcpt-parameters] CRLF                                          RFC 5321 4.1.1.3
   A source route is read and dropped (F.2). Who is taken is acl_smtp_rcpt's to say. */
#include "base/cursor.h"
#include "ref/mail/address.h"
#include "ref/smtp/ask.h"
#include "ref/smtp/changes.h"
#include "ref/smtp/command.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/parameters.h"
#include "ref/smtp/session.h"

/* Recipients in one transaction, whatever the configuration says: memory is bounded. */
enum { RECIPIENTS_CEILING = 100000 };

/* RFC 3461 4.1: NEVER alone, or a list of the others, each once or more, in any case. */
static const char *notify_read(const struct mail_param *p, void *recipient)
{
    struct recipient *into = recipient;
    static const struct {
        const char *word;
        enum dsn_notify bit;
    } words[] = {{"NEVER", DSN_NEVER}, {"SUCCESS", DSN_SUCCESS}, {"FAILURE", DSN_FAILURE},
                 {"DELAY", DSN_DELAY}};
    bool more = true;
    for (span word, rest = p->value; more;) {
        more = span_split(rest, ',', &word, &rest);
        unsigned bit = 0;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            bit |= span_eq_caseless(word, span_text(words[i].word)) ? words[i].bit : 0U;
        }
        if (bit == 0) {
            return "NOTIFY is NEVER, or a list of SUCCESS, FAILURE, DELAY";
        }
        into->notify |= bit;
    }
    bool alone = span_eq_caseless(p->value, SPAN("NEVER"));
    return (into->notify & DSN_NEVER) == 0 || alone ? NULL : "NOTIFY=NEVER stands alone";
}

/* RFC 3461 4.2 */
static const char *orcpt_read(const struct mail_param *p, void *recipient)
{
    struct recipient *into = recipient;
    if (p->value.len == 0 || p->value.len > 500) {
        return "ORCPT is 1 to 500 octets";
    }
    into->orcpt = p->value;
    return NULL;
}

static const struct smtp_parameter parameters[] = {
    {"NOTIFY", SMTP_EXT_DSN, notify_read},
    {"ORCPT", SMTP_EXT_DSN, orcpt_read},
};
enum { PARAMETERS = sizeof parameters / sizeof *parameters };

/* The address as the envelope keeps it: <postmaster> gets a domain. */
static span qualify(struct smtp_session *s, const struct mail_address *a)
{
    if (a->kind != MAIL_DOMAIN_NONE || a->null) {
        return a->text;
    }
    return span_text(
        arena_printf(s->tx.arena, "%.*s@%s", SPAN_FMT(a->local), s->conf->qualify_recipient));
}

static struct smtp_reply rcpt_read(struct smtp_session *s, span args, struct mail_address *to,
                                   struct recipient *into)
{
    struct cursor c = cursor_of(args);
    if (!cursor_take_caseless(&c, SPAN("TO:"))) {
        return smtp_reply_with(SMTP_SYNTAX, SPAN("RCPT TO:<path> expected"));
    }
    err e = mail_path_take(&c, MAIL_FORWARD_PATH, s->tx.params.utf8, to);
    if (failed(e)) {
        return to->utf8 ? smtp_reply_of(SMTP_RECIPIENT_UTF8)
                        : smtp_reply_with(SMTP_RECIPIENT_SYNTAX, span_text(e.what));
    }
    into->parent = -1;
    into->address = qualify(s, to);
    bool utf8 = s->tx.params.utf8;
    struct smtp_reply r = smtp_parameters_read(s, &c, utf8, parameters, PARAMETERS, into);
    if (!smtp_replied(r) && into->orcpt.len > 0 &&
        mail_orcpt_bad(into->orcpt, utf8) != SPAN_NONE) {
        return smtp_reply_with(SMTP_PARAMETER_BAD, SPAN("ORCPT is addr-type;printable xtext"));
    }
    return r;
}

static struct smtp_reply count_check(struct smtp_session *s)
{
    uint64_t most = s->conf->recipients_max;
    most = most == 0 || most > RECIPIENTS_CEILING ? RECIPIENTS_CEILING : most;
    if (s->tx.recipients.count < most) {
        return smtp_reply_of(SMTP_NO_REPLY);
    }
    struct log_details details = {.sender = s->tx.sender};
    if (s->conf->recipients_max_reject) {
        s->tx.many = true;
        smtp_session_log(s, LOG_EVENT_TOO_MANY_RECIPIENTS, &details);
        return smtp_reply_of(SMTP_RECIPIENTS_MANY_REFUSED);
    }
    return smtp_reply_of(SMTP_RECIPIENTS_MANY);
}

/* What the ACL looks at: the meaning of the local part, without quotes that say nothing, and the
   domain. */
static struct smtp_answer ask(struct smtp_session *s, const struct mail_address *to, span address)
{
    struct smtp_subject about = {.words = address};
    if (smtp_asks(s, ACL_RCPT)) {
        struct arena *arena = smtp_expansion(s)->arena;
        struct buf local;
        buf_init(&local, MAIL_LOCAL_PART_LIMIT * 2);
        mail_local_part_put(to, &local);
        span domain = span_from(address, mail_at_sign(address) + 1);
        about.local_part = buf_settle(&local, arena);
        about.recipient = span_text(arena_printf(arena, "%.*s@%.*s", SPAN_FMT(about.local_part),
                                                 SPAN_FMT(domain)));
        smtp_address_facts(s, about.local_part, domain);
    }
    return smtp_ask(s, ACL_RCPT, &about, SMTP_RECIPIENT_OK);
}

/* Thrown away: the client is told yes, and nothing is kept but a line in the log. */
static void discard(struct smtp_session *s, span address, const char *by, span text)
{
    struct buf line;
    buf_init(&line, LOG_LINE_LIMIT);
    log_host_put(s->server->log, &s->host, &line);
    buf_printf(&line, "%sF=<%.*s> RCPT <%.*s>: discarded by %s ACL%s%.*s", line.len > 0 ? " " : "",
               SPAN_FMT(s->tx.sender), SPAN_FMT(address), by, text.len > 0 ? ": " : "",
               SPAN_FMT(text));
    log_write(s->server->log, LOG_MAIN | LOG_REJECT, SPAN_EMPTY, buf_span(&line));
    buf_wipe(&line);
    s->tx.discarded++;
    s->tx.discarded_by = by;
}

static struct smtp_reply take(struct smtp_session *s, const struct mail_address *to,
                              const struct recipient *recipient)
{
    if (s->tx.changes.discarded) {
        discard(s, recipient->address, "MAIL", s->tx.discard_text);
        return smtp_reply_of(SMTP_RECIPIENT_OK);
    }
    s->tx.changes.bmi_optin = SPAN_EMPTY; /* another recipient's, who may have been refused */
    struct smtp_answer a = ask(s, to, recipient->address);
    if (a.verdict == ACL_DISCARDS) {
        discard(s, recipient->address, "RCPT", a.log_message);
    } else if (a.verdict == ACL_ACCEPTS) {
        smtp_transaction_add(s, recipient);
    }
    return a.reply;
}

err smtp_cmd_rcpt(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    struct mail_address to = {0};
    struct recipient recipient = {0};
    s->message_facts.rcpt_count++;
    *r = rcpt_read(s, smtp_rewrite_argument(s, command->args), &to, &recipient);
    if (!smtp_replied(*r)) {
        *r = count_check(s);
    }
    if (!smtp_replied(*r)) {
        *r = take(s, &to, &recipient);
    } else if ((smtp_replies[r->id].flags & SMTP_COUNTS) == 0) {
        struct log_details details = {.sender = s->tx.sender, .recipient = recipient.address,
                                      .command = command->line,
                                      .text = smtp_session_reason(s, *r)};
        smtp_session_log(s, LOG_EVENT_REJECTED_RCPT, &details);
    }
    if (r->id != SMTP_RECIPIENT_OK) {
        s->tx.rcpt_refused = true;
        return OK;
    }
    s->stage = STAGE_RCPT;
    return OK;
}
