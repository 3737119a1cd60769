/* Passes over a text, each of which tries to leave something out and keeps what it may; from the large to
   the small, and again until a round changes nothing. */
#include "harness/mutate/shrink.h"

#include "harness/mutate/parts.h"
#include "harness/scenario/read.h"

enum { TEXT_CEILING = 64 * 1024 * 1024, FINE = 4 };

struct shrinking {
    struct shrink *s;
    const char *name;
    struct arena *arena;   /* of best */
    struct arena *scratch; /* of one pass over best */
    VEC(uint64_t) met;     /* hashes of what was asked already */
    parts all;             /* of best */
    bool *out;
    bool moved; /* in this pass */
};

/* ---- one question ---- */

static uint64_t hash_of(span text)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < text.len; i++) {
        h = (h ^ text.at[i]) * UINT64_C(1099511628211);
    }
    return h;
}

static bool is_met(struct shrinking *k, span text)
{
    uint64_t h = hash_of(text);
    for (size_t i = 0; i < k->met.count; i++) {
        if (k->met.at[i] == h) {
            return true;
        }
    }
    vec_add(k->arena, &k->met, h);
    return false;
}

/* In the one form, if the reader takes it and makes one case of it. */
static bool is_read(span text, const char *name, struct arena *arena, struct buf *form)
{
    mistakes wrong = {0};
    struct scenario_set set = {0};
    return !failed(scenario_format(text, name, arena, form, &wrong)) && wrong.count == 0 &&
           !buf_full(form) &&
           !failed(scenario_read_text(buf_span(form), name, "t", arena, &set, &wrong)) &&
           wrong.count == 0 && set.cases.count == 1;
}

static void cut_best(struct shrinking *k)
{
    arena_reset(k->scratch);
    k->all = (parts){0};
    parts_cut(k->s->best, k->scratch, &k->all);
    k->out = arena_take_array(k->scratch, k->all.count + 1, sizeof *k->out);
}

/* True: the text does it too, and is the best one now. */
static bool ask(struct shrinking *k, span text)
{
    if (k->s->asked >= k->s->most) {
        return false;
    }
    struct arena *arena = arena_new();
    struct buf form;
    bool does = false;
    buf_init(&form, TEXT_CEILING);
    if (is_read(text, k->name, arena, &form) && buf_span(&form).len < k->s->best.len &&
        !is_met(k, buf_span(&form))) {
        k->s->asked++;
        does = k->s->does(k->s->context, buf_span(&form));
    }
    if (does) {
        k->s->best = arena_copy(k->arena, buf_span(&form));
        k->moved = true;
        cut_best(k);
    }
    buf_wipe(&form);
    arena_free(arena);
    return does;
}

/* Without what `out` marks, which is cleared behind it. */
static bool ask_without(struct shrinking *k)
{
    struct buf text;
    buf_init(&text, TEXT_CEILING);
    parts_join(&k->all, k->out, &text);
    memset(k->out, 0, k->all.count * sizeof *k->out);
    bool does = ask(k, buf_span(&text));
    buf_wipe(&text);
    return does;
}

static void leave_out(struct shrinking *k, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        k->out[i] = true;
    }
}

/* ---- whole things ---- */

/* Sections, connections, alternatives altogether. */
static void pass_whole(struct shrinking *k)
{
    for (size_t i = k->all.count; i-- > 0;) {
        enum part_kind kind = i < k->all.count ? k->all.at[i].kind : PART_KIND_COUNT;
        if (kind == PART_SECTION || kind == PART_CONN || kind == PART_EITHER) {
            leave_out(k, i, parts_behind(&k->all, i));
            (void)ask_without(k);
        }
    }
}

/* One alternative in place of all. */
static bool only_branch(struct shrinking *k, size_t either, size_t branch)
{
    size_t behind = parts_behind(&k->all, either);
    unsigned depth = 0;
    size_t at = 0;
    leave_out(k, either, behind);
    for (size_t i = either; i < behind; i++) {
        enum part_kind kind = k->all.at[i].kind;
        depth += kind == PART_EITHER;
        bool edge = depth == 1 && (kind == PART_EITHER || kind == PART_OR || kind == PART_END);
        at += edge && kind == PART_OR;
        k->out[i] = edge || at != branch;
        depth -= kind == PART_END;
    }
    return ask_without(k);
}

static void pass_branches(struct shrinking *k)
{
    for (size_t i = 0; i < k->all.count; i++) {
        for (size_t b = 0; b < 16 && i < k->all.count && k->all.at[i].kind == PART_EITHER; b++) {
            (void)only_branch(k, i, b);
        }
    }
}

/* ---- runs of parts ---- */

typedef bool choose_part(enum part_kind kind);

static bool is_statement(enum part_kind kind)
{
    return kind == PART_SETTING || kind == PART_CLIENT || kind == PART_SERVER || kind == PART_DEED ||
           kind == PART_CLAIM;
}

static bool is_ours(enum part_kind kind)
{
    return is_statement(kind) && kind != PART_SERVER;
}

static bool is_content(enum part_kind kind)
{
    return kind == PART_CONTENT;
}

static size_t count_chosen(const struct shrinking *k, choose_part *choose)
{
    size_t count = 0;
    for (size_t i = 0; i < k->all.count; i++) {
        count += choose(k->all.at[i].kind);
    }
    return count;
}

static void leave_out_chosen(struct shrinking *k, choose_part *choose, size_t from, size_t size)
{
    size_t at = 0;
    for (size_t i = 0; i < k->all.count; i++) {
        bool chosen = choose(k->all.at[i].kind);
        k->out[i] = chosen && at >= from && at < from + size;
        at += chosen;
    }
}

/* Runs of half of them, of a quarter ... of one. Short runs begin anywhere, since what belongs together
   stands together. */
static void pass_runs(struct shrinking *k, choose_part *choose)
{
    for (size_t size = count_chosen(k, choose); size > 0; size = size > FINE ? size / 2 : size - 1) {
        size_t step = size > FINE ? size / 2 : 1;
        for (size_t from = 0; from + size <= count_chosen(k, choose);) {
            leave_out_chosen(k, choose, from, size);
            from += ask_without(k) ? 0 : step;
        }
    }
}

/* ---- a command and its reply ---- */

/* The reply to the command at `from`, in a client's block outside of alternatives: replies come in the
   order of commands, the greeting first. 0: nobody knows. */
static size_t reply_to(const parts *all, size_t from)
{
    size_t begin = from;
    while (begin > 0 && is_statement(all->at[begin - 1].kind) &&
           all->at[begin - 1].kind != PART_SETTING) {
        begin--;
    }
    size_t due = 1; /* the greeting, and each command up to this one */
    for (size_t i = begin; i <= from; i++) {
        due += all->at[i].kind == PART_CLIENT && !part_is(&all->at[i], "C!");
    }
    for (size_t i = begin; i < all->count && due > 0; i++) {
        if (part_is(&all->at[i], "S:") && --due == 0) {
            return i > from ? i : 0;
        }
    }
    return 0;
}

static void pass_pairs(struct shrinking *k)
{
    for (size_t i = k->all.count; i-- > 0;) {
        size_t reply = i < k->all.count && k->all.at[i].kind == PART_CLIENT ? reply_to(&k->all, i) : 0;
        if (reply > 0) {
            k->out[i] = true;
            k->out[reply] = true;
            (void)ask_without(k);
        }
    }
}

/* ---- octets ---- */

/* The part with octets from..from+size of its text left out. */
static bool ask_cut(struct shrinking *k, size_t part, size_t from, size_t size)
{
    struct buf text;
    span whole = k->all.at[part].text;
    buf_init(&text, TEXT_CEILING);
    for (size_t i = 0; i < k->all.count; i++) {
        if (i == part) {
            buf_put(&text, span_first(whole, from));
            buf_put(&text, span_from(whole, from + size));
        } else {
            buf_put(&text, k->all.at[i].text);
        }
    }
    bool does = ask(k, buf_span(&text));
    buf_wipe(&text);
    return does;
}

/* What is behind the code: an offer, a text. */
static void pass_replies(struct shrinking *k)
{
    for (size_t i = 0; i < k->all.count; i++) {
        if (!part_is(&k->all.at[i], "S:")) {
            continue;
        }
        span text = part_text(&k->all.at[i]);
        size_t blank = span_find_byte(text, ' ');
        if (blank != SPAN_NONE) {
            size_t from = (size_t)(text.at - k->all.at[i].text.at) + blank;
            (void)ask_cut(k, i, from, text.len - blank);
        }
    }
}

/* Where the literal of a part begins: behind the word of a statement. SIZE_MAX: it has none. */
static size_t literal_at(const struct part *p)
{
    bool said = part_is(p, "C:") || part_is(p, "C|") || part_is(p, "S:") || part_is(p, "S|");
    if (p->kind == PART_CONTENT) {
        return 0;
    }
    return said || p->kind == PART_SETTING ? (size_t)(part_text(p).at - p->text.at) : SIZE_MAX;
}

static size_t literal_end(const struct part *p)
{
    size_t end = span_find_byte(p->text, '\n');
    return end == SPAN_NONE ? p->text.len : end;
}

static void pass_octets(struct shrinking *k)
{
    for (size_t i = 0; i < k->all.count; i++) {
        size_t begin = literal_at(&k->all.at[i]);
        if (begin == SIZE_MAX) {
            continue;
        }
        for (size_t size = literal_end(&k->all.at[i]) - begin; size > 0; size /= 2) {
            for (size_t from = begin; from + size <= literal_end(&k->all.at[i]);) {
                from += ask_cut(k, i, from, size) ? 0 : size;
            }
        }
    }
}

/* ---- rounds ---- */

static bool round_of(struct shrinking *k)
{
    k->moved = false;
    pass_whole(k);
    pass_branches(k);
    if (k->s->replies_stay) {
        pass_runs(k, is_ours);
    } else {
        pass_pairs(k);
        pass_runs(k, is_statement);
        pass_replies(k);
    }
    pass_runs(k, is_content);
    return k->moved;
}

void shrink_text(struct shrink *s, span text, const char *name, struct arena *arena)
{
    struct shrinking k = {.s = s, .name = name, .arena = arena, .scratch = arena_new()};
    s->best = text;
    s->asked = 0;
    cut_best(&k);
    do {
        while (round_of(&k) && s->asked < s->most) {
        }
        k.moved = false;
        pass_octets(&k);
    } while (k.moved && s->asked < s->most);
    arena_free(k.scratch);
}
