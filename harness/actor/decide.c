/* Alternatives, decided by what the peer says first and by nothing else. A look at the bytes takes
   none of them: the branch that is taken hears them again. */
#include "harness/actor/match.h"
#include "harness/actor/stage.h"

enum { TLS_HANDSHAKE_RECORD = 22 };

static enum fit reply_fits(struct stage *g, const struct conn *c, const struct reply_want *w)
{
    struct reply_reader reader = {.utf8 = c->reader.utf8};
    enum reply_state state = reply_feed(&reader, buf_span(&c->in));
    if (state != REPLY_WHOLE) {
        return state == REPLY_MORE && !c->peer_shut ? FIT_MORE : FIT_NO;
    }
    struct reply r;
    reply_take(span_first(buf_span(&c->in), reader.seen), g->arena, &r);
    return match_reply(w, &r, g->world->bindings, g->arena) == NULL ? FIT_YES : FIT_NO;
}

static enum fit bytes_fit(struct stage *g, struct conn *c, const struct step *s)
{
    size_t used;
    span wanted;
    enum fit fit = step_pieces_fit(g, c, s, 0, &used, &wanted);
    return fit == FIT_MORE && c->unbound == NULL && c->peer_shut ? FIT_NO : fit;
}

static enum fit step_fits(struct stage *g, struct conn *c, const struct step *s)
{
    if (s->kind == STEP_TLS) {
        enum fit unless = c->peer_shut ? FIT_NO : FIT_MORE;
        return c->in.len == 0 ? unless : c->in.at[0] == TLS_HANDSHAKE_RECORD ? FIT_YES : FIT_NO;
    }
    if (s->kind == STEP_REPLY) {
        return reply_fits(g, c, &s->replies.at[0]);
    }
    if (s->kind == STEP_BYTES) {
        return bytes_fit(g, c, s);
    }
    if (s->kind == STEP_EVENT) {
        bool right = c->peer_shut && (s->event != EVENT_RST || c->peer_rst);
        return c->in.len > 0 ? FIT_NO : right ? FIT_YES : FIT_MORE;
    }
    if (s->kind == STEP_LINE) {
        span line;
        size_t octets = 0;
        const char *why = NULL;
        if (!conn_cut_line(c, &line, &octets, &why)) {
            return c->peer_shut ? FIT_NO : FIT_MORE;
        }
        return why == NULL && pattern_matches(s->text, line, g->world->bindings) ? FIT_YES : FIT_NO;
    }
    return c->in.len > 0 ? FIT_YES : FIT_MORE; /* mail data and octets: whatever comes */
}

static enum fit branch_fits(struct stage *g, struct conn *c, const steps *play)
{
    for (size_t i = 0; i < play->count; i++) {
        const struct step *s = &play->at[i];
        if (step_is_wire(s) || s->kind == STEP_TLS) {
            return step_fits(g, c, s);
        }
        enum fit best = FIT_NO;
        for (size_t b = 0; s->kind == STEP_EITHER && b < s->branches.count; b++) {
            enum fit fit = branch_fits(g, c, &s->branches.at[b].play);
            best = fit > best ? fit : best;
        }
        if (s->kind == STEP_EITHER) {
            return best;
        }
    }
    return FIT_NO;
}

enum fit conn_decide(struct stage *g, struct conn *c, const struct step *s, size_t *branch)
{
    enum fit best = FIT_NO;
    for (size_t b = 0; b < s->branches.count && best != FIT_YES; b++) {
        enum fit fit = branch_fits(g, c, &s->branches.at[b].play);
        best = fit > best ? fit : best;
        *branch = b;
    }
    return best;
}
