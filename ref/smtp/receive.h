/* A message on its way from the wire, or from standard input, into the spool: the text machine in
   front, the spool behind, and in between the decision whether it is taken. A 250 is said only
   after smtp_receive_commit() has said SMTP_ACCEPTED: everything is on the disk then. */
#ifndef REF_SMTP_RECEIVE_H
#define REF_SMTP_RECEIVE_H

#include "ref/smtp/pace.h"
#include "ref/smtp/reply.h"
#include "ref/smtp/seals.h"
#include "ref/smtp/session.h"
#include "ref/smtp/text.h"

/* A message on its way. */
struct smtp_receive {
    const struct smtp_server *server;
    struct spool_message message;
    struct smtp_text text;
    struct smtp_pace pace; /* of a session */
    err failure;       /* the spool's first complaint; what comes after is read and dropped */
    struct smtp_seals *seals; /* DKIM and ARC of this text */
    uint64_t octets;   /* as received, in this message's chunks */
    bool rehearsal;    /* -bh: it is not kept */
    bool later;        /* queue_only, control = queue_only or freeze: not delivered at once */
};

/* Takes an id and makes -D. Never fails: a spool that cannot be written shows at the end, when the
   client listens. queue: a named one; NULL or empty: the usual one. dkim: signatures are verified. The
   arena must live until smtp_receive_close(). */
struct smtp_receive *smtp_receive_open(const struct smtp_server *server, struct arena *arena,
                                       const char *queue, bool dots, bool dkim);
/* The text of the session's transaction begins now: from DATA, with dots, or with a chunk. */
struct smtp_receive *smtp_receive_begin(struct smtp_session *s, bool dots);
/* Takes text as it came; says how many octets (fewer only at the end of DATA). */
size_t smtp_receive_take(struct smtp_receive *r, span in);
/* The text is complete. SMTP_NO_REPLY: it may be stored; else why not. */
enum smtp_reply_id smtp_receive_check(struct smtp_receive *r);
/* It may be stored: fills in the envelope and puts the Received: field on top. tx: the session's. */
void smtp_receive_stamp(struct smtp_receive *r, const struct smtp_session *s,
                        const struct smtp_transaction *tx);
/* Stores it durably and logs its arrival: SMTP_ACCEPTED, or why not. */
enum smtp_reply_id smtp_receive_commit(struct smtp_receive *r, const struct smtp_session *s);
/* Gives up what was not committed. NULL is fine. */
void smtp_receive_close(struct smtp_receive *r);

/* All of it, with the session's facts and what its ACL for the text says, logging a refusal; the
   session's answer to the end of the text. Ends the transaction. */
struct smtp_reply smtp_receive_finish(struct smtp_session *s, struct smtp_receive *r);

/* What $h_..., $message_body and their kin stand for from now on. */
void smtp_receive_facts(struct smtp_session *s, struct smtp_receive *r);
/* Recipients, fields and ACL between the two: what a session does with a text that may be stored.
   *answer is SMTP_ACCEPTED or what the client is told instead. False: it is not to be stored, and
   the log knows. */
bool smtp_receive_decide(struct smtp_session *s, struct smtp_receive *r, enum acl_stage stage,
                         struct smtp_reply *answer);

#endif
