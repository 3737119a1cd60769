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
    instant began;
    struct smtp_seals *seals; /* of a session: DKIM and ARC of this text */
    uint64_t octets;   /* as received, in this message's chunks */
    bool rehearsal;    /* -bh: it is not kept */
    bool later;        /* queue_only, control = queue_only or freeze: not delivered at once */
};

/* Where a message comes from, for its envelope, its Received: field and the log. */
struct smtp_origin {
    struct log_host host;
    span ident;
    span protocol;     /* "esmtp" */
    span pipelining;   /* as the log shows it: "L", "L.-", or empty */
    enum socket_fast fast_open;
    bool chunking;
    bool local;        /* not by TCP */
    span authenticated; /* "plain:u@x.test"; empty: not */
    bool fake;         /* the client is told no: control = fakereject */
    const struct facts_tls *tls; /* NULL: clear text */
    span cipher_name;  /* under TLS: the registered one */
};

/* Takes an id and makes -D. Never fails: a spool that cannot be written shows at the end, when the
   client listens. queue: a named one; NULL or empty: the usual one. The arena must live until
   smtp_receive_close(). */
struct smtp_receive *smtp_receive_open(const struct smtp_server *server, struct arena *arena,
                                       const char *queue, bool dots, uint64_t limit);
/* Takes text as it came; says how many octets (fewer only at the end of DATA). */
size_t smtp_receive_take(struct smtp_receive *r, span in);
/* The text is complete. SMTP_NO_REPLY: it may be stored; else why not. */
enum smtp_reply_id smtp_receive_check(struct smtp_receive *r);
/* It may be stored: fills in the envelope and puts the Received: field on top. */
void smtp_receive_stamp(struct smtp_receive *r, const struct smtp_transaction *tx,
                        const struct smtp_origin *origin);
/* Stores it durably and logs its arrival: SMTP_ACCEPTED, or why not. */
enum smtp_reply_id smtp_receive_commit(struct smtp_receive *r, const struct smtp_transaction *tx,
                                       const struct smtp_origin *origin);
/* Gives up what was not committed. NULL is fine. */
void smtp_receive_close(struct smtp_receive *r);

/* All of it, with the session's facts and what its ACL for the text says, logging a refusal; the
   session's answer to the end of the text. Ends the transaction. */
struct smtp_reply smtp_receive_finish(struct smtp_session *s, struct smtp_receive *r);

/* What $h_..., $message_body and their kin stand for from now on. */
void smtp_receive_facts(struct smtp_session *s, struct smtp_receive *r);
/* "esmtp", with what was agreed on; lives as long as the transaction. */
span smtp_protocol_name(const struct smtp_session *s);

/* ACL variables into the envelope. */
void smtp_variables_put(struct envelope *e, struct arena *arena, const struct facts_variable *at,
                        size_t count, bool message);
/* Recipients, fields and ACL between the two: what a session does with a text that may be stored.
   *answer is SMTP_ACCEPTED or what the client is told instead. False: it is not to be stored, and
   the log knows. */
bool smtp_receive_decide(struct smtp_session *s, struct smtp_receive *r,
                         struct smtp_origin *origin, enum acl_stage stage,
                         struct smtp_reply *answer);

#endif
