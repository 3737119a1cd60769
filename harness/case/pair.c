/* What a case asks of its target is asked of both: they sleep when both sleep, they rest when both rest,
   and one that died ends the case. Everything else is the sender's. */
#include "harness/case/pair.h"

#include "harness/interop/view.h"

bool pair_name_read(const char *name, struct arena *arena, const char **sender,
                    const char **receiver)
{
    size_t at = span_find(span_text(name), SPAN(PAIR_ARROW));
    if (at == SPAN_NONE) {
        return false;
    }
    *sender = arena_text(arena, span_first(span_text(name), at));
    *receiver = arena_text(arena, span_from(span_text(name), at + sizeof PAIR_ARROW - 1));
    return true;
}

static size_t index_of(const struct pair *p, const struct scenario *s)
{
    size_t i = 0;
    while (i < p->set->cases.count && p->set->cases.at[i] != s) {
        i++;
    }
    return i;
}

const char *pair_lacks(const struct pair *p, const struct target *t, const struct scenario *s,
                       struct arena *arena)
{
    bool wants = view_receiver_actor(s) != SIZE_MAX;
    if (!p) {
        return wants ? "deselected: it takes a sender and a receiver, which assay matrix has" : NULL;
    }
    if (!wants) {
        return "deselected: no actor of it is the receiver; assay run has what it takes";
    }
    const char *lacks = target_lacks(t, view_of_sender(s, arena), arena);
    if (lacks) {
        return arena_printf(arena, "%s, the sender", lacks);
    }
    lacks = far_lacks(p->receiver, index_of(p, s), arena);
    return lacks ? arena_printf(arena, "%s, the receiver", lacks) : NULL;
}

err pair_ready(struct pair *p, const struct scenario *s, struct arena *arena,
               const struct scenario **view)
{
    *view = view_of_sender(s, arena);
    TRY(err_in(far_ready(p->receiver, index_of(p, s), arena), arena, "the receiver"));
    return err_in(target_ready(p->sender, *view, arena), arena, "the sender");
}

/* ---- the world of a play ---- */

static bool both_asleep(void *context)
{
    struct pair *p = context;
    return target_asleep(p->sender) && far_asleep(p->receiver);
}

static bool world_sut(void *context, const char *port, struct address *at)
{
    const struct pair *p = context;
    return target_sut(p->sender, port, at);
}
static bool world_client(void *context, const char *from, struct address *at)
{
    const struct pair *p = context;
    return target_client(p->sender, from, at);
}
static bool world_server(void *context, const char *endpoint, struct address *at)
{
    const struct pair *p = context;
    return target_server(p->sender, endpoint, at);
}
static bool world_asleep(void *context)
{
    const struct pair *p = context;
    return wire_idle(p->wire) && both_asleep(context);
}
static bool world_died(void *context)
{
    const struct pair *p = context;
    struct arena *arena = arena_new();
    bool died = target_died(p->sender) || far_death(p->receiver, arena);
    arena_free(arena);
    return died;
}
static bool world_rested(void *context)
{
    const struct pair *p = context;
    return wire_rests(p->wire) && target_rests(p->sender) && far_rests(p->receiver) &&
           wire_rests(p->wire);
}
static err world_act(void *context, const struct step *step)
{
    const struct pair *p = context;
    return target_act(p->sender, step);
}
static void world_pass(void *context, size_t actor, unsigned number, int fd)
{
    const struct pair *p = context;
    wire_take(p->wire, actor, number, fd);
}
static bool world_passed(void *context, size_t actor, unsigned number)
{
    const struct pair *p = context;
    return wire_over(p->wire, actor, number);
}

static err dial(void *context, int *fd)
{
    const struct pair *p = context;
    return far_dial(p->receiver, fd);
}

err pair_begin(struct pair *p, struct play_world *world)
{
    struct wire_ends ends = {.dial = dial, .asleep = both_asleep, .context = p};
    millis theirs = far_tells(p->receiver)->patience;
    TRY(wire_open(&ends, &p->wire));
    world->target = p;
    world->sut = world_sut;
    world->client = world_client;
    world->server = world_server;
    world->asleep = world_asleep;
    world->died = world_died;
    world->rested = world_rested;
    world->act = world_act;
    world->pass = world_pass;
    world->passed = world_passed;
    world->patience = theirs > world->patience ? theirs : world->patience;
    return OK;
}

err pair_end(struct pair *p, struct arena *arena, struct transcript *t, struct observation *seen,
             const char **death)
{
    const char *why;
    err e = far_observe(p->receiver, arena, seen);
    wire_close(p->wire, t, &why);
    p->wire = NULL;
    const char *theirs = far_death(p->receiver, arena);
    if (theirs && !*death) {
        *death = arena_printf(arena, "the receiver: %s", theirs);
    }
    return failed(e) || !why ? err_in(e, arena, "the receiver") : err_of(ERR_IO, why);
}

void pair_doubt(const struct scenario *s, const struct transcript *t, const struct observation *seen,
                struct arena *arena, struct report_case *rc)
{
    size_t actor = view_receiver_actor(s);
    size_t queued = 0;
    for (size_t i = 0; i < t->events.count; i++) {
        if (t->events.at[i].kind == SAW_CONNECT && t->events.at[i].actor == actor) {
            return;
        }
    }
    for (size_t i = 0; i < seen->spool.count; i++) {
        queued += seen->spool.at[i].state != NULL;
    }
    rc->state = STATE_INCONCLUSIVE;
    rc->reason = arena_printf(arena,
                              "the sender rests and never connected to the receiver (%zu messages in "
                              "its queue): nothing is shown of the pair; its log may say why",
                              queued);
}
