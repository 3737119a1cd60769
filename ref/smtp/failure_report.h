/* A DMARC failure report as a message of its own in the spool. */
#ifndef REF_SMTP_FAILURE_REPORT_H
#define REF_SMTP_FAILURE_REPORT_H

#include "ref/seal/dmarc.h"
#include "ref/smtp/session.h"

/* told has all but author, to, results, header, date, message_id, boundary and version. One message to
   each address of ruf= that may have it; what goes wrong is logged. */
void smtp_failure_reports_send(struct smtp_session *s, struct dmarc_told *told);

#endif
