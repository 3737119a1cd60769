/* DMARC in a session: the condition dmarc_status, the history that it writes, and the failure reports
   that it sends. */
#ifndef REF_SMTP_DMARC_H
#define REF_SMTP_DMARC_H

#include "ref/seal/dmarc.h"
#include "ref/smtp/session.h"

/* Of one message. */
struct smtp_dmarc {
    struct dmarc_question question;
    struct dmarc_answer answer;
};

/* For struct acl_services; context is the session. */
span smtp_dmarc_status(void *context);

#endif
