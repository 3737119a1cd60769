/* Whether an address could be delivered to, as far as the routers know: `verify = recipient` and
   `verify = sender` of ACLs, -bv, errors_to. Nobody is called: callouts are refused when the
   configuration is read. */
#ifndef REF_ROUTE_VERIFY_H
#define REF_ROUTE_VERIFY_H

#include "ref/acl/acl.h"
#include "ref/route/route.h"

struct route_verified {
    enum acl_verified outcome;
    const char *why;          /* for the log; NULL: it is verified */
    span user_text;           /* for the client; perhaps with a code and a status in front */
    span status;              /* "5.1.2", where it is known */
    bool malformed;           /* it is no address at all */
    span address_data;        /* of the last address that was looked at */
    bool address_data_tainted;
    span address;             /* that one: where redirection has led */
};

/* Redirection to one address leads on to it; to several, the address is good. on_redirect: it is good
   as soon as it is redirected. round->purpose says whether as sender or as recipient. */
struct route_verified route_verify(struct route_round *round, span address, bool on_redirect);

/* The same as an ACL asks: *round is used for this one question, its facts are put back after it. */
enum acl_verified route_verify_answer(struct route_round *round, const struct acl_verify *what,
                                      struct acl_verify_answer *answer);

#endif
