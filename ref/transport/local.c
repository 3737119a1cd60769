/* A transport that writes on this host is asked about one address at a time: what $local_part and its kin
   stand for, what became of it, and who gets a copy because of it. */
#include "ref/transport/local.h"

void local_scene_open(struct local_scene *scene, const struct transport_job *job,
                      const struct delivery_address *a)
{
    struct expansion *x = job->expansion;
    *scene = (struct local_scene){.facts = *x->facts, .before = x->facts, .x = x,
                                  .arena = job->arena, .transport = job->transport->name};
    if (x->facts->message != NULL) {
        scene->message = *x->facts->message;
    }
    if (x->facts->address != NULL) {
        scene->address = *x->facts->address;
    }
    scene->message.return_path = job->sender;
    scene->address.local_part = a->local_part;
    scene->address.domain = a->domain;
    scene->address.local_part_prefix = a->prefix;
    scene->address.local_part_suffix = a->suffix;
    scene->address.local_part_data = a->local_part_data;
    scene->address.domain_data = a->domain_data;
    scene->address.address_data = (struct value){a->address_data, a->address_data_tainted};
    scene->address.home = a->home;
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

err local_expand(struct local_scene *scene, const char *option, const struct template *t,
                 struct value *out)
{
    *out = (struct value){.text = SPAN_EMPTY};
    if (t == NULL) {
        return OK;
    }
    struct expanded e = expand(t, scene->x);
    if (e.outcome == EXPAND_FORCED) {
        return OK;
    }
    if (e.outcome != EXPAND_OK) {
        return err_of(ERR_DEFER, arena_printf(scene->arena, "%s transport: failed to expand %s: %s",
                                              scene->transport, option, e.why));
    }
    *out = e.value;
    return OK;
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
