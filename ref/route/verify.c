/* Verification is routing with nobody at the end of it. It may run in the middle of an ACL, so what it
   does to variables and captures is undone, but for what it is there to set. */
#include "ref/route/verify.h"

#include "ref/expand/eval.h"

/* What is known of the address that was looked at last. */
static struct route_verified verified(const struct delivery_address *a, enum acl_verified how,
                                      span user_text)
{
    bool bad = how != ACL_VERIFIED;
    return (struct route_verified){
        .outcome = how, .why = bad ? (const char *)a->result.text.at : NULL, .user_text = user_text,
        .status = bad ? a->result.status : SPAN_EMPTY, .address_data = a->address_data,
        .address_data_tainted = a->address_data_tainted, .address = a->address};
}

static struct route_verified walk(struct route_round *round, span address, bool on_redirect)
{
    struct delivery_address *a = ARENA_NEW(round->arena, struct delivery_address);
    if (!route_begin(round, address, a)) {
        struct route_verified v = verified(a, ACL_NOT_VERIFIED, a->result.text);
        v.malformed = true;
        return v;
    }
    for (;;) {
        struct route_outcome o = route_address(round, a);
        if (o.end == ROUTE_FAIL || o.end == ROUTE_DEFER) {
            return verified(a, o.end == ROUTE_FAIL ? ACL_NOT_VERIFIED : ACL_VERIFY_LATER,
                            o.user_text);
        }
        if (o.unseen && o.end != ROUTE_CHILDREN) {
            a = o.children[0]; /* what goes on behind the router has to get somewhere too */
            continue;
        }
        if (o.end != ROUTE_CHILDREN || on_redirect || o.child_count != 1 || o.children[0]->path) {
            return verified(a, ACL_VERIFIED, SPAN_EMPTY);
        }
        a = o.children[0];
    }
}

struct route_verified route_verify(struct route_round *round, span address, bool on_redirect)
{
    struct expansion *x = round->expansion;
    const struct facts *facts = x->facts;
    struct facts_address kept = *facts->address;
    struct facts nameless = *facts;
    struct facts_message message = {.sender_address = SPAN_EMPTY};
    struct captures captures = x->captures;
    bool no_sender = round->purpose == ROUTE_VERIFY_SENDER || round->for_reports;
    if (no_sender && facts->message != NULL) {
        message = *facts->message;
        message.sender_address = SPAN_EMPTY;
        nameless.message = &message;
        x->facts = &nameless;
    }
    struct route_verified v = walk(round, address, on_redirect);
    x->captures = captures;
    x->facts = facts;
    *facts->address = kept;
    return v;
}

/* --- for ACLs ------------------------------------------------------------------------------------ */

/* Code and status in front of what the client is told, unless the text has brought its own: RFC 3463
   X.1.1 and X.1.2 for recipients, X.1.8 for a sender whose domain is not there. A `:fail:` text that
   begins with a code says what it wants; one of another class is left to the session, which says so
   in the log. */
static span reply_text(struct route_round *round, const struct acl_verify *what,
                       const struct route_verified *v)
{
    bool later = v->outcome == ACL_VERIFY_LATER;
    const char *plain = later ? "Temporary local problem" : "Unrouteable address";
    const char *status = later ? "4.3.0" : what->recipient ? "5.1.1" : "5.1.8";
    struct acl_code code = {.status = SPAN_EMPTY, .text = v->user_text};
    unsigned number = later ? 451 : 550;
    if (v->user_text.len == 0) {
        code.text = span_text(plain);
    } else if (failed(acl_code_read(v->user_text, later ? '4' : '5', &code))) {
        return v->user_text;
    } else if (code.code != 0) {
        number = code.code;
    }
    span own = code.status.len > 0 ? code.status : what->recipient ? v->status : SPAN_EMPTY;
    own = own.len > 0 ? own : span_text(status);
    bool details = !what->recipient && !what->no_details;
    return span_text(details
        ? arena_printf(round->arena, "%u %.*s Verification failed for <%.*s>\n%.*s\nSender verify "
                       "failed", number, SPAN_FMT(own), SPAN_FMT(what->address),
                       SPAN_FMT(code.text))
        : arena_printf(round->arena, "%u %.*s %.*s", number, SPAN_FMT(own),
                       SPAN_FMT(what->recipient ? code.text : SPAN("Sender verify failed"))));
}

enum acl_verified route_verify_answer(struct route_round *round, const struct acl_verify *what,
                                      struct acl_verify_answer *answer)
{
    round->purpose = what->recipient ? ROUTE_VERIFY_RECIPIENT : ROUTE_VERIFY_SENDER;
    struct route_verified v = route_verify(round, what->address, what->on_redirect);
    *answer = (struct acl_verify_answer){.why = SPAN_EMPTY, .message = SPAN_EMPTY,
                                         .failure = SPAN_EMPTY, .address_data = v.address_data,
                                         .address_data_tainted = v.address_data_tainted};
    if (v.outcome != ACL_VERIFIED) {
        answer->why = span_text(v.why);
        answer->message = reply_text(round, what, &v);
        answer->failure = v.malformed ? SPAN("qualify") : SPAN("route");
    }
    return v.outcome;
}
