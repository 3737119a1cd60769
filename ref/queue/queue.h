/* What is done with a message once it is accepted: one attempt to deliver it to everybody who has not
   got it yet, and runs over all that wait. RFC 5321 4.5.4 (strategies of sending and queueing).
   The states that a message passes through on disk are in docs/message-life.md. */
#ifndef REF_QUEUE_QUEUE_H
#define REF_QUEUE_QUEUE_H

#include "base/rng.h"
#include "ref/conf/snapshot.h"
#include "ref/expand/expand.h"
#include "ref/hints/store.h"
#include "ref/log/log.h"
#include "ref/spool/message.h"

struct acl_set;
struct seal_store;
struct queue_slots;
struct tls_shared;
struct transport_pool;

/* What deliveries share. Outlives them; threads may use it at once. */
struct queue {
    const struct conf *conf;
    const struct facts_server *facts;
    struct dns *dns;
    struct lookup_shared *lookups;
    struct rng *rng;
    const struct clock *clock;
    const struct log *log;
    struct spool *spool;
    struct hints *hints;
    const struct address *own;      /* addresses that are this host, for `self` */
    size_t own_count;
    struct queue_slots *slots;      /* for max_parallel; NULL: nobody counts */
    struct transport_pool *pool;    /* connections kept between messages; NULL: none is kept */
    struct tls_shared *tls;         /* for transports; NULL: TLS is not spoken */
    const struct acl_set *acls;     /* for event_action of transports; NULL: it can run none */
    struct seal_store *seals;       /* keys that messages are signed with; NULL: none is kept */
    const char *version;            /* "refmta 0.1.0": in Received: of reports */
    const char *user;               /* who gives orders: "removed by root" */
    const _Atomic bool *stopping;   /* set: the attempt at hand is ended, none is begun; NULL: never */
};

/* How an attempt is meant; bits. */
enum queue_how {
    QUEUE_AS_DUE = 0,               /* what retry times and queue_domains allow */
    QUEUE_FORCE = 1,                /* -qf, -M: now, whatever retry times say */
    QUEUE_THAW = 2,                 /* -qff, -M: frozen messages too */
    QUEUE_GIVE_UP = 4,              /* -Mg: nothing is tried, all that is left fails */
    QUEUE_IN_RUN = 8,               /* part of a queue run */
    QUEUE_FIRST = 16                /* right after acceptance */
};

enum queue_end {
    QUEUE_COMPLETED,                /* everybody has it, or a report tells why not */
    QUEUE_KEPT,                     /* somebody waits for a later attempt */
    QUEUE_FROZEN,                   /* it waits for somebody to look at it */
    QUEUE_BUSY,                     /* another thread or process works on it */
    QUEUE_DAMAGED,                  /* its files cannot be used; the log says why */
    QUEUE_GONE                      /* no such message */
};

/* One attempt. Reports that it makes are messages of their own, and are delivered behind it. */
enum queue_end queue_deliver(const struct queue *q, span id, unsigned how);

/* A run over all messages of the spool with that many attempts at once (0: as many as suits). Begins
   with the first as soon as the names are read; files are only opened one by one. Texts of errors are in
   arena. */
err queue_run(const struct queue *q, unsigned how, size_t at_once, struct arena *arena) MUST_CHECK;

/* Whether what comes in now is left for a queue run: queue_only. */
bool queue_only(const struct queue *q);

/* Mails `to` that this message, written but not committed, was not taken, and gives it back; *id: the
   report's, in arena. */
err queue_refusal_tell(const struct queue *q, struct spool_message *m, span to, const char *why,
                       struct arena *arena, span *id) MUST_CHECK;

/* Orders of the one who looks after the queue: -Mf, -Mt, -Mrm, -Mg. The text says what happened:
   "Message 1abc... is now frozen". */
enum queue_order { QUEUE_ORDER_FREEZE, QUEUE_ORDER_THAW, QUEUE_ORDER_REMOVE, QUEUE_ORDER_GIVE_UP };
err queue_move(const struct queue *q, span id, struct spool *to, struct arena *arena,
               const char **text) MUST_CHECK; /* -MG: to another queue */
err queue_order(const struct queue *q, enum queue_order order, span id, struct arena *arena,
                const char **text) MUST_CHECK;

#endif
