/* accept: what meets the preconditions goes to the transport. And `self`, which the drivers that know
   hosts share. */
#include "ref/route/routing.h"

enum routed route_accept(struct routing *r)
{
    const struct router_generic *g = r->router->generic;
    enum routed end = route_settle_all(r);
    if (end == ROUTED_TAKEN && !g->verify_only) {
        end = route_settle_transport(r, "transport", g->transport, &r->address->transport);
    }
    return end;
}

static enum routed reroute(struct routing *r, span where)
{
    span domain = span_trim(span_from(where, strlen("reroute:")));
    if (span_starts(domain, SPAN("rewrite:"))) {
        domain = span_trim(span_from(domain, strlen("rewrite:")));
    }
    return routing_reroute(r, "self = reroute", domain);
}

enum routed route_self(struct routing *r, span host, bool *send)
{
    span what = span_text(r->router->generic->self);
    *send = span_eq(what, SPAN("send"));
    if (*send) {
        return ROUTED_TAKEN;
    }
    if (span_eq(what, SPAN("pass"))) {
        r->address->self_hostname = host;
        return ROUTED_PASS;
    }
    if (span_starts(what, SPAN("reroute:"))) {
        return reroute(r, what);
    }
    r->error = DELIVERY_ERROR_HOST_IS_LOCAL;
    if (span_eq(what, SPAN("fail"))) {
        r->status = SPAN("5.4.6"); /* RFC 3463: a routing loop */
        return routing_fail(r, "remote host address is the local host");
    }
    r->out->freeze = span_eq(what, SPAN("freeze"));
    if (r->out->freeze) {
        routing_log(r, LOG_MAIN, "remote host address is the local host: %.*s (while routing <%.*s>)",
                    SPAN_FMT(r->address->domain), SPAN_FMT(r->address->address));
    }
    return routing_defer(r, "remote host address is the local host");
}
