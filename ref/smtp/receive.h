/* A message on its way from the wire, or from standard input, into the spool: the text machine in
   front, the spool behind, and in between the decision whether it is taken. A 250 is said only
   after smtp_receive_commit() has said SMTP_ACCEPTED: everything is on the disk then. */
#ifndef REF_SMTP_RECEIVE_H
#define REF_SMTP_RECEIVE_H

#include "ref/smtp/reply.h"
#include "ref/smtp/session.h"
#include "ref/smtp/text.h"

struct smtp_receive {
    const struct smtp_server *server;
    struct spool_message message;
    struct smtp_text text;
    err failure;       /* the spool's first complaint; what comes after is read and dropped */
    instant began;
    uint64_t octets;   /* as received, in this message's chunks */
    bool refused;      /* a refusal was logged already */
};

/* Where a message comes from, for its envelope, its Received: field and the log. */
struct smtp_origin {
    struct log_host host;
    span ident;
    span protocol;     /* "esmtp" */
    span pipelining;   /* as the log shows it: "L", "L.", or empty */
    bool chunking;
    bool local;        /* not by TCP */
};

/* Takes an id and makes -D. Never fails: a spool that cannot be written shows at the end, when the
   client listens. The arena must live until smtp_receive_close(). */
struct smtp_receive *smtp_receive_open(const struct smtp_server *server, struct arena *arena,
                                       bool dots, uint64_t limit);
/* Takes text as it came; says how many octets (fewer only at the end of DATA). */
size_t smtp_receive_take(struct smtp_receive *r, span in);
/* The text is complete. SMTP_NO_REPLY: it may be stored; else why not. */
enum smtp_reply_id smtp_receive_check(struct smtp_receive *r);
/* Stores it durably and logs its arrival: SMTP_ACCEPTED, or why not. */
enum smtp_reply_id smtp_receive_commit(struct smtp_receive *r, const struct smtp_transaction *tx,
                                       const struct smtp_origin *origin);
/* Gives up what was not committed. NULL is fine. */
void smtp_receive_close(struct smtp_receive *r);

/* Check and commit in one, with the session's facts, logging a refusal; the session's answer to
   the end of the text. Ends the transaction. */
struct smtp_reply smtp_receive_finish(struct smtp_session *s, struct smtp_receive *r);

#endif
