/* What is wrong with a line whatever its command means: length, octets that no command may hold,
   arguments that are missing or too many. */
#include "ref/smtp/command.h"

#include "base/rows.h"
#include "ref/mail/utf8.h"
#include "ref/smtp/extensions.h"
#include "ref/smtp/session.h"

enum { VERB_OCTETS = 8 };

static const struct smtp_verb_rule *rule_find(span line, size_t *verb_len)
{
    size_t len = 0;
    char word[VERB_OCTETS];
    while (len < line.len && ascii_is_alpha(line.at[len])) {
        if (len < sizeof word) {
            word[len] = (char)(line.at[len] & 0xDF);
        }
        len++;
    }
    if (len == 0 || len > sizeof word || (len < line.len && line.at[len] != ' ')) {
        return NULL;
    }
    *verb_len = len;
    return rows_find(smtp_verbs, smtp_verb_count, sizeof *smtp_verbs, span_of(word, len));
}

/* RFC 5321 4.1.2 (501), 2.4 (500); UTF-8 where RFC 6531 3.3 lets it in. */
static enum smtp_reply_id bad_octets(const struct smtp_session *s, const struct smtp_command *c)
{
    for (size_t i = 0; i < c->line.len; i++) {
        if ((c->line.at[i] < ' ' && c->line.at[i] != '\t') || c->line.at[i] == 127) {
            return SMTP_BAD_OCTET;
        }
    }
    bool may = smtp_offered(s, SMTP_EXT_SMTPUTF8) && c->rule->utf8;
    if (may ? mail_utf8_bad(c->line) != SPAN_NONE : mail_has_high(c->line)) {
        return SMTP_EIGHT_BIT;
    }
    return SMTP_NO_REPLY;
}

struct smtp_reply smtp_command_parse(struct smtp_session *s, const struct smtp_line *line,
                                     struct smtp_command *command)
{
    *command = (struct smtp_command){.line = line->text};
    if (line->too_long) {
        return smtp_reply_of(SMTP_LINE_TOO_LONG);
    }
    if (line->bare) {
        return smtp_reply_of(SMTP_BARE_NEWLINE);
    }
    size_t verb_len = 0;
    command->rule = rule_find(line->text, &verb_len);
    if (command->rule == NULL) {
        bool long_line = line->octets > SMTP_COMMAND_OCTETS;
        return smtp_reply_of(long_line ? SMTP_LINE_TOO_LONG : SMTP_UNKNOWN);
    }
    if (line->octets > smtp_command_octets(s, command->rule)) {
        return smtp_reply_of(SMTP_LINE_TOO_LONG);
    }
    enum smtp_reply_id bad = bad_octets(s, command);
    if (bad != SMTP_NO_REPLY) {
        return smtp_reply_of(bad);
    }
    /* RFC 5321 4.1.1: white space before CRLF is tolerated. */
    span args = span_from(line->text, verb_len);
    while (args.len > 0 && ascii_is_blank(args.at[args.len - 1])) {
        args.len--;
    }
    command->args = span_from(args, args.len > 0 ? 1 : 0);
    span word = span_text(command->rule->name);
    if (command->rule->argument == ARGUMENT_NONE && command->args.len > 0) {
        return smtp_reply_with(SMTP_ARGUMENT_UNEXPECTED, word);
    }
    if (command->rule->argument == ARGUMENT_NEEDED && command->args.len == 0) {
        return smtp_reply_with(SMTP_ARGUMENT_MISSING, word);
    }
    return smtp_reply_of(SMTP_NO_REPLY);
}
