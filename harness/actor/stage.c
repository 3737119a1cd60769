/* What every part of a play needs: how it ends, what was asserted, what was seen. */
#include "harness/actor/stage.h"

#include <poll.h>

enum { DEATH_WAIT_MS = 50 };

void stage_end(struct stage *g, enum play_end end, struct place place, const char *what,
               const char *detail)
{
    if (g->ended) {
        return; /* the first reason is the reason */
    }
    /* No verdict rests on a pattern that was given up. */
    bool doubtful = end == PLAY_MISMATCH && bindings_gave_up(g->world->bindings);
    g->ended = true;
    g->r->end = doubtful ? PLAY_INCONCLUSIVE : end;
    g->r->place = place;
    g->r->what = doubtful ? arena_printf(g->arena, "a pattern met its limits: %s", what) : what;
    g->r->detail = detail;
}

struct play_check *stage_check(struct stage *g, const struct step *s, const char *kind, bool ok,
                               const char *wanted, const char *got)
{
    struct play_check *check = vec_push(g->arena, &g->r->checks);
    *check = (struct play_check){.place = s->place,
                                 .kind = kind,
                                 .notes = &s->notes,
                                 .ok = ok,
                                 .wanted = wanted,
                                 .got = got};
    return check;
}

struct event *stage_saw(struct stage *g, struct conn *c, enum event_kind kind, enum side side)
{
    struct event *e = transcript_add(g->t, kind, c->actor, c->number, side);
    e->ours = side == c->own;
    return e;
}

void stage_flight(struct stage *g, struct conn *c, enum side side, struct place place)
{
    if (!c->has_flight || c->flight != side) {
        stage_saw(g, c, SAW_FLIGHT, side)->place = place;
    }
    c->has_flight = true;
    c->flight = side;
}

void stage_mark(struct stage *g, struct conn *c, const struct step *s, enum side side)
{
    if (s->notes.name != NULL) {
        struct event *e = stage_saw(g, c, SAW_MARK, side);
        e->text = s->notes.name;
        e->place = s->place;
    }
}

void stage_answered(struct stage *g, struct conn *c, unsigned code)
{
    struct play_mail mail;
    if (taking_reply(&c->taking, code, &mail)) {
        mail.actor = c->actor;
        vec_add(g->arena, &g->r->mails, mail);
    }
}

bool stage_died(struct stage *g, bool wait)
{
    if (g->world->died == NULL || errand_is_open(&g->errand)) {
        return false;
    }
    bool died = g->world->died(g->world->target);
    for (int waited = 0; wait && !died && waited < DEATH_WAIT_MS; waited += 10) {
        (void)poll(NULL, 0, 10);
        died = g->world->died(g->world->target);
    }
    return died;
}

const struct actor *stage_actor(const struct stage *g, const struct conn *c)
{
    return &g->s->actors.at[c->actor];
}

const char *stage_host(const struct stage *g, const struct conn *c, const char *otherwise)
{
    span host = span_text(stage_actor(g, c)->endpoint);
    size_t colon = span_find_last_byte(host, ':');
    host = colon == SPAN_NONE ? host : span_first(host, colon);
    bool named = host.len > 0 && ascii_is_alpha(host.at[0]) && !span_starts(host, SPAN("unix"));
    return named ? arena_text(g->arena, host) : otherwise;
}

const char *conn_peer(const struct conn *c)
{
    return c->own == SIDE_C ? "the server" : "the client";
}

const char *conn_name(const struct stage *g, const struct conn *c)
{
    const char *name = stage_actor(g, c)->name;
    return c->number == 1 ? name : arena_printf(g->arena, "%s %u", name, c->number);
}
