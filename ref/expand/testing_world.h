/* A small world for the tests of this room: a clock that stands, two named lists, ACLs t
   (accepts), d (denies) and f (defers). */
#ifndef REF_EXPAND_TESTING_WORLD_H
#define REF_EXPAND_TESTING_WORLD_H

#include "ref/expand/expand.h"

struct testing_world {
    struct arena *arena;
    struct clock_still clock;
    struct rng rng;
    struct facts_server server;
    struct facts_peer peer;
    struct facts_message message;
    struct facts_address address;
    struct acl_variables acl;
    struct facts facts;
    struct named_list lists[2];
    struct named_lists named;
    struct expand_services services;
    struct lookup_shared *shared;
    struct expansion x;
};

static struct expanded testing_acl(void *context, span name, const struct value *arguments,
                                   size_t count, bool *accepted)
{
    struct arena *arena = context;
    span first = count ? arguments[0].text : SPAN_EMPTY;
    *accepted = !span_eq(name, SPAN("d"));
    if (span_eq(name, SPAN("t"))) {
        const char *text = arena_printf(arena, "ok %.*s", SPAN_FMT(first));
        return (struct expanded){.value = {.text = span_text(text)}};
    }
    if (span_eq(name, SPAN("d"))) {
        return (struct expanded){.value = {.text = SPAN("no")}};
    }
    if (span_eq(name, SPAN("f"))) {
        return (struct expanded){.outcome = EXPAND_FORCED, .why = "DEFER from acl \"f\""};
    }
    return (struct expanded){
        .outcome = EXPAND_FAILED,
        .why = arena_printf(arena, "ERROR from acl \"%.*s\"", SPAN_FMT(name))};
}

static struct expanded testing_authresults(void *context, span id)
{
    const char *text = arena_printf(context, "Authentication-Results: %.*s", SPAN_FMT(id));
    return (struct expanded){.value = {.text = span_text(text)}};
}

/* Noon of 2026-01-20 UTC: day 20473, "7z" for SRS. */
#define TESTING_NOW (INT64_C(1768910400) * NANOS_PER_SECOND)

static inline void testing_world_open(struct testing_world *w)
{
    *w = (struct testing_world){.arena = arena_new()};
    clock_still_init(&w->clock, TESTING_NOW, 0);
    rng_seeded(&w->rng, 1);
    w->server = (struct facts_server){.primary_hostname = SPAN("host.example"),
                                      .clock = &w->clock.clock};
    w->acl.connection_arena = w->acl.message_arena = w->arena;
    w->facts = (struct facts){.server = &w->server, .peer = &w->peer, .message = &w->message,
                              .address = &w->address, .acl = &w->acl};
    w->lists[0] = (struct named_list){.kind = LIST_DOMAIN, .name = SPAN("dl")};
    w->lists[1] = (struct named_list){.kind = LIST_HOST, .name = SPAN("hl")};
    (void)!failed(
        template_read(SPAN("a.example : *.b.example : c::d"), w->arena, &w->lists[0].list));
    (void)!failed(template_read(SPAN("10.0.0.0/8"), w->arena, &w->lists[1].list));
    w->named = (struct named_lists){.at = w->lists, .count = 2};
    w->services = (struct expand_services){.context = w->arena, .acl = testing_acl,
                                           .authresults = testing_authresults};
    w->shared = lookup_shared_new(&w->clock.clock);
    w->x = (struct expansion){.facts = &w->facts, .arena = w->arena, .lists = &w->named,
                              .lookups = lookup_cache_new(w->shared), .rng = &w->rng,
                              .services = &w->services};
}

static inline void testing_world_close(struct testing_world *w)
{
    lookup_cache_free(w->x.lookups);
    lookup_shared_close(w->shared);
    arena_free(w->arena);
}

/* The result, or "Failed: why", as -be prints it. */
static inline const char *testing_expand(struct testing_world *w, const char *text)
{
    struct expanded r = expand_text(span_text(text), &w->x);
    return r.outcome == EXPAND_OK ? arena_text(w->arena, r.value.text)
                                  : arena_printf(w->arena, "Failed: %s", r.why);
}

#endif
