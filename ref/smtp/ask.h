/* Asking ACLs in a session: what an outcome means for the client and what the log is told of it. */
#ifndef REF_SMTP_ASK_H
#define REF_SMTP_ASK_H

#include "ref/smtp/session.h"

/* What it is about; all of it may be empty. */
struct smtp_subject {
    span words;      /* for the log: "u@test.ex", the argument of the command */
    span id;         /* of the message, once there is one */
    span recipient;  /* RCPT: as the ACL is to see it */
    span local_part; /* RCPT: with its capitals */
    span below;      /* for the reject log: the message's header fields */
};

struct smtp_answer {
    enum acl_verdict verdict;
    struct smtp_reply reply; /* SMTP_NO_REPLY: go on */
    span log_message;
};

/* Asks the ACL of that stage; about may be NULL. `yes` is what the client is told if it accepts: the ACL may have put a
   code and a text of its own into it. Denials are logged. */
struct smtp_answer smtp_ask(struct smtp_session *s, enum acl_stage stage,
                            const struct smtp_subject *about, enum smtp_reply_id yes);
/* False: whoever it is, the ACL says yes; nothing has to be prepared for it. */
bool smtp_asks(const struct smtp_session *s, enum acl_stage stage);

#endif
