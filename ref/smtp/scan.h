/* Scanners in a session: what dccifd is told of a message, and what its answer does to it. */
#ifndef REF_SMTP_SCAN_H
#define REF_SMTP_SCAN_H

#include "ref/smtp/session.h"

/* For struct acl_services; context is the session. Asks once for each message. */
enum acl_verified smtp_scan_dcc(void *context);
/* The message is about to be stored: Brightmail's verdicts into its envelope, if an ACL wants them. */
void smtp_scan_brightmail(struct smtp_session *s, struct smtp_receive *r);

#endif
