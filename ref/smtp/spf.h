/* SPF in a session: asked for when an ACL wants to know, once for a transaction. */
#ifndef REF_SMTP_SPF_H
#define REF_SMTP_SPF_H

#include "ref/seal/spf.h"
#include "ref/smtp/session.h"

/* Of one transaction. */
struct smtp_spf {
    struct spf_question question;
    struct spf_answer answer;
};

/* For struct acl_services; context is the session. */
span smtp_spf_result(void *context, bool guess);
/* "SPF=pass" for the arrival line; empty if nobody has asked. */
span smtp_spf_log(const struct smtp_transaction *tx, struct arena *arena);

#endif
