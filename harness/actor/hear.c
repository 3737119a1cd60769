/* The hearing head: what came, taken off step by step. A step either is heard whole, or waits for
   more, or ends the play with the first mismatch, which is told with the command that it answers
   and with both texts side by side. */
#include "harness/actor/match.h"
#include "harness/actor/stage.h"

#include "base/hex.h"
#include "harness/scenario/read.h"

#include <string.h>

enum heard { HEARD, HEARD_MORE, HEARD_WRONG };

enum { LINE_CEILING = 1024 * 1024, SHOWN_COLUMNS = 56 };

static const char *side_by_side(struct stage *g, span wanted, span got)
{
    struct buf out;
    buf_init(&out, 256 * 1024);
    hex_side_by_side("wanted", wanted, "got", got, SHOWN_COLUMNS, 3, &out);
    const char *text = out.len > 0 ? arena_text(g->arena, buf_span(&out)) : NULL;
    buf_wipe(&out);
    return text;
}

/* ---- the ends ---- */

/* Where octets were wanted, shown, those that came instead stand beside them. */
static enum heard wrong_octets(struct stage *g, struct conn *c, const struct step *s,
                               const char *why, span shown, span came)
{
    struct place place;
    const char *head = conn_missing(g, c, &place);
    const char *got = conn_heard_text(g, c);
    const char *wanted = step_wanted(g, c, s);
    const char *last = why != NULL ? arena_printf(g->arena, " (%s)", why) : "";
    if (why == NULL && c->peer_shut && c->in.len > 0) {
        last = " and then the end of the connection";
    }
    enum play_end end = PLAY_MISMATCH;
    if (c->peer_shut && c->in.len == 0 && stage_died(g, true)) {
        end = PLAY_CRASH;
        last = ": a process of the target has died";
    } else if (g->world->asleep == NULL && c->own == SIDE_C && c->in.len > 3 &&
               span_starts(buf_span(&c->in), SPAN("421"))) {
        end = PLAY_INCONCLUSIVE;
        last = ": the target would not play";
    }
    if (c->released && end == PLAY_MISMATCH) {
        end = PLAY_NO_ANSWER;
    }
    stage_check(g, s, step_word(s), false, wanted, got)->place = place;
    const char *detail = side_by_side(g, shown.len > 0 ? shown : span_text(wanted),
                                      came.len > 0 ? came : span_text(got));
    stage_end(g, end, place, arena_printf(g->arena, "%s, got %s%s", head, got, last), detail);
    return HEARD_WRONG;
}

static enum heard wrong(struct stage *g, struct conn *c, const struct step *s, const char *why)
{
    return wrong_octets(g, c, s, why, SPAN_EMPTY, conn_heard_octets(c));
}

static enum heard more(struct stage *g, struct conn *c, const struct step *s)
{
    return c->peer_shut ? wrong(g, c, s, NULL) : HEARD_MORE;
}

/* What was due came, and was right. False: but too late. */
static bool held(struct stage *g, struct conn *c, const struct step *s, const char *got)
{
    if (c->released) {
        struct place place;
        const char *head = conn_missing(g, c, &place);
        (void)stage_check(g, s, step_word(s), false, step_wanted(g, c, s), got);
        stage_end(
            g, PLAY_LATE, place,
            arena_printf(g->arena, "late: %s, got %s only once the judge had gone on", head, got),
            NULL);
        return false;
    }
    (void)stage_check(g, s, step_word(s), true, step_wanted(g, c, s), got);
    stage_flight(g, c, conn_other(c), s->place);
    return true;
}

/* ---- one function for each kind of step ---- */

static void answered(struct conn *c, const struct reply *r)
{
    conn_find_answered(c);
    if (c->verb_at < c->verbs.count) {
        bool data = strcmp(c->verbs.at[c->verb_at], "DATA") == 0;
        c->data_phase = data ? r->code / 100 == 3 : c->data_phase;
        c->verb_at++;
    }
}

static enum heard hear_reply(struct stage *g, struct conn *c, const struct step *s)
{
    while (c->hear_reply < s->replies.count) {
        const struct reply_want *w = &s->replies.at[c->hear_reply];
        if (w->text != NULL &&
            (c->unbound = match_unbound(w->text, g->world->bindings, g->arena)) != NULL) {
            return HEARD_MORE;
        }
        enum reply_state state = reply_feed(&c->reader, buf_span(&c->in));
        if (state == REPLY_MORE) {
            return more(g, c, s);
        }
        if (state == REPLY_BAD) {
            return wrong(g, c, s, c->reader.why);
        }
        struct reply r;
        reply_take(span_first(buf_span(&c->in), c->reader.seen), g->arena, &r);
        const char *why = match_reply(w, &r, g->world->bindings, g->arena);
        if (why != NULL) {
            return wrong(g, c, s, why);
        }
        if (!held(g, c, s, match_octets_text(r.octets, g->arena))) {
            return HEARD_WRONG;
        }
        answered(c, &r);
        conn_used(c, c->reader.seen);
        c->reader = (struct reply_reader){.utf8 = c->reader.utf8};
        c->hear_reply++;
    }
    return HEARD;
}

/* Cuts the line that is there. False: none yet; *why: it is no line. */
bool conn_cut_line(const struct conn *c, span *line, size_t *octets, const char **why)
{
    span all = buf_span(&c->in);
    size_t lf = span_find_byte(all, '\n');
    *why = NULL;
    if (lf == SPAN_NONE) {
        *why = all.len > LINE_CEILING ? "a line without end" : NULL;
        return *why != NULL;
    }
    *octets = lf + 1;
    *line = span_first(all, lf);
    if (c->proto == PROTO_DCCIFD) {
        return true;
    }
    if (!span_ends(*line, SPAN("\r"))) {
        *why = "a line ended by LF without CR (RFC 5321 2.3.8)";
        return true;
    }
    *line = span_first(*line, line->len - 1);
    *why = span_find_byte(*line, '\r') != SPAN_NONE ? "a CR that no LF follows (RFC 5321 2.3.8)"
                                                    : NULL;
    return true;
}

static enum heard hear_line(struct stage *g, struct conn *c, const struct step *s)
{
    span line;
    size_t octets = 0;
    const char *why = NULL;
    c->unbound = match_unbound(s->text, g->world->bindings, g->arena);
    if (c->unbound != NULL) {
        return HEARD_MORE;
    }
    if (!conn_cut_line(c, &line, &octets, &why)) {
        return more(g, c, s);
    }
    if (why != NULL || !pattern_matches(s->text, line, g->world->bindings)) {
        return wrong(g, c, s, why);
    }
    if (!held(g, c, s, match_octets_text(line, g->arena))) {
        return HEARD_WRONG;
    }
    c->last_heard = arena_text(g->arena, line);
    bool last = false;
    c->has_chunk = bdat_read(line, &c->chunk, &last);
    if (c->taking.data_open && span_eq(line, SPAN("."))) {
        taking_data(&c->taking, SPAN_EMPTY, false); /* a lone dot, written as a line */
    } else if (c->proto == PROTO_SMTP || c->proto == PROTO_LMTP) {
        taking_line(&c->taking, line);
    }
    conn_used(c, octets);
    return HEARD;
}

/* The octets of the pieces from octet `from` on, as far as one run of them goes. False: a captured
   value in them is not bound yet. */
static bool pieces_from(struct stage *g, struct conn *c, const struct step *s, uint64_t from,
                        span *wanted)
{
    *wanted = SPAN_EMPTY;
    for (size_t i = 0; i < s->pieces.count; i++) {
        const struct piece *piece = &s->pieces.at[i];
        span octets;
        if (!piece_octets(g, c, piece, &octets)) {
            return false;
        }
        uint64_t all = octets.len * piece->times;
        if (from < all) {
            *wanted = span_from(octets, (size_t)(from % octets.len));
            return true;
        }
        from -= all;
    }
    return true;
}

enum fit step_pieces_fit(struct stage *g, struct conn *c, const struct step *s, uint64_t from, size_t *used,
                         span *wanted)
{
    *used = 0;
    for (;;) {
        span got = span_from(buf_span(&c->in), *used);
        if (!pieces_from(g, c, s, from + *used, wanted)) {
            return FIT_MORE;
        }
        if (wanted->len == 0) {
            return FIT_YES;
        }
        size_t len = wanted->len < got.len ? wanted->len : got.len;
        if (!span_eq(span_first(*wanted, len), span_first(got, len))) {
            return FIT_NO;
        }
        *used += len;
        if (len < wanted->len) {
            return FIT_MORE;
        }
    }
}

static enum heard hear_bytes(struct stage *g, struct conn *c, const struct step *s)
{
    size_t used;
    span wanted;
    enum fit fit = step_pieces_fit(g, c, s, c->octets_done, &used, &wanted);
    if (fit == FIT_MORE && c->unbound != NULL) {
        return HEARD_MORE;
    }
    span got = span_first(buf_span(&c->in), used);
    if (fit == FIT_YES && !held(g, c, s, match_octets_text(got, g->arena))) {
        return HEARD_WRONG;
    }
    conn_used(c, used);
    c->octets_done = fit == FIT_YES ? 0 : c->octets_done + used;
    if (fit == FIT_NO) {
        return wrong_octets(g, c, s,
                            arena_printf(g->arena, "after %llu octets that are right",
                                         (unsigned long long)c->octets_done),
                            wanted, buf_span(&c->in));
    }
    return fit == FIT_YES ? HEARD : more(g, c, s);
}

static bool takes_any(const struct step *s)
{
    return strcmp(s->message, "*") == 0;
}

/* HEARD: *octets are wanted. HEARD_MORE: they use a value that is not bound yet. */
static enum heard wanted_message(struct stage *g, struct conn *c, const struct step *s,
                                 span *octets)
{
    *octets = SPAN_EMPTY;
    if (takes_any(s) || message_octets(g, c, s, octets)) {
        return HEARD;
    }
    return g->ended ? HEARD_WRONG : HEARD_MORE;
}

/* Takes one dot off each line that begins with one: RFC 5321 4.5.2. */
static span unstuffed(span data, struct arena *arena)
{
    unsigned char *out = arena_take(arena, data.len + 1);
    size_t put = 0;
    for (size_t i = 0; i < data.len; i++) {
        bool head = i == 0 || (i > 1 && data.at[i - 1] == '\n' && data.at[i - 2] == '\r');
        if (!head || data.at[i] != '.') {
            out[put++] = data.at[i];
        }
    }
    return span_of(out, put);
}

bool conn_mail_data(struct stage *g, struct conn *c, span *data, size_t *octets)
{
    span all = buf_span(&c->in);
    if (span_starts(all, SPAN(".\r\n"))) {
        *data = SPAN_EMPTY;
        *octets = 3;
        return true;
    }
    size_t from = c->scanned > 4 ? c->scanned - 4 : 0;
    size_t end = span_find(span_from(all, from), SPAN("\r\n.\r\n"));
    if (end == SPAN_NONE) {
        c->scanned = all.len;
        return false;
    }
    *data = unstuffed(span_first(all, from + end + 2), g->arena);
    *octets = from + end + 5;
    return true;
}

static enum heard hear_mail(struct stage *g, struct conn *c, const struct step *s)
{
    span wanted;
    span data;
    size_t octets = 0;
    enum heard ready = wanted_message(g, c, s, &wanted);
    if (ready != HEARD) {
        return ready;
    }
    if (!conn_mail_data(g, c, &data, &octets)) {
        return more(g, c, s);
    }
    const char *why = takes_any(s) ? NULL : match_mail(&wanted, &data, g->arena);
    if (why != NULL) {
        return wrong_octets(g, c, s, why, wanted, data);
    }
    if (!held(g, c, s, arena_printf(g->arena, "%zu octets of mail data", data.len))) {
        return HEARD_WRONG;
    }
    taking_data(&c->taking, data, false);
    conn_used(c, octets);
    return HEARD;
}

static enum heard hear_octets(struct stage *g, struct conn *c, const struct step *s)
{
    span wanted;
    enum heard ready = wanted_message(g, c, s, &wanted);
    if (ready != HEARD) {
        return ready;
    }
    bool to_the_end = c->proto == PROTO_DCCIFD || c->proto == PROTO_RAW;
    if (!to_the_end && !c->has_chunk) {
        return wrong_octets(g, c, s, "no BDAT before it says how many", wanted, buf_span(&c->in));
    }
    if (to_the_end ? !c->peer_shut : c->in.len < c->chunk) {
        return to_the_end ? HEARD_MORE : more(g, c, s);
    }
    size_t octets = to_the_end ? c->in.len : (size_t)c->chunk;
    span got = span_first(buf_span(&c->in), octets);
    if (!takes_any(s) && !span_eq(wanted, got)) {
        return wrong_octets(g, c, s, "other octets", wanted, got);
    }
    if (!held(g, c, s, arena_printf(g->arena, "%zu octets", octets))) {
        return HEARD_WRONG;
    }
    if (!to_the_end) {
        taking_data(&c->taking, got, true);
    }
    c->has_chunk = false;
    conn_used(c, octets);
    return HEARD;
}

static enum heard hear_silence(struct stage *g, struct conn *c, const struct step *s)
{
    if (c->in.len > 0) {
        const char *got = conn_heard_text(g, c);
        stage_check(g, s, "event", false, "silence", got)->timed = true;
        stage_end(g, PLAY_EARLY, s->place,
                  arena_printf(g->arena, "early: %s did not wait, and said %s", conn_peer(c), got),
                  NULL);
        return HEARD_WRONG;
    }
    if (c->peer_shut) {
        return wrong(g, c, s, NULL);
    }
    c->quiet = true;
    if (c->quiet_for < s->span) {
        return HEARD_MORE;
    }
    c->quiet = false;
    c->quiet_for = 0;
    stage_check(g, s, "event", true, "silence", "silence")->timed = true;
    return HEARD;
}

static enum heard hear_event(struct stage *g, struct conn *c, const struct step *s)
{
    if (s->event == EVENT_SILENCE) {
        return hear_silence(g, c, s);
    }
    if (c->in.len > 0) {
        return wrong(g, c, s, NULL);
    }
    if (!c->peer_shut) {
        return HEARD_MORE;
    }
    if ((s->event == EVENT_RST && !c->peer_rst) || (s->event == EVENT_SHUT && c->peer_rst)) {
        return wrong(g, c, s, NULL);
    }
    if (stage_died(g, false)) {
        return wrong(g, c, s, NULL);
    }
    (void)stage_check(g, s, "event", true, step_wanted(g, c, s), conn_heard_text(g, c));
    return HEARD;
}

/* ---- the head ---- */

static enum heard decide(struct stage *g, struct conn *c, const struct step *s)
{
    size_t branch = 0;
    enum fit fit = conn_decide(g, c, s, &branch);
    if (fit == FIT_YES) {
        conn_choose(g, c, s, branch);
        return g->ended ? HEARD_WRONG : HEARD;
    }
    if (fit == FIT_MORE) {
        return HEARD_MORE;
    }
    struct reply_reader reader = {.utf8 = c->reader.utf8};
    bool bad = c->own == SIDE_C && reply_feed(&reader, buf_span(&c->in)) == REPLY_BAD;
    return wrong(g, c, s, bad ? reader.why : NULL);
}

typedef enum heard hear_kind(struct stage *g, struct conn *c, const struct step *s);

static hear_kind *const hear_kinds[STEP_KIND_COUNT] = {
    [STEP_LINE] = hear_line, [STEP_REPLY] = hear_reply,   [STEP_BYTES] = hear_bytes,
    [STEP_MAIL] = hear_mail, [STEP_OCTETS] = hear_octets, [STEP_EVENT] = hear_event,
};

static bool hear_step(struct stage *g, struct conn *c, const struct step *s)
{
    if (hear_kinds[s->kind](g, c, s) != HEARD) {
        return false;
    }
    stage_mark(g, c, s, conn_other(c));
    c->hear++;
    c->hear_reply = 0;
    return true;
}

bool conn_hear(struct stage *g, struct conn *c)
{
    bool moved = false;
    while (!g->ended && c->hear < c->items.count) {
        const struct step *s = c->items.at[c->hear];
        enum side side = c->own;
        if (c->hear == c->say) {
            bool theirs = s->kind == STEP_EITHER && steps_first_side(s, &side) && side != c->own;
            return (theirs && link_is_open(&c->link) && decide(g, c, s) == HEARD) || moved;
        }
        bool theirs = step_is_wire(s) && s->side != c->own;
        if (!theirs) {
            c->hear++;
        } else if (!link_is_open(&c->link) || c->connecting || !hear_step(g, c, s)) {
            return moved;
        }
        moved = true;
    }
    return moved;
}
