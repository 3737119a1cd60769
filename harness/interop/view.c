/* Two targets, one text: `receiver.` says whose a setting or a need is. Everything behind this sees
   cases for one target only. */
#include "harness/interop/view.h"

size_t view_receiver_actor(const struct scenario *s)
{
    for (size_t i = 0; i < s->actors.count; i++) {
        if (s->actors.at[i].receiver) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* text without `receiver.` where it is about the side that is asked for; NULL: about the other. */
static const char *own(const char *text, bool receiver)
{
    bool theirs = span_starts(span_text(text), SPAN(SCENARIO_RECEIVER));
    return theirs != receiver ? NULL : receiver ? text + sizeof SCENARIO_RECEIVER - 1 : text;
}

static struct scenario *view(const struct scenario *s, bool receiver, struct arena *arena)
{
    struct scenario *v = ARENA_NEW(arena, struct scenario);
    *v = *s;
    memset(&v->needs, 0, sizeof v->needs);
    memset(&v->sets, 0, sizeof v->sets);
    memset(&v->sections, 0, sizeof v->sections);
    for (size_t i = 0; i < s->needs.count; i++) {
        const char *need = own(s->needs.at[i], receiver);
        if (need) {
            vec_add(arena, &v->needs, need);
        }
    }
    for (size_t i = 0; i < s->sets.count; i++) {
        const struct setting *set = &s->sets.at[i];
        const char *key = own(set->key, receiver);
        if (key) {
            *vec_push(arena, &v->sets) = (struct setting){key, set->place, set->value};
        }
    }
    for (size_t i = 0; i < s->sections.count; i++) {
        const struct section *c = &s->sections.at[i];
        bool file = c->kind == SECTION_FILE || c->kind == SECTION_SPOOL;
        if (c->kind == SECTION_CONFIG ? c->receiver == receiver : !receiver || !file) {
            vec_add(arena, &v->sections, *c);
        }
    }
    return v;
}

struct scenario *view_of_sender(const struct scenario *s, struct arena *arena)
{
    return view(s, false, arena);
}

struct scenario *view_of_receiver(const struct scenario *s, struct arena *arena)
{
    struct scenario *v = view(s, true, arena);
    memset(&v->actors, 0, sizeof v->actors);
    memset(&v->blocks, 0, sizeof v->blocks);
    memset(&v->expects, 0, sizeof v->expects);
    return v;
}
