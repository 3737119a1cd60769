/* The record of a case, and what is counted from it.

   Flights are not guessed from times or reads: the play says where one begins (SAW_FLIGHT), because
   only it knows what was waited for. Here they are only read off, so that a count is the same on a
   fast and on a slow machine. */
#include "harness/transcript/transcript.h"

#include "base/check.h"

#include <string.h>

void transcript_init(struct transcript *t, struct arena *arena)
{
    *t = (struct transcript){.arena = arena};
}

struct event *transcript_add(struct transcript *t, enum event_kind kind, size_t actor,
                             unsigned number, enum side side)
{
    CHECK(number > 0);
    struct event *e = vec_push(t->arena, &t->events);
    e->at = clock_now(clock_system());
    e->kind = kind;
    e->actor = actor;
    e->number = number;
    e->side = side;
    return e;
}

static bool is_of(const struct event *e, size_t actor, unsigned number)
{
    return e->actor == actor && (number == 0 || e->number == number);
}

void transcript_flights(const struct transcript *t, size_t actor, unsigned number,
                        const char *until, struct arena *arena, side_list *flights)
{
    *flights = (side_list){0};
    for (size_t i = 0; i < t->events.count; i++) {
        const struct event *e = &t->events.at[i];
        if (!is_of(e, actor, number)) {
            continue;
        }
        if (e->kind == SAW_FLIGHT) {
            vec_add(arena, flights, e->side);
        }
        if (e->kind == SAW_MARK && until != NULL && e->text != NULL &&
            strcmp(e->text, until) == 0) {
            return;
        }
    }
}

span transcript_side(const struct transcript *t, size_t actor, unsigned number, enum side side,
                     struct arena *arena)
{
    size_t len = 0;
    for (size_t i = 0; i < t->events.count; i++) {
        const struct event *e = &t->events.at[i];
        if (e->kind == SAW_BYTES && e->side == side && is_of(e, actor, number)) {
            len += e->bytes.len;
        }
    }
    /* Number by number: connections that ran side by side are not to be mixed. */
    unsigned char *all = arena_take(arena, len + 1);
    size_t put = 0;
    for (unsigned n = number != 0 ? number : 1; put < len; n++) {
        for (size_t i = 0; i < t->events.count; i++) {
            const struct event *e = &t->events.at[i];
            if (e->kind == SAW_BYTES && e->side == side && e->bytes.len > 0 && is_of(e, actor, n)) {
                memcpy(all + put, e->bytes.at, e->bytes.len);
                put += e->bytes.len;
            }
        }
    }
    return span_of(all, len);
}
