/* The command by state table of RFC 5321 4.1.4 and RFC 3030 2, and with each verb what dispatch
   has to know of it. */
#include "ref/smtp/verbs.h"

#include "ref/smtp/command.h"
#include "ref/smtp/session.h"

#define IN(stage) (1U << STAGE_##stage)

enum {
    ANY_TIME = IN(START) | IN(HELLO) | IN(MAIL) | IN(RCPT) | IN(CHUNKS) | IN(FAILED),
};

#define NO false
#define YES true

/* clang-format off */
const struct smtp_verb_rule smtp_verbs[] = {
    /* word, legal in, argument, ends group, ends session, takes octets, UTF-8, nonmail,
       handler, help, clause */
    {"AUTH",     ANY_TIME,                ARGUMENT_FREE,   YES, NO,  NO,  NO,  YES,
     smtp_cmd_auth, NULL, "RFC4954-4"},
    {"BDAT",     IN(RCPT) | IN(CHUNKS),   ARGUMENT_FREE,   NO,  NO,  YES, NO,  NO,
     smtp_cmd_bdat, "BDAT size [LAST]", "RFC3030-2"},
    {"DATA",     IN(MAIL) | IN(RCPT),     ARGUMENT_NONE,   YES, NO,  NO,  NO,  NO,
     smtp_cmd_data, "DATA", "RFC5321-4.1.1.4"},
    {"EHLO",     ANY_TIME,                ARGUMENT_FREE,   YES, NO,  NO,  NO,  YES,
     smtp_cmd_ehlo, "EHLO domain", "RFC5321-4.1.1.1"},
    {"ETRN",     0,                       ARGUMENT_FREE,   YES, NO,  NO,  NO,  YES,
     NULL, NULL, "RFC1985-5"},
    {"EXPN",     ANY_TIME,                ARGUMENT_NEEDED, YES, NO,  NO,  YES, YES,
     smtp_cmd_expn, "EXPN list", "RFC5321-4.1.1.7"},
    {"HELO",     ANY_TIME,                ARGUMENT_FREE,   YES, NO,  NO,  NO,  YES,
     smtp_cmd_helo, "HELO domain", "RFC5321-4.1.1.1"},
    {"HELP",     ANY_TIME,                ARGUMENT_FREE,   YES, NO,  NO,  NO,  YES,
     smtp_cmd_help, "HELP [verb]", "RFC5321-4.1.1.8"},
    {"MAIL",     IN(HELLO),               ARGUMENT_NEEDED, NO,  NO,  NO,  YES, NO,
     smtp_cmd_mail, "MAIL FROM:<path> [parameters]", "RFC5321-4.1.1.2"},
    {"NOOP",     ANY_TIME,                ARGUMENT_FREE,   YES, NO,  NO,  YES, YES,
     smtp_cmd_noop, "NOOP", "RFC5321-4.1.1.9"},
    {"QUIT",     ANY_TIME | IN(REFUSED),  ARGUMENT_NONE,   YES, YES, NO,  NO,  NO,
     smtp_cmd_quit, "QUIT", "RFC5321-4.1.1.10"},
    {"RCPT",     IN(MAIL) | IN(RCPT),     ARGUMENT_NEEDED, NO,  NO,  NO,  YES, NO,
     smtp_cmd_rcpt, "RCPT TO:<path> [parameters]", "RFC5321-4.1.1.3"},
    {"RSET",     ANY_TIME,                ARGUMENT_NONE,   NO,  NO,  NO,  NO,  YES,
     smtp_cmd_rset, "RSET", "RFC5321-4.1.1.5"},
    {"SAML",     0,                       ARGUMENT_FREE,   NO,  NO,  NO,  NO,  YES,
     NULL, NULL, "RFC5321-F.6"},
    {"SEND",     0,                       ARGUMENT_FREE,   NO,  NO,  NO,  NO,  YES,
     NULL, NULL, "RFC5321-F.6"},
    {"SOML",     0,                       ARGUMENT_FREE,   NO,  NO,  NO,  NO,  YES,
     NULL, NULL, "RFC5321-F.6"},
    {"STARTTLS", ANY_TIME,                ARGUMENT_NONE,   YES, NO,  NO,  NO,  NO,
     smtp_cmd_starttls, "STARTTLS", "RFC3207-4"},
    {"TURN",     0,                       ARGUMENT_FREE,   YES, NO,  NO,  NO,  YES,
     NULL, NULL, "RFC5321-F.1"},
    {"VRFY",     ANY_TIME,                ARGUMENT_NEEDED, YES, NO,  NO,  YES, YES,
     smtp_cmd_vrfy, "VRFY address", "RFC5321-4.1.1.6"},
};
/* clang-format on */
const size_t smtp_verb_count = sizeof smtp_verbs / sizeof *smtp_verbs;

/* What a command that is out of place is told, by stage. */
static const enum smtp_reply_id misplaced[STAGE_COUNT] = {
    [STAGE_START] = SMTP_NO_HELLO,     [STAGE_HELLO] = SMTP_NO_MAIL,
    [STAGE_MAIL] = SMTP_NO_RECIPIENT,  [STAGE_RCPT] = SMTP_OUT_OF_ORDER,
    [STAGE_CHUNKS] = SMTP_CHUNKS_BEGUN, [STAGE_FAILED] = SMTP_CHUNK_FAILED,
    [STAGE_REFUSED] = SMTP_AFTER_REFUSAL, [STAGE_CLOSED] = SMTP_OUT_OF_ORDER,
};

struct smtp_reply smtp_verb_allowed(const struct smtp_session *s,
                                    const struct smtp_command *command)
{
    const struct smtp_verb_rule *rule = command->rule;
    if (s->stage == STAGE_REFUSED && !rule->ends_session) {
        return smtp_reply_of(SMTP_AFTER_REFUSAL);
    }
    if (rule->handler == NULL) {
        return smtp_reply_with(SMTP_NOT_IMPLEMENTED, span_text(rule->name));
    }
    if ((rule->stages >> s->stage & 1) != 0) {
        return smtp_reply_of(SMTP_NO_REPLY);
    }
    bool mail_again = rule->handler == smtp_cmd_mail &&
                      (s->stage == STAGE_MAIL || s->stage == STAGE_RCPT);
    return smtp_reply_of(mail_again ? SMTP_MAIL_OPEN : misplaced[s->stage]);
}
