/* Inside ref/route: one address on its way through the routers, as preconditions and drivers see
   it. */
#ifndef REF_ROUTE_ROUTING_H
#define REF_ROUTE_ROUTING_H

#include "ref/route/route.h"

/* What a precondition or a driver comes to. */
enum routed {
    ROUTED_TAKEN,    /* to a transport: transport and hosts are set by the driver */
    ROUTED_CHILDREN, /* replaced by what is in outcome->children */
    ROUTED_DISCARD,
    ROUTED_DECLINE,  /* on to the next router, unless `more` forbids */
    ROUTED_PASS,     /* on to the next router, or to pass_router, whatever `more` says */
    ROUTED_DEFER,    /* routing->why */
    ROUTED_FAIL      /* routing->why */
};

struct routing {
    struct route_round *round;
    struct delivery_address *address;
    const struct conf_router *router;
    struct route_outcome *out;
    struct expansion *x;
    struct facts_address *facts;
    struct arena *arena;
    VEC(struct delivery_address *) children;
    const char *why;     /* for the log; NULL: nobody has said anything yet */
    span user_text;      /* for the client; empty: what the log is told */
    span status;         /* "5.1.10" where it is known */
    int error;           /* enum delivery_error */
    bool private;        /* the text is not for users: an error of the configuration */
    span errors_to;      /* of the address, before this router */
    bool has_errors_to;
    span srs_sender;     /* `srs = forward`: the return path of what this router makes; or empty */
    bool ran;            /* the preconditions of `router` held */
    bool timed_out;      /* it deferred because the DNS did not answer: pass_on_timeout */
};

/* Always ROUTED_DEFER or ROUTED_FAIL: sets the text. */
enum routed routing_defer(struct routing *r, const char *format, ...) PRINTF_LIKE(2, 3);
enum routed routing_fail(struct routing *r, const char *format, ...) PRINTF_LIKE(2, 3);
void routing_note(const struct routing *r, const char *format, ...) PRINTF_LIKE(2, 3);
void routing_log(const struct routing *r, unsigned files, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* A text of the configuration. ROUTED_DECLINE: it was forced to fail. Another failure defers, with
   "format: why", which is for nobody but the log. */
enum routed routing_expand(struct routing *r, const struct template *t, struct value *out,
                           const char *format, ...) PRINTF_LIKE(4, 5);
/* A boolean that may have to be expanded; a failed expansion defers, a forced one is `otherwise`. */
enum routed routing_switch(struct routing *r, const char *option, const struct conf_switch *s,
                           bool otherwise, bool *yes);
static inline bool routing_verifies(const struct routing *r)
{
    return r->round->purpose == ROUTE_VERIFY_RECIPIENT || r->round->purpose == ROUTE_VERIFY_SENDER;
}

/* A child with the address given (which is one), from what its parent has collected. */
struct delivery_address *routing_child(struct routing *r, span address);
/* The same for "/path" and "|command". */
struct delivery_address *routing_path_child(struct routing *r, span path);
/* The address goes through all routers again, with the domain that the option has for it. */
enum routed routing_reroute(struct routing *r, const char *option, span domain);
/* Takes the address apart into the child's parts. False: it is none; *why says so. */
bool routing_split(struct arena *arena, span address, struct delivery_address *a, const char **why);
/* $local_part and kin for the router that runs. */
void routing_facts(struct routing *r);

/* preconditions.c: ROUTED_TAKEN: the router runs; ROUTED_DECLINE: it is skipped; or ROUTED_DEFER. */
enum routed route_preconditions_check(struct routing *r);

/* settle.c: what every router that takes an address leaves with it. */
enum routed route_settle_address_data(struct routing *r);
enum routed route_settle_variables(struct routing *r);
enum routed route_settle_errors_to(struct routing *r, struct delivery_address *a);
enum routed route_settle_headers(struct routing *r, struct delivery_address *a);
enum routed route_settle_user(struct routing *r, struct delivery_address *a);
enum routed route_settle_transport(struct routing *r, const char *option, const struct template *name,
                             const struct conf_transport **transport);
/* All of them but address_data, for an address that goes to the router's transport. */
enum routed route_settle_all(struct routing *r);

/* srs.c: the options srs... of redirect, before its data. ROUTED_TAKEN: go on. */
enum routed route_srs(struct routing *r);

typedef enum routed route_driver(struct routing *r);
route_driver route_accept, route_dnslookup, route_manualroute, route_redirect;

/* self.c: the host found first is this one; says what `self` has for it. */
enum routed route_self(struct routing *r, span host, bool *send);

#endif
