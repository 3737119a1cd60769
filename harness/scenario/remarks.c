/* Remarks on a scenario that can be read: what is still to be written, what nothing uses, what is
   needed and not said, and alternatives that the wire cannot tell apart. */
#include "harness/scenario/remarks.h"

#include "base/rows.h"
#include "harness/scenario/directives.h"

/* ---- what is still to be written ---- */

static void todo_clauses(struct reading *r, const texts *reqs, struct place place)
{
    for (size_t i = 0; i < reqs->count; i++) {
        if (strcmp(reqs->at[i], "TODO") == 0) {
            complain(r, place, "clauses are listed by assay req list", "the clause is still TODO");
        }
    }
}

static void remark_todo(struct reading *r)
{
    const struct scenario *s = r->s;
    struct place top = {r->name, 1, 1};
    if (span_starts(span_text(s->title), SPAN("TODO"))) {
        complain(r, top, "a sentence that can be true or false", "the title is still TODO");
    }
    top.column = 2;
    todo_clauses(r, &s->reqs, top);
    noted_list noted = {0};
    scenario_notes(s, r->arena, &noted);
    for (size_t i = 0; i < noted.count; i++) {
        todo_clauses(r, &noted.at[i].notes->reqs, noted.at[i].place);
    }
}

/* ---- what nothing uses ---- */

static void remark_unused(struct reading *r, const knowns *all, unsigned least, const char *format)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct known *k = &all->at[i];
        if (!k->in_snippet && k->uses < least) {
            complain(r, k->place, "use it, or take it away", "%s",
                     arena_printf(r->arena, "%s `%s` is never used", format, k->name));
        }
    }
}

static bool spool_used(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->expects.count; i++) {
        if (s->expects.at[i].like != NULL && strcmp(s->expects.at[i].like, name) == 0) {
            return true;
        }
    }
    return false;
}

static void remark_sections(struct reading *r)
{
    for (size_t i = 0; i < r->s->sections.count; i++) {
        const struct section *s = &r->s->sections.at[i];
        /* With the sides swapped the first message is what the target is given to send. */
        if ((s->kind == SECTION_MESSAGE && !r->s->reversible && ROWS_IN(&r->messages_used, span_text(s->name)) == NULL) ||
            (s->kind == SECTION_SPOOL && !spool_used(r->s, s->name))) {
            complain(r, s->place, "use it, or take it away", "the section `%s` is never used",
                     s->name);
        }
    }
}

static void remark_content(struct reading *r, const struct outline *o)
{
    static const char *const starts[] = {"expect ", "C: ",  "S: ",     "C| ",
                                         "S| ",     "C<. ", "either ", "^ req "};
    for (size_t i = 0; i < o->sections.count; i++) {
        const raw_lines *lines = &o->sections.at[i].lines;
        for (size_t j = 0; j < lines->count; j++) {
            for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
                if (span_starts(lines->at[j].text, span_text(starts[k]))) {
                    struct place place = {lines->at[j].file, lines->at[j].number, 1};
                    complain(r, place,
                             "sections stand last; with raw=yes content cannot be mistaken",
                             "this is content of a section and looks like a statement");
                }
            }
        }
    }
}

/* ---- what is needed and not said ---- */

static bool needs(const struct scenario *s, const char *word)
{
    return ROWS_IN(&s->needs, span_text(word)) != NULL;
}

static void remark_need(struct reading *r, struct place place, const char *word, const char *what)
{
    if (!needs(r->s, word)) {
        complain(r, place, arena_printf(r->arena, "need %s", word),
                 "%s, and the header does not say that the target must be able to", what);
    }
}

static void need_of_do(struct reading *r, const struct step *s)
{
    static const struct {
        const char *need;
        const char *what;
    } rows[] = {
        [DO_QUEUE_RUN] = {NULL, NULL},
        [DO_RESTART] = {"restart", "the target is restarted"},
        [DO_RELOAD] = {"reload", "the target reads its configuration again"},
        [DO_KILL] = {"kill", "the target is killed"},
        [DO_CLOCK] = {"clock", "the clock is moved"},
        [DO_SUBMIT] = {"submit", "mail is submitted locally"},
    };
    if (rows[s->verb].need != NULL) {
        remark_need(r, s->place, rows[s->verb].need, rows[s->verb].what);
    }
}

static void remark_needs(struct reading *r)
{
    step_list all = {0};
    scenario_steps(r->s, r->arena, &all);
    for (size_t i = 0; i < all.count; i++) {
        if (all.at[i]->kind == STEP_DO) {
            need_of_do(r, all.at[i]);
        } else if (all.at[i]->kind == STEP_TLS && !needs(r->s, "tls-on-connect") &&
                   !needs(r->s, "starttls")) {
            complain(r, all.at[i]->place, "need starttls, or need tls-on-connect",
                     "TLS is spoken, and the header does not say that the target must be able to");
        }
    }
}

/* ---- alternatives ---- */

#define CODE_ROOM 500 /* 100 to 599 */

static void add_codes(const struct reply_want *w, bool *set)
{
    for (size_t i = 0; i < w->codes.count; i++) {
        const struct reply_code *c = &w->codes.at[i];
        for (unsigned code = 100; code < 600; code++) {
            unsigned digits[3] = {code / 100, code / 10 % 10, code % 10};
            bool fits = true;
            for (int d = 0; d < 3; d++) {
                fits = fits && (c->digits[d] == 'x' || (unsigned)(c->digits[d] - '0') == digits[d]);
            }
            set[code - 100] = set[code - 100] || fits != c->negated;
        }
    }
}

static bool replies_meet(const struct reply_want *a, const struct reply_want *b)
{
    bool in_a[CODE_ROOM] = {false};
    bool in_b[CODE_ROOM] = {false};
    if ((a->status != NULL && b->status != NULL && strcmp(a->status, b->status) != 0) ||
        (a->text != NULL && b->text != NULL) || (a->offer.count > 0 && b->offer.count > 0)) {
        return false;
    }
    add_codes(a, in_a);
    add_codes(b, in_b);
    for (int i = 0; i < CODE_ROOM; i++) {
        if ((a->any || in_a[i]) && (b->any || in_b[i])) {
            return true;
        }
    }
    return false;
}

static bool events_meet(enum wire_event a, enum wire_event b)
{
    bool both_end = (a == EVENT_EOF || a == EVENT_RST) && (b == EVENT_EOF || b == EVENT_RST);
    return a == b || both_end;
}

/* True if the same octets could begin both. */
static bool steps_meet(const struct step *a, const struct step *b)
{
    if (a->kind != b->kind || a->side != b->side) {
        return false;
    }
    if (a->kind == STEP_REPLY) {
        return replies_meet(&a->replies.at[0], &b->replies.at[0]);
    }
    if (a->kind == STEP_EVENT) {
        return events_meet(a->event, b->event);
    }
    if (a->kind == STEP_TLS) {
        return true; /* all begin with the same octets */
    }
    return a->kind == STEP_LINE && strcmp(pattern_source(a->text), pattern_source(b->text)) == 0;
}

/* The wire lines that may come first. */
static void firsts(struct arena *arena, const steps *play, step_list *list)
{
    for (size_t i = 0; i < play->count; i++) {
        const struct step *s = &play->at[i];
        if (s->kind == STEP_EITHER) {
            for (size_t j = 0; j < s->branches.count; j++) {
                firsts(arena, &s->branches.at[j].play, list);
            }
            return;
        }
        if (s->kind != STEP_BREAK && s->kind != STEP_CROSS && s->kind != STEP_DO) {
            vec_add(arena, list, s);
            return;
        }
    }
}

static void compare(struct reading *r, const struct branch *a, const struct branch *b)
{
    step_list of_a = {0};
    step_list of_b = {0};
    firsts(r->arena, &a->play, &of_a);
    firsts(r->arena, &b->play, &of_b);
    for (size_t i = 0; i < of_a.count; i++) {
        for (size_t j = 0; j < of_b.count; j++) {
            if (steps_meet(of_a.at[i], of_b.at[j])) {
                complain(r, b->place, "alternatives differ in the first reply or event",
                         "`%s` cannot be told from `%s`", b->label, a->label);
                return;
            }
        }
    }
}

static void remark_either(struct reading *r, const struct step *either, enum side ours)
{
    enum side side = SIDE_S;
    bool chosen = cases_chooser(either, &side);
    if (!chosen) {
        complain(r, either->place, NULL, "no alternative has a line of the wire");
    }
    for (size_t i = 0; chosen && side != ours && i < either->branches.count; i++) {
        step_list first = {0};
        firsts(r->arena, &either->branches.at[i].play, &first);
        if (first.count == 0) {
            complain(r, either->branches.at[i].place, "say what the peer does in this alternative",
                     "`%s` has no line by which it could be told", either->branches.at[i].label);
        }
        for (size_t j = 0; j < i; j++) {
            compare(r, &either->branches.at[j], &either->branches.at[i]);
        }
    }
}

static bool is_said(const struct step *s, enum side ours)
{
    return s->side == ours &&
           (s->kind == STEP_LINE || s->kind == STEP_REPLY || s->kind == STEP_BYTES ||
            s->kind == STEP_MAIL || s->kind == STEP_OCTETS);
}

static void remark_play(struct reading *r, const steps *play, enum side ours)
{
    for (size_t i = 0; i < play->count; i++) {
        const struct step *s = &play->at[i];
        if (s->kind == STEP_BREAK &&
            (i == 0 || i + 1 == play->count || !is_said(&play->at[i - 1], ours) ||
             !is_said(&play->at[i + 1], ours))) {
            complain(r, s->place, "it parts two writes of one flight",
                     "`--` does not stand between two lines that the judge says");
        }
        if (s->kind == STEP_EITHER) {
            remark_either(r, s, ours);
        }
        for (size_t j = 0; j < s->branches.count; j++) {
            remark_play(r, &s->branches.at[j].play, ours);
        }
    }
}

/* Is something demanded of the peer? What demands nothing cannot fail. */
static bool demands(struct reading *r, const steps *play, enum side ours)
{
    step_list all = {0};
    bool any = false;
    steps_all(play, r->arena, &all);
    for (size_t i = 0; i < all.count; i++) {
        const struct step *s = all.at[i];
        any = any || s->kind == STEP_TLS || (s->side != ours && (is_said(s, s->side) || s->kind == STEP_EVENT));
    }
    return any;
}

static void remark_nothing(struct reading *r)
{
    bool any = r->s->expects.count > 0;
    for (size_t i = 0; i < r->s->blocks.count && !any; i++) {
        const struct play_block *b = &r->s->blocks.at[i];
        any = demands(r, &b->play, r->s->actors.at[b->actor].role == ACTOR_CLIENT ? SIDE_C : SIDE_S);
    }
    if (!any) {
        complain(r, (struct place){r->name, 1, 4}, "say what the peer answers, or what is found afterwards",
                 "nothing is demanded, and so nothing is shown");
    }
}

void remarks_make(struct reading *r, const struct outline *o)
{
    const struct scenario *s = r->s;
    remark_todo(r);
    remark_unused(r, &r->captures, 2, "the capture");
    remark_unused(r, &r->marks, 1, "the name");
    remark_sections(r);
    remark_content(r, o);
    for (size_t i = 0; i < s->sections.count; i++) {
        if (s->sections.at[i].kind == SECTION_CONFIG) {
            remark_need(r, s->sections.at[i].place,
                        s->sections.at[i].receiver ? SCENARIO_RECEIVER "config-exim"
                                                   : "config-exim",
                        "a configuration is given in Exim's language");
        }
    }
    remark_needs(r);
    for (size_t i = 0; i < s->blocks.count; i++) {
        bool client = s->actors.at[s->blocks.at[i].actor].role == ACTOR_CLIENT;
        remark_play(r, &s->blocks.at[i].play, client ? SIDE_C : SIDE_S);
    }
    remark_nothing(r);
}
