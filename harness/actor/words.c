/* What a play says to people: what came, what was wanted, and where in the text that stands:
   "reply 3 of 4, to RCPT". */
#include "harness/actor/match.h"
#include "harness/actor/stage.h"

span conn_heard_octets(const struct conn *c)
{
    span all = buf_span(&c->in);
    struct reply_reader reader = {.utf8 = true};
    size_t lf = span_find_byte(all, '\n');
    size_t shown = lf == SPAN_NONE ? all.len : lf + 1;
    if (c->own == SIDE_C && reply_feed(&reader, all) == REPLY_WHOLE) {
        shown = reader.seen;
    }
    return span_first(all, shown);
}

const char *conn_heard_text(struct stage *g, const struct conn *c)
{
    if (c->in.len > 0) {
        return match_octets_text(conn_heard_octets(c), g->arena);
    }
    const char *shut = c->peer_shut ? "the end of the connection" : "nothing";
    return c->peer_rst ? "a reset connection" : shut;
}

static size_t units_of(const struct step *s)
{
    return s->kind == STEP_REPLY ? s->replies.count : 1;
}

/* Where the present step stands among the lines that the peer says in one go. */
static void position(const struct conn *c, size_t *nth, size_t *of)
{
    size_t from = c->hear;
    while (from > 0) {
        const struct step *s = c->items.at[from - 1];
        if (s->kind != STEP_CROSS && (!step_is_wire(s) || s->side == c->own)) {
            break;
        }
        from--;
    }
    *nth = c->hear_reply + 1;
    *of = 0;
    for (size_t i = from; i < c->items.count; i++) {
        const struct step *s = c->items.at[i];
        if (s->kind == STEP_CROSS) {
            continue;
        }
        if (!step_is_wire(s) || s->side == c->own) {
            break;
        }
        *nth += i < c->hear ? units_of(s) : 0;
        *of += units_of(s);
    }
}

static const char *const kind_words[STEP_KIND_COUNT] = {
    [STEP_LINE] = "line",        [STEP_REPLY] = "reply",       [STEP_BYTES] = "bytes",
    [STEP_MAIL] = "mail data",   [STEP_OCTETS] = "octets",     [STEP_EVENT] = "event",
    [STEP_EITHER] = "alternatives", [STEP_TLS] = "tls",
};

static const char *const end_words[] = {
    [EVENT_EOF] = "the end of the connection",
    [EVENT_RST] = "a reset connection",
    [EVENT_SHUT] = "the end of what the peer says",
    [EVENT_SILENCE] = "silence",
};

static const char *const tls_words[] = {
    [TLS_FULL] = "a full handshake",
    [TLS_RESUME] = "a resumed session",
    [TLS_FAIL] = "a handshake that fails",
    [TLS_TRY] = "a handshake",
};

const char *step_word(const struct step *s)
{
    return kind_words[s->kind];
}

static const char *where_text(struct stage *g, const struct conn *c, const struct step *s)
{
    size_t nth = 1;
    size_t of = 1;
    position(c, &nth, &of);
    const char *name = kind_words[s->kind];
    const char *head = of > 1 ? arena_printf(g->arena, "%s %zu of %zu", name, nth, of) : name;
    if (c->answering != NULL && s->kind != STEP_LINE) {
        head = arena_printf(g->arena, "%s, to %s", head, c->answering);
    }
    bool several = g->s->actors.count > 1 || c->number > 1;
    return several ? arena_printf(g->arena, "%s: %s", conn_name(g, c), head) : head;
}

static const char *pieces_text(struct stage *g, const struct step *s)
{
    struct buf all;
    buf_init(&all, 4096);
    for (size_t i = 0; i < s->pieces.count; i++) {
        buf_put(&all, span_first(s->pieces.at[i].bytes, 512));
    }
    const char *text = match_octets_text(buf_span(&all), g->arena);
    buf_wipe(&all);
    return text;
}

const char *step_wanted(struct stage *g, const struct conn *c, const struct step *s)
{
    struct arena *a = g->arena;
    if (s->kind == STEP_REPLY) {
        size_t at = c->items.at[c->hear] == s ? c->hear_reply : 0;
        return match_reply_text(&s->replies.at[at], a);
    }
    if (s->kind == STEP_LINE) {
        return pattern_source(s->text);
    }
    if (s->kind == STEP_BYTES) {
        return pieces_text(g, s);
    }
    if (s->kind == STEP_EVENT) {
        return end_words[s->event];
    }
    if (s->kind == STEP_TLS) {
        return tls_words[s->tls];
    }
    if (s->kind != STEP_EITHER) {
        return arena_printf(a, "%s", s->message);
    }
    const char *all = NULL;
    for (size_t i = 0; i < s->branches.count; i++) {
        const struct branch *branch = &s->branches.at[i];
        for (size_t k = 0; k < branch->play.count; k++) {
            enum side side;
            if (steps_first_side(&branch->play.at[k], &side)) {
                const char *one = step_wanted(g, c, &branch->play.at[k]);
                all = all == NULL ? one : arena_printf(a, "%s | %s", all, one);
                break;
            }
        }
    }
    return all == NULL ? "an alternative" : all;
}

/* The command that the reply which is due answers. */
void conn_find_answered(struct conn *c)
{
    c->answering = c->verb_at < c->verbs.count ? c->verbs.at[c->verb_at] : NULL;
}

const char *conn_missing(struct stage *g, struct conn *c, struct place *place)
{
    const struct step *s = c->items.at[c->hear];
    *place = s->kind == STEP_REPLY ? s->replies.at[c->hear_reply].place : s->place;
    if (s->kind == STEP_REPLY || s->kind == STEP_EITHER) {
        conn_find_answered(c);
    }
    return arena_printf(g->arena, "%s: wanted %s", where_text(g, c, s), step_wanted(g, c, s));
}
