/* `reversible`: the same text with the judge on the other side. Swapped, the judge is the server where
   `client -> sut` stood: the target is told to submit a message with the envelope that the C: lines
   show, the domain of its recipients leads to the judge, and what a client may choose freely (the
   name in EHLO, the parameters of ESMTP) is left free. What configured the server or is asked of it
   afterwards falls away, since that server is the judge. */
#include "harness/scenario/directives.h"

#include "base/rows.h"
#include "harness/scenario/pattern.h"

/* What the C: lines of one connection say of its mail. */
struct envelope {
    struct arena *arena;
    const char *from; /* without angle brackets */
    texts rcpts;
    unsigned mails;
    const struct step *second; /* the line of a second MAIL */
    const struct step *verb;   /* a `do` */
};

/* "a@c.test" of "MAIL FROM:<a@c.test> SIZE=1", in the first alternative; false if it is none. */
static bool path_in(span text, const char *verb, span *path)
{
    span begin = span_text(verb);
    size_t end = span_find_byte(text, '>');
    if (!span_starts_caseless(text, begin) || text.len <= begin.len || text.at[begin.len] != '<' ||
        end == SPAN_NONE) {
        return false;
    }
    *path = span_part(text, begin.len + 1, end - begin.len - 1);
    return true;
}

static void take_rcpt(struct envelope *e, span path)
{
    if (ROWS_IN(&e->rcpts, path) == NULL) {
        vec_add(e->arena, &e->rcpts, arena_text(e->arena, path));
    }
}

static void gather(struct envelope *e, const steps *play)
{
    step_list all = {0};
    steps_all(play, e->arena, &all);
    for (size_t i = 0; i < all.count; i++) {
        const struct step *s = all.at[i];
        span path;
        e->verb = s->kind == STEP_DO ? s : e->verb;
        if (s->kind != STEP_LINE || s->side != SIDE_C) {
            continue;
        }
        span text = span_text(pattern_source(s->text));
        if (path_in(text, "MAIL FROM:", &path)) {
            e->second = e->mails++ > 0 ? s : e->second;
            e->from = e->mails == 1 ? arena_text(e->arena, path) : e->from;
        } else if (path_in(text, "RCPT TO:", &path)) {
            take_rcpt(e, path);
        }
    }
}

static bool is_plain(const char *address)
{
    return strpbrk(address, "*|\\{ ") == NULL;
}

static void check_envelope(struct reading *r, const struct play_block *block,
                           const struct envelope *e)
{
    if (e->verb != NULL) {
        complain(r, e->verb->place, "leave out `reversible` or the verb",
                 "`do` is about a target that a reversible text need not have");
    }
    if (e->second != NULL) {
        complain(r, e->second->place, "a connection of a reversible text has one mail",
                 "a second MAIL: which message a client sends on the same connection is its own "
                 "business");
    }
    if (e->mails == 0 || e->rcpts.count == 0) {
        complain(r, block->place, "MAIL FROM:<...> and RCPT TO:<...> are what a client is told",
                 "a connection of a reversible text without %s",
                 e->mails == 0 ? "a MAIL line" : "a RCPT line");
        return;
    }
    bool plain = e->from[0] == '\0' || is_plain(e->from);
    for (size_t i = 0; i < e->rcpts.count; i++) {
        plain = plain && is_plain(e->rcpts.at[i]);
    }
    if (!plain) {
        complain(r, block->place, "write the addresses out",
                 "the addresses of a reversible text are submitted, and cannot be patterns");
    }
}

void turn_check(struct reading *r)
{
    const struct scenario *s = r->s;
    for (size_t i = 0; s->reversible && i < s->actors.count; i++) {
        if (s->actors.at[i].role == ACTOR_SERVER) {
            complain(r, s->actors.at[i].place, "leave out `reversible`",
                     "in a reversible text the judge is the client everywhere, as written");
        }
    }
    for (size_t i = 0; s->reversible && i < s->blocks.count; i++) {
        struct envelope e = {.arena = r->arena};
        gather(&e, &s->blocks.at[i].play);
        check_envelope(r, &s->blocks.at[i], &e);
    }
}

/* ---- what is left free ---- */

/* One alternative of a C: line. */
static const char *freed(span text, struct arena *arena)
{
    static const char *const hellos[] = {"EHLO", "HELO", "LHLO"};
    static const char *const paths[] = {"MAIL FROM:", "RCPT TO:"};
    for (size_t i = 0; i < sizeof hellos / sizeof *hellos; i++) {
        if (span_starts_caseless(text, span_text(hellos[i]))) {
            return arena_printf(arena, "%s *", hellos[i]);
        }
    }
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        span path;
        if (path_in(text, paths[i], &path)) {
            return arena_printf(arena, "%s<%.*s>*", paths[i], SPAN_FMT(path));
        }
    }
    return arena_text(arena, text);
}

static bool free_line(struct step *s, struct arena *arena)
{
    if (s->kind != STEP_LINE || s->side != SIDE_C) {
        return true;
    }
    span rest = span_text(pattern_source(s->text));
    const char *line = NULL;
    bool more = true;
    while (more) {
        size_t at = 0;
        while (at < rest.len && rest.at[at] != '|') {
            at += rest.at[at] == '\\' ? 2 : 1;
        }
        more = at < rest.len;
        const char *one = freed(span_first(rest, at), arena);
        line = line == NULL ? one : arena_printf(arena, "%s|%s", line, one);
        rest = span_from(rest, at + 1);
    }
    const struct pattern *read;
    if (!failed(pattern_read(span_text(line), PATTERN_LINE, arena, &read))) {
        s->text = read;
    }
    return true;
}

/* ---- the other side ---- */

static const char *first_message(const struct scenario *s)
{
    size_t i = 0;
    while (i < s->sections.count && s->sections.at[i].kind != SECTION_MESSAGE) {
        i++;
    }
    return i < s->sections.count ? s->sections.at[i].name : "plain";
}

static void submit_first(const struct scenario *s, const struct envelope *e,
                         struct play_block *block, struct arena *arena)
{
    steps play = {0};
    struct step *submit = vec_push(arena, &play);
    *submit = (struct step){.place = block->place, .kind = STEP_DO, .verb = DO_SUBMIT};
    vec_add(arena, &submit->words, first_message(s));
    vec_add(arena, &submit->words, e->from);
    vec_add_all(arena, &submit->words, &e->rcpts);
    steps lines = steps_changed(&block->play, free_line, arena);
    vec_add_all(arena, &play, &lines);
    block->play = play;
}

static void route_to(struct scenario *s, const struct envelope *e, const char *endpoint,
                     struct arena *arena)
{
    for (size_t i = 0; i < e->rcpts.count; i++) {
        const char *domain = strrchr(e->rcpts.at[i], '@');
        const char *key = arena_printf(arena, "route.%s", domain != NULL ? domain + 1 : "test.ex");
        if (ROWS_IN(&s->sets, span_text(key)) == NULL) {
            struct setting *route = vec_push(arena, &s->sets);
            *route = (struct setting){.key = key, .value = endpoint};
        }
    }
}

static void swap(struct scenario *s, struct arena *arena)
{
    memset(&s->sets, 0, sizeof s->sets);
    struct setting *boxes = vec_push(arena, &s->sets);
    /* The domain of the text leads to the judge: the target's own mailbox is elsewhere. */
    *boxes = (struct setting){.key = "accept.rcpt", .value = "u@sut.test"};
    for (size_t i = 0; i < s->actors.count; i++) {
        struct actor *a = &s->actors.at[i];
        a->role = ACTOR_SERVER;
        a->endpoint = arena_printf(arena, "mx%zu.judge.test:25", i + 1);
        a->port = NULL;
    }
    for (size_t i = 0; i < s->blocks.count; i++) {
        struct envelope e = {.arena = arena};
        struct play_block *block = &s->blocks.at[i];
        gather(&e, &block->play);
        route_to(s, &e, s->actors.at[block->actor].endpoint, arena);
        submit_first(s, &e, block, arena);
    }
    vec_add(arena, &s->needs, "submit");
}

bool turn_scenario(struct scenario *s, enum scenario_sides sides, struct arena *arena)
{
    s->sides = sides;
    if (sides == SIDES_AS_WRITTEN) {
        return true;
    }
    if (s->reversible && sides == SIDES_SWAPPED) {
        swap(s, arena);
    }
    return s->reversible;
}
