/* The saying head. The judge says a line of its own when every line of the peer above it has come,
   unless a ~~ lies between; before the first line of a flight it looks at what has come, because a
   line of the peer that stands behind that flight and is there already has not waited for it. */
#include "harness/actor/stage.h"

#include <string.h>

enum turn { TURN_DONE, TURN_BLOCKED };

bool step_is_wire(const struct step *s)
{
    static const bool wire[STEP_KIND_COUNT] = {
        [STEP_LINE] = true, [STEP_REPLY] = true,  [STEP_BYTES] = true,
        [STEP_MAIL] = true, [STEP_OCTETS] = true, [STEP_EVENT] = true,
    };
    return wire[s->kind];
}

bool steps_first_side(const struct step *s, enum side *side)
{
    if (step_is_wire(s) || s->kind == STEP_TLS) {
        *side = s->side; /* of a handshake the client's, who begins it */
        return true;
    }
    for (size_t b = 0; s->kind == STEP_EITHER && b < s->branches.count; b++) {
        const struct branch *branch = &s->branches.at[b];
        for (size_t i = 0; i < branch->play.count; i++) {
            if (steps_first_side(&branch->play.at[i], side)) {
                return true;
            }
        }
    }
    return false;
}

void conn_choose(struct stage *g, struct conn *c, const struct step *s, size_t chosen)
{
    const struct branch *branch = &s->branches.at[chosen];
    const VEC(const struct step *) old = {c->items.at, c->items.count, c->items.room};
    memset(&c->items, 0, sizeof c->items);
    for (size_t i = 0; i < c->say; i++) {
        vec_add(g->arena, &c->items, old.at[i]);
    }
    for (size_t i = 0; i < branch->play.count; i++) {
        vec_add(g->arena, &c->items, &branch->play.at[i]);
    }
    for (size_t i = c->say + 1; i < old.count; i++) {
        vec_add(g->arena, &c->items, old.at[i]);
    }
    bool known = false; /* both sides may be ours */
    for (size_t i = 0; i < g->r->labels.count; i++) {
        known = known || strcmp(g->r->labels.at[i], branch->label) == 0;
    }
    if (!known) {
        vec_add(g->arena, &g->r->labels, branch->label);
    }
    struct event *e = stage_saw(g, c, SAW_LABEL, c->own);
    e->text = branch->label;
    e->place = branch->place;
    if (branch->fails) {
        const char *got = conn_heard_text(g, c);
        stage_end(g, PLAY_LABEL, branch->place,
                  arena_printf(g->arena, "label %s: %s", branch->label, got), NULL);
    }
}

/* A ~~ stands between the group that begins at `say` and the peer's first line below it. */
static bool crosses_below(const struct conn *c)
{
    for (size_t i = c->say; i < c->items.count; i++) {
        const struct step *s = c->items.at[i];
        if (s->kind == STEP_CROSS) {
            return true;
        }
        if (s->kind == STEP_EITHER || (step_is_wire(s) && s->side != c->own)) {
            return false;
        }
    }
    return false;
}

/* Notes what has come, and that a flight of ours begins. */
static void begin_flight(struct stage *g, struct conn *c, const struct step *s)
{
    conn_drain(g, c);
    if (g->ended) {
        return;
    }
    if (c->in.len > 0 && !c->crossed && !crosses_below(c)) {
        const char *got = conn_heard_text(g, c);
        (void)stage_check(g, s, "early", false, "nothing before this line is said", got);
        stage_end(g, PLAY_EARLY, s->place,
                  arena_printf(g->arena, "early: %s did not wait for this line, and said %s",
                               conn_peer(c), got),
                  NULL);
        return;
    }
    c->behind = c->shook = false;
    stage_flight(g, c, c->own, (struct place){.file = NULL});
}

static bool say_event(struct stage *g, struct conn *c, const struct step *s)
{
    if (s->event == EVENT_SILENCE) {
        c->quiet = true;
        if (c->quiet_for < s->span) {
            return false;
        }
        c->quiet = false;
        c->quiet_for = 0;
        return true;
    }
    conn_flush(g, c);
    if (!conn_all_out(c)) {
        return false;
    }
    if (s->event == EVENT_SHUT) {
        (void)stage_saw(g, c, SAW_SHUT, c->own);
        link_shut(&c->link);
        c->own_shut = true;
    } else if (s->event == EVENT_RST) {
        conn_reset(g, c);
    } else {
        conn_close(g, c);
    }
    return true;
}

static enum turn say_wire(struct stage *g, struct conn *c, const struct step *s)
{
    if (!link_is_open(&c->link) || c->connecting) {
        return TURN_BLOCKED;
    }
    if (c->behind && c->hear < c->say) {
        return TURN_BLOCKED; /* withheld */
    }
    bool sent = s->kind == STEP_EVENT ? say_event(g, c, s) : false;
    if (s->kind == STEP_EVENT) {
        c->behind = c->behind && !sent;
    } else if (compose_ready(g, c, s)) {
        if (c->behind || c->shook || !c->has_flight) {
            begin_flight(g, c, s);
        }
        sent = !g->ended && compose_step(g, c, s);
    }
    if (!sent) {
        return TURN_BLOCKED;
    }
    stage_mark(g, c, s, c->own);
    c->say++;
    return TURN_DONE;
}

static enum turn say_break(struct stage *g, struct conn *c, const struct step *s)
{
    (void)s;
    conn_seal(g, c);
    c->say++;
    return TURN_DONE;
}

static enum turn say_cross(struct stage *g, struct conn *c, const struct step *s)
{
    stage_saw(g, c, SAW_CROSS, c->own)->place = s->place;
    c->behind = false;
    c->crossed = true;
    c->say++;
    return TURN_DONE;
}

static enum turn say_either(struct stage *g, struct conn *c, const struct step *s)
{
    enum side side = c->own;
    if (steps_first_side(s, &side) && side != c->own) {
        return TURN_BLOCKED; /* the peer chooses, and is heard in hear.c */
    }
    size_t chosen = 0;
    while (chosen + 1 < s->branches.count && s->branches.at[chosen].fails) {
        chosen++;
    }
    conn_choose(g, c, s, chosen);
    return TURN_DONE;
}

static enum turn begin_errand(struct stage *g, struct conn *c, const struct step *s)
{
    struct step copy = *s;
    copy.words = (texts){0};
    for (size_t i = 0; i < s->words.count; i++) {
        span word;
        if (!bindings_fill(g->world->bindings, span_text(s->words.at[i]), g->arena, &word,
                           &c->unbound)) {
            return TURN_BLOCKED;
        }
        c->unbound = NULL;
        vec_add(g->arena, &copy.words, arena_text(g->arena, word));
    }
    if (g->world->act == NULL) {
        stage_end(g, PLAY_UNSUPPORTED, s->place, "the target has no verbs at all: `do` needs one",
                  NULL);
        return TURN_BLOCKED;
    }
    /* Only what waits for the server actors goes beside the play: a target that is started in a thread
       would end with it (PR_SET_PDEATHSIG is about threads). */
    bool beside = false;
    for (size_t a = 0; a < g->s->actors.count; a++) {
        beside = beside || g->actors[a].listener >= 0;
    }
    beside = beside && (s->verb == DO_QUEUE_RUN || s->verb == DO_SUBMIT);
    errand_start(&g->errand, g->world, &copy, beside);
    g->errand_of = c;
    return TURN_DONE;
}

/* Nothing was said or awaited in this block yet, and the judge is the server. */
static bool is_head(const struct conn *c)
{
    for (size_t i = 0; i < c->say; i++) {
        if (step_is_wire(c->items.at[i])) {
            return false;
        }
    }
    return c->own == SIDE_S;
}

/* A queue run is there to bring the connection about. Where a verb before it still runs, and brought it
   about itself, it is done. */
static bool is_brought(const struct stage *g, const struct conn *c, const struct step *s)
{
    return s->verb == DO_QUEUE_RUN && is_head(c) && link_is_open(&c->link) &&
           errand_is_open(&g->errand) && !c->did;
}

/* At the head of a server's block the lines below go on while it runs: a queue run ends only when
   they were played. Anywhere else it is over before the next line. */
static enum turn say_do(struct stage *g, struct conn *c, const struct step *s)
{
    if (is_brought(g, c, s)) {
        c->say++;
        return TURN_DONE;
    }
    if (c->hear < c->say || !conn_all_out(c) || errand_is_open(&g->errand)) {
        return TURN_BLOCKED;
    }
    if (!c->did) {
        if (begin_errand(g, c, s) == TURN_BLOCKED) {
            return TURN_BLOCKED;
        }
        c->did = true;
        if (!is_head(c)) {
            return TURN_BLOCKED;
        }
    }
    c->did = false;
    c->say++;
    return TURN_DONE;
}

static enum turn say_tls(struct stage *g, struct conn *c, const struct step *s)
{
    if (!link_is_open(&c->link) || c->connecting || c->hear < c->say || !conn_all_out(c) ||
        !conn_secure(g, c, s)) {
        return TURN_BLOCKED;
    }
    c->behind = true; /* what is there before our next line has not waited for it */
    c->shook = true;  /* that much was waited for, even if a ~~ comes next */
    c->crossed = false;
    c->say++;
    return TURN_DONE;
}

typedef enum turn say_step(struct stage *g, struct conn *c, const struct step *s);

static say_step *const say_steps[STEP_KIND_COUNT] = {
    [STEP_LINE] = say_wire,     [STEP_REPLY] = say_wire, [STEP_BYTES] = say_wire,
    [STEP_MAIL] = say_wire,     [STEP_OCTETS] = say_wire, [STEP_EVENT] = say_wire,
    [STEP_TLS] = say_tls,       [STEP_BREAK] = say_break, [STEP_CROSS] = say_cross,
    [STEP_EITHER] = say_either, [STEP_DO] = say_do,
};

bool conn_say(struct stage *g, struct conn *c)
{
    bool moved = false;
    while (!g->ended && !c->released && c->say < c->items.count) {
        const struct step *s = c->items.at[c->say];
        if (step_is_wire(s) && s->side != c->own) {
            c->behind = true;
            c->crossed = false;
            c->say++;
        } else if (say_steps[s->kind](g, c, s) == TURN_BLOCKED) {
            break;
        }
        moved = true;
    }
    conn_flush(g, c);
    return moved;
}

bool conn_release(struct stage *g, struct conn *c)
{
    bool any = false;
    for (size_t i = c->say; i < c->items.count; i++) {
        const struct step *s = c->items.at[i];
        bool ours = step_is_wire(s) && s->side == c->own && s->kind != STEP_EVENT;
        if (s->kind != STEP_BREAK && s->kind != STEP_CROSS && !ours) {
            break;
        }
        if (ours && compose_step(g, c, s)) {
            any = true;
        }
    }
    conn_flush(g, c);
    c->released = any;
    return any;
}
