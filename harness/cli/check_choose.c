/* What can be asked without a word about the server but the one that it answers with: no mailbox that nobody
   gave, nothing that has to be configured, no octets that would say another's name. */
#include "harness/cli/check.h"

#include "harness/scenario/pattern.h"
#include "harness/scenario/read.h"

#include "base/arena.h"

static bool any(const step_list *all, bool (*holds)(const struct step *step, const char *what), const char *what)
{
    bool found = false;
    for (size_t i = 0; i < all->count; i++) {
        found = found || holds(all->at[i], what);
    }
    return found;
}

static bool is_do(const struct step *step, const char *what)
{
    (void)what;
    return step->kind == STEP_DO;
}

/* A command of the judge's with that text in it. */
static bool says(const struct step *step, const char *what)
{
    return step->side == SIDE_C && step->kind == STEP_LINE &&
           span_has(span_text(pattern_source(step->text)), span_text(what));
}

/* An address that cannot be turned into one of the server's: u@TEST.EX, "u"@test.ex. */
static bool says_otherwise(const struct step *step, const char *what)
{
    span word = SPAN("test.ex");
    span text = SPAN_EMPTY;
    (void)what;
    if (step->side == SIDE_C && step->kind == STEP_LINE) {
        text = span_text(pattern_source(step->text));
    }
    for (size_t at = 0; at + word.len <= text.len; at++) {
        span here = span_part(text, at, word.len);
        bool plain = at > 1 && text.at[at - 1] == '@' && text.at[at - 2] != '"' &&
                     span_eq(here, word);
        if (span_eq_caseless(here, word) && !plain) {
            return true;
        }
    }
    return false;
}

static bool says_raw(const struct step *step, const char *what)
{
    for (size_t i = 0; step->side == SIDE_C && i < step->pieces.count; i++) {
        if (span_has(step->pieces.at[i].bytes, span_text(what))) {
            return true;
        }
    }
    return false;
}

const char *check_lacks(const struct scenario *s, const struct play_courtesy *y, struct arena *arena)
{
    step_list all = {0};
    scenario_steps(s, arena, &all);
    if (s->sides == SIDES_SWAPPED || any(&all, is_do, NULL)) {
        return "isolation: the server would have to be told to do something";
    }
    for (size_t i = 0; i < s->actors.count; i++) {
        if (s->actors.at[i].role == ACTOR_CLIENT && strcmp(s->actors.at[i].port, "smtp") != 0) {
            return arena_printf(arena, "unsupported: port %s; one port was given",
                                s->actors.at[i].port);
        }
    }
    if (any(&all, says_raw, "test.ex") || any(&all, says_raw, "c.test")) {
        return "deselected: it says names in raw octets, which are not the judge's to say here";
    }
    if (any(&all, says_otherwise, NULL)) {
        return "deselected: it says names of the judge's own targets that have no counterpart there";
    }
    if (!y->boxes[0] && any(&all, says, "test.ex")) {
        return "deselected: it needs a mailbox; --rcpt ADDRESS names one that may get test mail";
    }
    if (!y->boxes[1] && any(&all, says, "v@test.ex")) {
        return "deselected: it needs two mailboxes; a second --rcpt ADDRESS names another";
    }
    return NULL;
}

/* ---- what was left out ---- */

/* Cases that are skipped for that reason; with out their names, at most `most`. */
static size_t put_reason(const struct report *r, const char *reason, size_t most, struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        if (c->state == STATE_SKIP && c->reason && strcmp(c->reason, reason) == 0) {
            if (out && n < most) {
                buf_printf(out, "          %s\n", c->id);
            }
            n++;
        }
    }
    if (out && n > most) {
        buf_printf(out, "          and %zu more; --verbose names them\n", n - most);
    }
    return n;
}

static bool was_said(const struct report *r, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        const struct report_case *c = &r->cases.at[i];
        if (c->state == STATE_SKIP && c->reason && strcmp(c->reason, r->cases.at[at].reason) == 0) {
            return true;
        }
    }
    return false;
}

void check_put_left_out(const struct report *r, bool all, struct buf *out)
{
    struct report_counts counts;
    report_count(r, &counts);
    buf_printf(out, "asked: %lu cases; left out: %lu\n", counts.all - counts.of[STATE_SKIP],
               counts.of[STATE_SKIP]);
    for (size_t i = 0; i < r->cases.count; i++) {
        const struct report_case *c = &r->cases.at[i];
        if (c->state == STATE_SKIP && c->reason && !was_said(r, i)) {
            buf_printf(out, "  %6zu  %s\n", put_reason(r, c->reason, 0, NULL), c->reason);
            (void)put_reason(r, c->reason, all ? SIZE_MAX : 2, out);
        }
    }
}
