/* event_action: a text that is expanded for what it does (an ACL that writes a line, say) when a message was
   taken (msg:delivery, $event_data is what the server said) and when a connection is over (tcp:close), where
   all is known of its TLS. What comes of the text changes nothing. */
#include "ref/transport/smtp.h"

#include "ref/acl/acl.h"

struct event {
    struct smtp_run *r;
    struct acl_run run;
};

static struct expanded run_acl(void *context, span name, const struct value *arguments, size_t count,
                               bool *accepted)
{
    struct event *event = context;
    if (event->run.set != NULL) {
        return acl_expansion_run(&event->run, name, arguments, count, accepted);
    }
    *accepted = false;
    return (struct expanded){.outcome = EXPAND_FAILED, .why = "no ACL can be run here"};
}

static bool queue_running(void *context)
{
    const struct expand_services *s = ((struct event *)context)->r->x.services;
    return s != NULL && s->queue_running != NULL && s->queue_running(s->context);
}

static void variables_copy(const struct acl_variables *from, struct acl_variables *to)
{
    for (size_t i = 0; from != NULL && i < from->connection.count; i++) {
        const struct facts_variable *v = &from->connection.at[i];
        acl_variable_set(to, v->name, v->value, v->tainted);
    }
    for (size_t i = 0; from != NULL && i < from->message.count; i++) {
        const struct facts_variable *v = &from->message.at[i];
        acl_variable_set(to, v->name, v->value, v->tainted);
    }
}

static void happened(struct smtp_run *r, const char *name, span data)
{
    struct acl_variables variables = {0};
    struct acl_controls controls = {0};
    struct acl_services none = {0};
    struct facts facts = r->facts;
    struct expansion x = r->x;
    struct event event = {.r = r, .run = {.set = r->job->acls, .stage = ACL_NOT_SMTP, .x = &x,
                                          .services = &none, .log = r->job->log,
                                          .controls = &controls}};
    struct expand_services services = {.context = &event, .acl = run_acl,
                                       .queue_running = queue_running};
    variables_copy(facts.acl, &variables);
    facts.acl = &variables;
    x.facts = &facts;
    x.services = &services;
    r->host.event_name = span_text(name);
    r->host.event_data = data;
    struct expanded e = expand(r->transport->generic->event_action, &x);
    if (r->job->log != NULL && (e.outcome == EXPAND_FAILED || e.outcome == EXPAND_DEFERRED)) {
        log_printf(r->job->log, LOG_MAIN | LOG_PANIC, span_text(r->job->message->envelope.id),
                   "%s transport: failed to expand event_action for %s: %s", r->transport->name, name,
                   e.why);
    }
    r->host.event_name = r->host.event_data = SPAN_EMPTY;
    acl_variables_close(&variables);
}

void smtp_event_delivered(struct smtp_run *r, span reply)
{
    if (r->transport->generic->event_action != NULL) {
        happened(r, "msg:delivery", reply);
    }
}

/* The connection's owner is the run that made it: one with an event is not kept for another. */
static void closed(void *context, const struct facts_tls *tls)
{
    struct smtp_run *r = context;
    const struct facts_tls *now = r->host.tls;
    r->host.tls = tls;
    happened(r, "tcp:close", SPAN_EMPTY);
    r->host.tls = now;
}

void smtp_event_watch(struct smtp_run *r, struct smtp_connection *c)
{
    if (r->transport->generic->event_action != NULL) {
        c->closed = closed;
        c->closed_context = r;
    }
}
