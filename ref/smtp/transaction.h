/* A mail transaction: what MAIL, RCPT and the text have said so far (RFC 5321 3.3). Begun by MAIL;
   freed by RSET, EHLO, HELO, the end of the text and the end of the session, in one function. */
#ifndef REF_SMTP_TRANSACTION_H
#define REF_SMTP_TRANSACTION_H

#include "base/arena.h"
#include "ref/acl/acl.h"
#include "ref/spool/envelope.h"

struct smtp_session;
struct smtp_receive;
struct smtp_spf;
struct smtp_dmarc;

enum smtp_body { SMTP_BODY_NONE, SMTP_BODY_7BIT, SMTP_BODY_8BITMIME };

/* Parameters of MAIL that can be given once each. */
struct smtp_mail_params {
    uint64_t size;
    enum smtp_body body;
    bool utf8, requiretls;
    enum dsn_ret ret;
    span envid;
    span auth;         /* AUTH=, decoded; "<>" counts as none */
};

struct smtp_transaction {
    bool open;
    struct arena *arena;
    span sender;               /* empty: <> */
    struct smtp_mail_params params;
    VEC(struct recipient) recipients;
    VEC(span) addresses;       /* of recipients, in the same order */
    VEC(span) optins;          /* bmi_optin, in the same order */
    bool many;                 /* recipients_max_reject: the message will be refused */
    bool rcpt_refused;         /* some RCPT was refused */
    size_t discarded;          /* recipients that an ACL threw away */
    const char *discarded_by;  /* "MAIL": the ACL that threw away all of them, or the last */
    span discard_text;         /* log_message of a MAIL ACL that discarded */
    span sender_address_data;  /* of the sender's verification, and whether a peer wrote it */
    bool sender_address_data_tainted;
    span sender_verify_failure;
    struct acl_changes changes;
    struct smtp_spf *spf;      /* NULL: nobody has asked */
    struct smtp_dmarc *dmarc;  /* so too */
    struct facts_policy policy;
    struct smtp_receive *text; /* BDAT: text so far */
    bool dcc_asked;            /* dccifd was, and its answer was... */
    enum acl_verified dcc;
};

/* MAIL was accepted. */
void smtp_transaction_begin(struct smtp_session *s, span sender,
                            const struct smtp_mail_params *params);
void smtp_transaction_add(struct smtp_session *s, const struct recipient *recipient);
/* Forgets all of it, a message begun in the spool included. No harm if none is open. */
void smtp_transaction_end(struct smtp_session *s);
/* The same when a transaction is given up: logged with the word, "RSET", "QUIT", ... */
void smtp_transaction_abandon(struct smtp_session *s, const char *word);

#endif
