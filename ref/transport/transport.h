/* Messages to where they go: one call takes a batch of addresses that share transport, hosts,
   sender and headers, and gives every one of them its result. */
#ifndef REF_TRANSPORT_TRANSPORT_H
#define REF_TRANSPORT_TRANSPORT_H

#include "ref/conf/snapshot.h"
#include "ref/expand/expand.h"
#include "ref/log/log.h"
#include "ref/route/address.h"
#include "ref/spool/message.h"

/* Asked and told by transports that try hosts; ref/queue stands behind it with the hints. */
struct transport_retry {
    void *context;
    /* False: this host is not to be tried yet. */
    bool (*host_due)(void *context, const struct route_host *host, uint16_t port, bool *expired);
    void (*host_result)(void *context, const struct route_host *host, uint16_t port,
                        const struct delivery_result *result);
    bool (*address_due)(void *context, const struct delivery_address *a);
};

/* Connections that stay open between the messages of one queue run, so that the next message for
   the same host goes over the one that is there (connection_max_messages). Threads share it. */
struct transport_pool;
struct transport_pool *transport_pool_open(void);
void transport_pool_close(struct transport_pool *pool); /* says QUIT on all of them; NULL is fine */

struct seal_store;
struct tls_shared;
struct hints;
struct acl_set;

struct transport_job {
    const struct conf *conf;
    const struct conf_transport *transport;
    struct delivery_address **addresses;
    size_t count;
    span sender;                  /* return path */
    struct spool_message *message;/* locked by the caller; -D open */
    struct expansion *expansion;
    struct dns *dns;
    struct rng *rng;
    const struct clock *clock;
    const struct log *log;        /* NULL: nothing is written of signing */
    struct arena *arena;
    const struct transport_retry *retry; /* NULL: nothing is known and nothing kept */
    /* Called for each address the moment its delivery is certain (durably written, or 250 behind
       the dot), before anything else is done: the journal line. more: another one follows at once,
       and this one's need not be on the disk before that one's. */
    err (*delivered)(void *context, struct delivery_address *a, bool more);
    void *context;
    const _Atomic bool *stopping; /* the daemon ends: finish the message at hand, begin no other */
    struct transport_pool *pool;  /* NULL: each connection ends with its message */
    struct tls_shared *tls;       /* NULL: TLS is not spoken */
    struct seal_store *seals;     /* keys that are signed with; NULL: none is kept */
    const struct acl_set *acls;   /* for event_action; NULL: it can run none */
    struct hints *hints;          /* what hosts offer (early pipelining); NULL: nothing is kept */
};

/* Runs the batch. Results are in the addresses. */
void transport_run(struct transport_job *job);

/* Whether a batch may have addresses of several domains. How many of them go together (max_rcpt, batch_max) is
   the transport's own matter. */
bool transport_mixes_domains(const struct conf_transport *transport);

#endif
