/* VRFY and EXPN: RFC 5321 3.5, 4.1.1.6, 4.1.1.7. Whether, and what, is the ACLs' to say. */
#include "ref/mail/address.h"
#include "ref/smtp/ask.h"
#include "ref/smtp/command.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/session.h"

/* The argument as a mailbox, with or without brackets: String [SP "SMTPUTF8"]. *word: it is none
   because it has no domain. Else what is wrong with it, if anything is. */
static struct smtp_reply mailbox_take(span text, struct mail_address *a, bool *word)
{
    const span parameter = SPAN(" SMTPUTF8");
    size_t before = text.len - (text.len < parameter.len ? text.len : parameter.len);
    bool utf8 = span_eq_caseless(span_from(text, before), parameter);
    text = span_first(text, utf8 ? before : text.len);
    bool bracketed = text.len > 0 && text.at[0] == '<';
    err e = bracketed ? mail_path_parse(text, MAIL_FORWARD_PATH, utf8, a)
                      : mail_mailbox_parse(text, utf8, a);
    *word = failed(e) && !bracketed && span_find_byte(text, '@') == SPAN_NONE;
    if (!failed(e) || *word) {
        return smtp_reply_of(SMTP_NO_REPLY);
    }
    return a->utf8 && !utf8 ? smtp_reply_of(SMTP_VRFY_UTF8)
                            : smtp_reply_with(SMTP_RECIPIENT_SYNTAX, span_text(e.what));
}

/* Whether the client may ask at all, which is a matter of policy (7.3). */
static bool refused(struct smtp_session *s, enum acl_stage stage, const struct mail_address *a,
                    span words, struct smtp_answer *answer)
{
    if (smtp_asks(s, stage)) {
        struct buf local;
        buf_init(&local, MAIL_LOCAL_PART_LIMIT * 2);
        mail_local_part_put(a, &local);
        smtp_address_facts(s, buf_span(&local), a->domain);
        buf_wipe(&local);
    }
    struct smtp_subject about = {.words = words};
    *answer = smtp_ask(s, stage, &about, SMTP_VRFY_MAYBE);
    return answer->verdict != ACL_ACCEPTS;
}

/* A name without a domain is none that could be told apart (3.5.3: 252). What the ACL lets through is
   answered with 252: nobody has looked for the mailbox. The ACL can say 250 of those it knows. */
err smtp_cmd_vrfy(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    struct mail_address a = {0};
    struct smtp_answer answer;
    bool word;
    *r = mailbox_take(command->args, &a, &word);
    if (word) {
        *r = smtp_reply_of(SMTP_VRFY_MAYBE);
    } else if (!smtp_replied(*r)) {
        (void)refused(s, ACL_VRFY, &a, command->args, &answer);
        *r = answer.reply;
    }
    return OK;
}

/* There are no mailing lists here (3.5.3: 550). */
err smtp_cmd_expn(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    struct mail_address a = {0};
    struct smtp_answer answer;
    bool word;
    *r = mailbox_take(command->args, &a, &word);
    if (!smtp_replied(*r)) {
        bool no = refused(s, ACL_EXPN, &a, command->args, &answer);
        *r = no ? answer.reply : smtp_reply_of(SMTP_EXPN_UNKNOWN);
    }
    return OK;
}
