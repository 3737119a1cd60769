/* The commands, as a table: a verb is a file and a row. */
#ifndef REF_SMTP_VERBS_H
#define REF_SMTP_VERBS_H

#include "base/err.h"
#include "ref/smtp/reply.h"

struct smtp_session;
struct smtp_command;

enum smtp_argument { ARGUMENT_NONE, ARGUMENT_NEEDED, ARGUMENT_FREE };

/* Does the command; *r is its reply. err: the connection is over. */
typedef err smtp_handler(struct smtp_session *s, const struct smtp_command *command,
                         struct smtp_reply *r);

struct smtp_verb_rule {
    const char *name;
    unsigned stages;      /* bits by enum smtp_stage in which it is legal */
    enum smtp_argument argument;
    bool ends_group;      /* RFC 2920 3.1: its reply must be waited for */
    bool ends_session;    /* QUIT: what follows is not looked at */
    bool takes_octets;    /* BDAT: octets follow, wanted or not; the handler looks at the stage */
    bool utf8;            /* RFC 6531 3.3: its argument may hold UTF-8 */
    bool nonmail;         /* counts for smtp_accept_max_nonmail */
    smtp_handler *handler; /* NULL: known, not implemented: 502 */
    const char *help;
    const char *clause;
};

/* Sorted by name. */
extern const struct smtp_verb_rule smtp_verbs[];
extern const size_t smtp_verb_count;

/* RFC 5321 4.1.4: may this command come now? SMTP_NO_REPLY: yes. */
struct smtp_reply smtp_verb_allowed(const struct smtp_session *s,
                                    const struct smtp_command *command);

/* cmd_*.c */
smtp_handler smtp_cmd_auth, smtp_cmd_bdat, smtp_cmd_data, smtp_cmd_ehlo, smtp_cmd_expn, smtp_cmd_helo, smtp_cmd_help,
    smtp_cmd_mail, smtp_cmd_noop, smtp_cmd_quit, smtp_cmd_rcpt, smtp_cmd_rset, smtp_cmd_starttls,
    smtp_cmd_vrfy;

#endif
