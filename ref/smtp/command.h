/* A command line taken apart: verb and argument (RFC 5321 2.4, 4.1.1). */
#ifndef REF_SMTP_COMMAND_H
#define REF_SMTP_COMMAND_H

#include "ref/smtp/line.h"
#include "ref/smtp/reply.h"
#include "ref/smtp/verbs.h"

struct smtp_command {
    const struct smtp_verb_rule *rule; /* NULL: not understood */
    span line;                         /* as received, without CRLF */
    span args;                         /* behind the blank; blanks at the end not included */
};

/* SMTP_NO_REPLY if the line is a command that can be looked at further. */
struct smtp_reply smtp_command_parse(struct smtp_session *s, const struct smtp_line *line,
                                     struct smtp_command *command);

#endif
