/* Reports about messages: failure, delay, success, as multipart/report (RFC 6522) with the fields of
   RFC 3464 as RFC 3461 section 6 asks for them, and the extra information of the seed. A report is a
   new message, put into the spool durably before the old one is let go. */
#ifndef REF_DSN_DSN_H
#define REF_DSN_DSN_H

#include "base/rng.h"
#include "ref/conf/snapshot.h"
#include "ref/expand/expand.h"
#include "ref/log/log.h"
#include "ref/route/address.h"
#include "ref/spool/message.h"

/* FROZEN: for those who look after this server (freeze_tell), not for a sender. REFUSED: a message that was
   handed in on this machine and not taken, so that there is nothing to say of its recipients. */
enum dsn_kind { DSN_KIND_FAILURE, DSN_KIND_DELAY, DSN_KIND_SUCCESS, DSN_KIND_FROZEN, DSN_KIND_REFUSED };
enum dsn_action { DSN_ACTION_FAILED, DSN_ACTION_DELAYED, DSN_ACTION_DELIVERED, DSN_ACTION_RELAYED,
                  DSN_ACTION_EXPANDED };

struct dsn_about {
    const struct delivery_address *address;
    enum dsn_action action;
};

struct dsn_request {
    enum dsn_kind kind;
    const struct conf *conf;
    struct expansion *expansion;
    const struct spool_message *original;
    const struct dsn_about *about;
    size_t count;
    span to;                      /* who is told: the original's sender, or errors_to of its addresses */
    const char *why;              /* FROZEN, REFUSED: the reason */
    instant now;
    struct spool *spool;
    const struct log *log;
    struct rng *rng;              /* the boundary */
    const char *version;          /* "refmta 0.1.0", for Received: */
    struct arena *arena;
};

/* Writes the report into the spool and commits it; *id is its message id. An empty sender of the
   original is the caller's affair: none is made for <> (RFC 3461 5.2). */
err dsn_send(const struct dsn_request *request, span *id) MUST_CHECK;

/* True if the recipient's NOTIFY asks for a report of this kind (RFC 3461 4.1): one of the first three. */
bool dsn_wanted(unsigned notify, enum dsn_kind kind);

#endif
