/* Addresses to transports: the routers of the configuration, in order, with their preconditions.
   RFC 5321 5.1 for the order of hosts. */
#ifndef REF_ROUTE_ROUTE_H
#define REF_ROUTE_ROUTE_H

#include "base/rng.h"
#include "ref/conf/snapshot.h"
#include "ref/expand/expand.h"
#include "ref/route/address.h"

enum route_purpose { ROUTE_DELIVER, ROUTE_VERIFY_RECIPIENT, ROUTE_VERIFY_SENDER, ROUTE_TEST };

/* The surroundings of one round. */
struct route_round {
    const struct conf *conf;
    struct expansion *expansion;  /* facts->message set; route sets facts->address */
    struct dns *dns;
    struct rng *rng;              /* equal preferences (RFC 5321 5.1) */
    struct arena *arena;
    const struct address *own;    /* addresses that are us, for `self` */
    size_t own_count;
    enum route_purpose purpose;
    void (*note)(void *context, unsigned depth, span line); /* -bt and -d: what was tried; or NULL */
    void *note_context;
};

enum route_end {
    ROUTE_TO_TRANSPORT,           /* address->transport and hosts are set */
    ROUTE_CHILDREN,               /* replaced by children (redirect); empty: discarded */
    ROUTE_FAIL,                   /* address->result says why: "Unrouteable address", :fail: text */
    ROUTE_DEFER,
    ROUTE_DISCARD
};

struct route_outcome {
    enum route_end end;
    struct delivery_address **children;
    size_t child_count;
    bool unseen;                  /* `unseen`: children of an address that also goes on */
    bool sole_child;              /* one child: DSN parameters go on with it (RFC 3461 5.2.7.2) */
    const char *log;              /* text for the log of a failure or deferral */
    span user_text;               /* `cannot_route_message`, :fail: text: for 550 and reports */
};

/* Routes one address once. Loops among ancestors are found here ("loop"). */
struct route_outcome route_address(struct route_round *round, struct delivery_address *address);

/* An address of the envelope, to begin with. False: it cannot be taken apart (result is set). */
bool route_begin(struct route_round *round, span address, struct delivery_address *out);

#endif
