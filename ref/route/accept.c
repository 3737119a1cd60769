/* accept: what meets the preconditions goes to the transport. And `self`, which the drivers that know
   hosts share. */
#include "ref/route/routing.h"

#include "ref/mail/address.h"

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
    size_t at = mail_at_sign(r->address->address);
    span address = span_text(arena_printf(r->arena, "%.*s@%.*s",
                                          SPAN_FMT(span_first(r->address->address, at)),
                                          SPAN_FMT(domain)));
    struct mail_address parsed;
    if (failed(mail_mailbox_parse(address, true, &parsed))) {
        r->private = true;
        return routing_defer(r, "self = reroute of %s router makes no address: %.*s",
                             r->router->name, SPAN_FMT(address));
    }
    vec_add(r->arena, &r->children, routing_child(r, address));
    return ROUTED_CHILDREN;
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
