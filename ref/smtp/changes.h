/* A message on its way into the spool is not kept as it came: rewriting rules, what ACLs want put in
   or taken out, and the fields that a submission lacks. */
#ifndef REF_SMTP_CHANGES_H
#define REF_SMTP_CHANGES_H

#include "ref/smtp/receive.h"

/* Takes fields out and puts fields in, as ACLs have asked so far; forgets what is done. */
void smtp_changes_apply(struct acl_changes *changes, struct spool_message *message);

/* Message-Id:, Date: and From:, unless they are there. `from` may be empty: no From: then. */
void smtp_fields_complete(struct spool_message *message, const char *host, span from);
/* control = submission: these, and Sender: as the client has authenticated. */
void smtp_submission_fix(struct smtp_session *s, struct spool_message *message);

/* The rules of the rewrite section on the argument of MAIL or RCPT as it came, on a recipient, the
   sender, or all header fields. */
span smtp_rewrite_argument(struct smtp_session *s, span argument);
span smtp_rewrite_envelope(struct smtp_session *s, unsigned where, span address);
void smtp_rewrite_fields(struct smtp_session *s, struct spool_message *message);

#endif
