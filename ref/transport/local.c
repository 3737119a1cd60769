/* A transport that writes on this host is asked about one address at a time: what $local_part and its kin
   stand for, what became of it, and who gets a copy because of it. */
#include "ref/transport/local.h"

#include "ref/route/route.h"

void local_scene_open(struct local_scene *scene, const struct transport_job *job,
                      const struct delivery_address *a)
{
    struct expansion *x = job->expansion;
    *scene = (struct local_scene){.facts = *x->facts, .message = *x->facts->message,
                                  .before = x->facts, .x = x};
    route_facts(a, &scene->address);
    scene->address.transport_name = span_text(job->transport->name);
    scene->address.address_file = a->path ? a->address : SPAN_EMPTY;
    scene->facts.message = &scene->message;
    scene->facts.address = &scene->address;
    x->facts = &scene->facts;
}

void local_scene_close(struct local_scene *scene)
{
    scene->x->facts = scene->before;
}

void local_defer(struct delivery_address *a, int error, span text)
{
    a->result.outcome = DELIVERY_DEFERRED;
    a->result.error = error;
    a->result.text = text;
}

err local_done(const struct transport_job *job, struct delivery_address *a)
{
    a->result.outcome = DELIVERY_DONE;
    a->result.error = 0;
    a->result.text = SPAN_EMPTY;
    return job->delivered != NULL ? job->delivered(job->context, a, false) : OK;
}

void local_stop(const struct transport_job *job, err e)
{
    for (size_t i = 0; failed(e) && i < job->count; i++) {
        if (job->addresses[i]->result.outcome == DELIVERY_NONE) {
            local_defer(job->addresses[i], e.sys,
                        SPAN("an earlier delivery of this message could not be recorded"));
        }
    }
}

/* --- shadows --------------------------------------------------------------------------------- */

static bool shadow_wanted(const struct transport_job *job, const struct delivery_address *a)
{
    const struct template *condition = job->transport->generic->shadow_condition;
    struct local_scene scene;
    bool yes = true;
    if (a->result.outcome != DELIVERY_DONE || job->message->envelope.fake_delivery) {
        return false;
    }
    if (condition != NULL) {
        local_scene_open(&scene, job, a);
        yes = expand_to_bool(condition, job->expansion, &yes).outcome == EXPAND_OK && yes;
        local_scene_close(&scene);
    }
    return yes;
}

void local_shadow(const struct transport_job *job)
{
    const struct conf_transport *shadow = job->transport->shadow;
    for (size_t i = 0; shadow != NULL && i < job->count; i++) {
        struct delivery_address *a = job->addresses[i];
        if (!shadow_wanted(job, a)) {
            continue;
        }
        struct delivery_address copy = *a, *one = &copy;
        struct transport_job mine = *job;
        struct conf_transport last = *shadow;
        last.shadow = NULL; /* a shadow throws none: two could go on for ever */
        mine.transport = copy.transport = &last;
        mine.addresses = &one;
        mine.count = 1;
        mine.delivered = NULL;
        transport_run(&mine);
        a->result.shadow = span_text(
            copy.result.outcome == DELIVERY_DONE
                ? shadow->name
                : arena_printf(job->arena, "%s (%.*s)", shadow->name, SPAN_FMT(copy.result.text)));
    }
}
