/* When waiting ends. Patience counts only time in which the target sleeps, nothing of the judge's own
   runs and nothing comes; what ends it is a verdict only where the target can be seen (docs/adr/0041). */
#include "harness/actor/stage.h"

/* The connection that something is due on: of several the one that was active last, since the
   others wait for what goes on there. */
static struct conn *waiting_conn(const struct stage *g)
{
    struct conn *found = NULL;
    for (size_t i = 0; i < g->conns.count; i++) {
        struct conn *c = g->conns.at[i];
        bool due = c->running && (link_is_open(&c->link) || c->over) && c->hear < c->items.count &&
                   c->unbound == NULL && !c->quiet;
        if (due && c->hear == c->say && c->items.at[c->hear]->kind != STEP_EITHER) {
            due = c->released || c->shaking != NULL;
        }
        if (due && (found == NULL || c->active > found->active)) {
            found = c;
        }
    }
    return found;
}

static void end_unheard(struct stage *g, struct conn *c)
{
    struct place place;
    const char *missing = conn_missing(g, c, &place);
    bool seen = g->world->asleep != NULL;
    const struct step *s = c->items.at[c->hear];
    stage_check(g, s, "wait", false, missing, "nothing")->place = place;
    const char *why = seen ? "although the target sleeps" : "in the time given";
    const char *got = c->in.len > 0 ? conn_heard_text(g, c) : "nothing";
    stage_end(g, seen ? PLAY_NO_ANSWER : PLAY_INCONCLUSIVE, place,
              arena_printf(g->arena, "%s, got %s %s", missing, got, why), NULL);
}

/* Nothing is due on an open connection: what else is waited for? */
static void end_stuck(struct stage *g)
{
    for (size_t i = 0; i < g->conns.count; i++) {
        struct conn *c = g->conns.at[i];
        if (c->running && c->unbound != NULL && c->say < c->items.count) {
            stage_end(
                g, PLAY_INCONCLUSIVE, c->items.at[c->say]->place,
                arena_printf(g->arena, "waits for @{%s}, which nothing has bound", c->unbound),
                NULL);
            return;
        }
    }
    for (size_t a = 0; a < g->s->actors.count; a++) {
        if (g->actors[a].next < g->actors[a].blocks.count) {
            const struct play_block *block =
                &g->s->blocks.at[g->actors[a].blocks.at[g->actors[a].next]];
            bool seen = g->world->asleep != NULL && g->s->actors.at[a].role == ACTOR_SERVER;
            stage_end(g, seen ? PLAY_NO_ANSWER : PLAY_INCONCLUSIVE, block->place,
                      arena_printf(g->arena, "connection %u of %s did not come", block->number,
                                   g->s->actors.at[a].name), NULL);
            return;
        }
    }
}

void stage_end_patience(struct stage *g)
{
    struct conn *c = waiting_conn(g);
    g->slept = 0;
    if (c == NULL) {
        end_stuck(g);
        return;
    }
    if (c->released || g->world->asleep == NULL || !conn_release(g, c)) {
        end_unheard(g, c);
    }
}

/* A verb that only waits for the target can be seen to wait; one that starts, stops or moves it is the
   judge's own doing, and nobody waits for the target meanwhile. */
static bool errand_is_ours(const struct stage *g)
{
    enum do_verb verb = g->errand.step.verb;
    return errand_is_open(&g->errand) && verb != DO_QUEUE_RUN && verb != DO_SUBMIT;
}

/* Counts time that passed in poll, if the target slept through it. */
void stage_count_sleep(struct stage *g, millis passed, bool something)
{
    bool seen = g->world->asleep != NULL;
    bool owed = seen ? errand_is_ours(g) : errand_is_open(&g->errand);
    bool asleep = !something && !owed && (!seen || g->world->asleep(g->world->target));
    if (something) {
        g->slept = 0;
    } else if (asleep && g->was_asleep) {
        g->slept += passed;
        for (size_t i = 0; i < g->conns.count; i++) {
            g->conns.at[i]->quiet_for += g->conns.at[i]->quiet ? passed : 0;
        }
    }
    g->was_asleep = asleep;
}
