/* The arrow from a session's ACLs to the routers, against the flow: ref/smtp declares it, ref/route is
   behind it, and only here are both known. */
#include "ref/run/verify.h"

#include "ref/route/verify.h"
#include "ref/run/world.h"

enum acl_verified run_verify_address(void *context, struct expansion *x,
                                     const struct acl_verify *what,
                                     struct acl_verify_answer *answer)
{
    struct run_instance *in = context;
    struct route_round round = {.conf = in->conf, .expansion = x, .dns = x->dns,
                                .rng = in->server.rng, .arena = x->arena, .log = &in->log,
                                .id = SPAN_EMPTY};
    route_own_addresses(in->conf, x->arena, &round.own, &round.own_count);
    return route_verify_answer(&round, what, answer);
}
