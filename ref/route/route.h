/* Addresses to transports: the routers of the configuration, in order, with their preconditions.
   RFC 5321 5.1 for the order of hosts. */
#ifndef REF_ROUTE_ROUTE_H
#define REF_ROUTE_ROUTE_H

#include "base/rng.h"
#include "ref/conf/snapshot.h"
#include "ref/expand/expand.h"
#include "ref/log/log.h"
#include "ref/route/address.h"
#include "ref/scan/bmi.h"

/* ROUTE_TEST: -bt. EXPN asks as ROUTE_VERIFY_RECIPIENT does, with `expn` in place of `verify`. */
enum route_purpose {
    ROUTE_DELIVER, ROUTE_VERIFY_RECIPIENT, ROUTE_VERIFY_SENDER, ROUTE_TEST, ROUTE_EXPN
};

enum { ROUTE_ANCESTORS_MOST = 100, ROUTE_GENERATED_MOST = 50000 };

/* The surroundings of one round. */
struct route_round {
    const struct conf *conf;
    struct expansion *expansion;  /* facts->message set; route writes into *facts->address */
    struct dns *dns;              /* NULL: names of hosts are not found for the moment */
    struct rng *rng;              /* equal preferences (RFC 5321 5.1) */
    struct arena *arena;
    const struct address *own;    /* addresses that are us, for `self`; loopback is us in any case */
    size_t own_count;
    enum route_purpose purpose;
    bool for_reports;             /* verification of an errors_to: reports have no sender */
    const struct log *log;        /* what a router says of itself; NULL: nobody is told */
    span id;                      /* of the message, for the log */
    const struct bmi_verdicts *verdicts; /* Brightmail's; NULL: there are none */
    void (*note)(void *context, unsigned depth, span line); /* -d+route: what was tried; or NULL */
    void *note_context;
    size_t generated;             /* children made so far in this round; zero at the start */
};

enum route_end {
    ROUTE_TO_TRANSPORT,           /* address->transport and hosts are set (verification: perhaps not) */
    ROUTE_CHILDREN,               /* replaced by children: redirect, `self = reroute` */
    ROUTE_FAIL,                   /* address->result says why: "Unrouteable address", :fail: text */
    ROUTE_DEFER,
    ROUTE_DISCARD                 /* :blackhole: */
};

struct route_outcome {
    enum route_end end;
    /* To be routed next, in this order, before whatever else waits; those whose `path` is set, or
       whose result has an outcome, are through with routing. With ROUTE_CHILDREN they take the place
       of the address. `unseen` adds one with `continued` set, with every end: the copy of the address
       that goes on to the routers behind. */
    struct delivery_address **children;
    size_t child_count;
    bool unseen;                  /* one of the children is such a copy */
    bool sole_child;              /* one child: DSN parameters go on with it (RFC 3461 5.2.7.2) */
    bool freeze;                  /* ROUTE_DEFER: the message is to be frozen */
    const char *log;              /* text for the log of a failure or deferral; as result.text */
    span user_text;               /* what the client or the report may say: `cannot_route_message`,
                                     :fail: text, perhaps with a reply code in front */
};

/* Routes one address once, from address->start on. Loops among ancestors are found here. What a
   failure or deferral is goes to address->result as well. */
struct route_outcome route_address(struct route_round *round, struct delivery_address *address);

/* An address of the envelope, to begin with: "local@domain", quoted as in SMTP. False: it cannot be
   taken apart (result is set). */
bool route_begin(struct route_round *round, span address, struct delivery_address *out);
/* The address to compare with others: RFC 5321 4.1.2, quotes that need not be there do not make
   another mailbox. */
span route_mailbox(span address, struct arena *arena);

/* What $local_part, $domain, $address_data, $parent_... and kin are for this address, once routed:
   for transports and reports. The spans borrow from it. */
void route_facts(const struct delivery_address *a, struct facts_address *facts);

/* Addresses of this host's interfaces, or those of local_interfaces if it names some: for
   route_round.own. */
void route_own_addresses(const struct conf *conf, struct arena *arena, const struct address **own,
                         size_t *count);

#endif
