/* From a batch to its driver. What every driver would do alike is done here: return_path and
   message_size_limit; a driver finds the sender in the job that it is given. */
#include "ref/transport/drivers.h"

static void (*const drivers[])(struct transport_job *job) = {
    [TRANSPORT_APPENDFILE] = transport_appendfile_run,
    [TRANSPORT_QUEUEFILE] = transport_queuefile_run,
    [TRANSPORT_SMTP] = transport_smtp_run,
};

/* The job with surroundings of its own. */
struct scene {
    struct transport_job job;
    struct expansion x;
    struct facts facts;
    struct facts_message message;
};

static void scene_make(const struct transport_job *job, struct scene *s)
{
    s->job = *job;
    s->x = *job->expansion;
    s->facts = *job->expansion->facts;
    s->message = s->facts.message != NULL ? *s->facts.message : (struct facts_message){0};
    s->message.return_path = job->sender;
    s->facts.message = &s->message;
    s->x.facts = &s->facts;
    s->job.expansion = &s->x;
}

static void defer_all(const struct transport_job *job, const char *text)
{
    for (size_t i = 0; i < job->count; i++) {
        job->addresses[i]->result.outcome = DELIVERY_DEFERRED;
        job->addresses[i]->result.error = DELIVERY_ERROR_EXPANSION;
        job->addresses[i]->result.text = span_text(text);
    }
}

/* return_path: a forced failure keeps the sender. */
static bool return_path(struct scene *s)
{
    const struct template *t = s->job.transport->generic->return_path;
    if (t == NULL) {
        return true;
    }
    struct expanded e = expand(t, &s->x);
    if (e.outcome == EXPAND_FAILED || e.outcome == EXPAND_DEFERRED) {
        defer_all(&s->job, arena_printf(s->job.arena, "Failed to expand return path \"%.*s\": %s",
                                        SPAN_FMT(template_text(t)), e.why));
        return false;
    }
    if (e.outcome == EXPAND_OK) {
        s->job.sender = s->message.return_path = arena_copy(s->job.arena, e.value.text);
    }
    return true;
}

err transport_expand(const struct transport_job *job, const char *option, const struct template *t,
                     struct value *out)
{
    *out = (struct value){.text = SPAN_EMPTY};
    if (t == NULL) {
        return OK;
    }
    struct expanded e = expand(t, job->expansion);
    if (e.outcome == EXPAND_FAILED || e.outcome == EXPAND_DEFERRED) {
        return err_of(ERR_DEFER, arena_printf(job->arena, "%s transport: failed to expand %s: %s",
                                              job->transport->name, option, e.why));
    }
    if (e.outcome == EXPAND_OK) {
        *out = e.value;
    }
    return OK;
}

bool transport_size_read(span text, uint64_t *octets)
{
    static const char units[] = "KMG";
    unsigned shift = 0;
    text = span_trim(text);
    for (unsigned i = 0; i < 3 && shift == 0 && text.len > 0; i++) {
        shift = (text.at[text.len - 1] & ~0x20) == units[i] ? 10 * (i + 1) : 0;
    }
    text = span_first(text, text.len - (shift > 0 ? 1 : 0));
    if (!span_to_u64(text, octets) || *octets > UINT64_MAX >> shift) {
        return false;
    }
    *octets <<= shift;
    return true;
}

/* message_size_limit: 0 is none. */
static bool size_allowed(struct scene *s)
{
    const struct template *t = s->job.transport->generic->message_size_limit;
    uint64_t limit = 0;
    if (t == NULL) {
        return true;
    }
    struct expanded e = expand(t, &s->x);
    if (e.outcome != EXPAND_OK || !transport_size_read(e.value.text, &limit)) {
        defer_all(&s->job, arena_printf(s->job.arena,
                                        "%s transport: message_size_limit is no size: %s",
                                        s->job.transport->name, e.outcome == EXPAND_OK
                                        ? arena_text(s->job.arena, e.value.text) : e.why));
        return false;
    }
    if (limit == 0 || spool_message_size(s->job.message) <= limit) {
        return true;
    }
    const char *why = arena_printf(s->job.arena, "message is too big (transport limit = %llu)",
                                   (unsigned long long)limit);
    for (size_t i = 0; i < s->job.count; i++) {
        struct delivery_result *r = &s->job.addresses[i]->result;
        r->outcome = DELIVERY_FAILED;
        r->status = SPAN("5.3.4");
        r->text = span_text(why);
    }
    return false;
}

void transport_run(struct transport_job *job)
{
    struct scene s;
    instant started = clock_now(job->clock);
    for (size_t i = 0; i < job->count; i++) {
        job->addresses[i]->result = (struct delivery_result){.started = started, .ended = started};
    }
    if (job->count == 0) {
        return;
    }
    scene_make(job, &s);
    bool plain = job->transport->driver == TRANSPORT_QUEUEFILE; /* generic options do nothing */
    if (!plain && (!return_path(&s) || !size_allowed(&s))) {
        return;
    }
    drivers[job->transport->driver](&s.job);
    for (size_t i = 0; i < job->count; i++) {
        struct delivery_result *r = &job->addresses[i]->result;
        r->ended = r->ended > started ? r->ended : clock_now(job->clock);
    }
}

/* Drivers part what they are given: appendfile by what its options come to for each address, smtp
   by max_rcpt; one copy of queuefile's is for all. Only multi_domain has to be known before. */
bool transport_mixes_domains(const struct conf_transport *transport)
{
    return transport->driver != TRANSPORT_SMTP ||
           (transport->own.smtp->multi_domain.when == NULL && transport->own.smtp->multi_domain.value);
}
