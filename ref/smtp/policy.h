/* Whom this server takes mail for, as long as there are no ACLs and routers to ask: the address
   patterns of `accept_recipients`. Asked by RCPT, VRFY and local submission. */
#ifndef REF_SMTP_POLICY_H
#define REF_SMTP_POLICY_H

#include "ref/mail/address.h"
#include "ref/smtp/reply.h"
#include "ref/smtp/session.h"

/* The address as the envelope keeps it: <postmaster> gets qualify_domain. Borrows, or lives in the
   transaction. */
span smtp_policy_qualify(struct smtp_session *s, const struct mail_address *a);

/* SMTP_RECIPIENT_OK, SMTP_RECIPIENT_UNKNOWN in a domain of ours, else SMTP_RELAY_DENIED. RFC 5321
   4.5.1: postmaster is taken without a domain and in every domain of ours. */
struct smtp_reply smtp_policy_recipient(const struct smtp_session *s, const struct mail_address *a);

#endif
