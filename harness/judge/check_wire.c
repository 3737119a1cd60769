/* What the transcript alone tells: flights, round trips, and the octets of a direction. */
#include "harness/judge/checks.h"

static void flights_of(const struct hearing *h, const struct expect *e, side_list *flights)
{
    size_t actor = hearing_actor(h, e->conn_actor);
    transcript_flights(h->t, actor, e->conn_number, e->until, h->arena, flights);
}

static const char *sides_text(const enum side *sides, size_t count, struct arena *arena)
{
    char *text = arena_take(arena, 2 * count + 1);
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = sides[i] == SIDE_C ? 'C' : 'S';
        text[2 * i + 1] = i + 1 < count ? ' ' : '\0';
    }
    return count > 0 ? text : "none";
}

void check_flights(const struct hearing *h, const struct expect *e, struct judgement *j)
{
    side_list got;
    flights_of(h, e, &got);
    j->ok = got.count == e->flights.count;
    for (size_t i = 0; j->ok && i < got.count; i++) {
        j->ok = got.at[i] == e->flights.at[i];
    }
    j->wanted =
        arena_printf(h->arena, "= %s", sides_text(e->flights.at, e->flights.count, h->arena));
    j->got = sides_text(got.at, got.count, h->arena);
}

/* Flights over two: compared doubled, so that halves stay whole numbers. */
void check_rtt(const struct hearing *h, const struct expect *e, struct judgement *j)
{
    side_list got;
    flights_of(h, e, &got);
    int64_t wanted = (int64_t)(2 * e->number + (e->half ? 1 : 0));
    j->ok = relation_holds(e->test.relation, (int64_t)got.count, wanted);
    j->wanted = arena_printf(h->arena, "%s %llu%s", relation_word(e->test.relation),
                             (unsigned long long)e->number, e->half ? ".5" : "");
    j->got = arena_printf(h->arena, "%zu%s (%s)", got.count / 2, got.count % 2 != 0 ? ".5" : "",
                          sides_text(got.at, got.count, h->arena));
}

void find_wire(const struct hearing *h, const struct expect *e, struct finding *f)
{
    size_t actor = hearing_actor(h, e->conn_actor);
    vec_add(h->arena, &f->values, transcript_side(h->t, actor, e->conn_number, e->side, h->arena));
}
