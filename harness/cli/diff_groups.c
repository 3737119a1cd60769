/* What is the same behaviour: how the case ended, which alternatives were taken, which checks hold, and the
   class of each reply. Not the words of a reply, not times, not what is the target's own name. */
#include "harness/cli/diff.h"

#include "base/arena.h"

struct behaviour {
    const char *key; /* compared */
    report_texts targets;
    const struct report_case *shown; /* the first that showed it */
};

struct groups {
    struct arena *arena;
    bool codes;
    VEC(struct behaviour) all;
};

static bool is_compared(const struct report_case *c)
{
    return c->state != STATE_SKIP && c->state != STATE_INCONCLUSIVE && c->state != STATE_ERROR;
}

/* What a baseline calls expected is still what happened. */
static enum state happened(enum state s)
{
    return s == STATE_XFAIL || s == STATE_XDIFF ? STATE_FAIL : s == STATE_XPASS ? STATE_PASS : s;
}

static void put_reply(const struct groups *g, const char *got, struct buf *out)
{
    bool code = got && ascii_is_digit((unsigned char)got[0]) && strlen(got) >= 3;
    if (code) {
        buf_printf(out, " %.*s%s", g->codes ? 3 : 1, got, g->codes ? "" : "xx");
    }
}

static const char *key_of(const struct groups *g, const struct report_case *c)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    buf_put_text(&out, state_name(happened(c->state)));
    for (size_t i = 0; i < c->labels.count; i++) {
        buf_printf(&out, " %s", c->labels.at[i]);
    }
    for (size_t i = 0; i < c->checks.count; i++) {
        const struct report_check *k = &c->checks.at[i];
        buf_printf(&out, "\n%u %s", k->line, k->skipped ? "not asked" : k->ok ? "" : "does not hold");
        if (strcmp(k->kind, "reply") == 0) {
            put_reply(g, k->got, &out);
        } else if (!k->ok && !k->skipped) {
            buf_printf(&out, " %s", k->got ? k->got : "");
        }
    }
    return buf_settle_text(&out, g->arena);
}

/* A surface that one of them lacks makes no difference. */
static bool same(const char *a, const char *b)
{
    span x = span_text(a);
    span y = span_text(b);
    span one;
    span two;
    bool more = span_line(&x, &one);
    bool more_too = span_line(&y, &two);
    while (more && more_too) {
        bool asked = !span_ends(one, SPAN(" not asked")) && !span_ends(two, SPAN(" not asked"));
        if (asked && !span_eq(one, two)) {
            return false;
        }
        more = span_line(&x, &one);
        more_too = span_line(&y, &two);
    }
    return !more && !more_too;
}

static void add(struct groups *g, const struct report_case *c)
{
    const char *key = key_of(g, c);
    for (size_t i = 0; i < g->all.count; i++) {
        if (same(g->all.at[i].key, key)) {
            vec_add(g->arena, &g->all.at[i].targets, c->target);
            return;
        }
    }
    struct behaviour *b = vec_push(g->arena, &g->all);
    *b = (struct behaviour){.key = key, .shown = c};
    vec_add(g->arena, &b->targets, c->target);
}

static void put_words(const char *before, const report_texts *words, struct buf *out)
{
    for (size_t i = 0; i < words->count; i++) {
        buf_printf(out, "%s%s", i ? " " : before, words->at[i]);
    }
}

/* The first check in which this behaviour is another than the first one: line, wanted, got, clause. */
static void put_difference(const struct report_case *c, const struct report_case *other,
                           struct buf *out)
{
    for (size_t i = 0; i < c->checks.count; i++) {
        const struct report_check *k = &c->checks.at[i];
        const struct report_check *o = i < other->checks.count ? &other->checks.at[i] : NULL;
        bool reply = strcmp(k->kind, "reply") == 0 && o && k->got && o->got;
        bool differs = !o || o->ok != k->ok || o->line != k->line ||
                       (reply && strncmp(k->got, o->got, 3) != 0);
        if (differs && !k->skipped) {
            span got = span_text(k->got ? k->got : "nothing");
            size_t end = span_find(got, SPAN("\\r\\n"));
            buf_printf(out, "      line %u, %s: got %.*s", k->line, k->kind,
                       SPAN_FMT(span_first(got, end == SPAN_NONE ? got.len : end)));
            put_words("  by ", &k->reqs, out);
            buf_put_byte(out, '\n');
            return;
        }
    }
}

static void put_groups(const struct groups *g, struct buf *out)
{
    const struct report_case *first = g->all.at[0].shown;
    buf_printf(out, "%s: %s\n", first->id, first->title ? first->title : "");
    put_words("    by ", &first->reqs, out);
    buf_put_text(out, first->reqs.count ? "\n" : "");
    for (size_t i = 0; i < g->all.count; i++) {
        const struct behaviour *b = &g->all.at[i];
        buf_printf(out, "  %s", state_name(happened(b->shown->state)));
        put_words(" ", &b->shown->labels, out);
        put_words(": ", &b->targets, out);
        buf_put_byte(out, '\n');
        put_difference(b->shown, g->all.at[i ? 0 : 1].shown, out);
        if (b->shown->reason && b->shown->state != STATE_PASS) {
            buf_printf(out, "      %s\n", b->shown->reason);
        }
    }
    buf_put_byte(out, '\n');
}

static bool is_first(const struct report *r, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(r->cases.at[i].id, r->cases.at[at].id) == 0) {
            return false;
        }
    }
    return true;
}

bool diff_put(const struct report *r, bool codes, struct buf *out)
{
    struct groups g = {.arena = arena_new(), .codes = codes};
    size_t alike = 0;
    size_t differ = 0;
    size_t alone = 0;
    for (size_t i = 0; i < r->cases.count; i++) {
        size_t shown = 0;
        if (!is_first(r, i)) {
            continue;
        }
        arena_reset(g.arena);
        g.all.at = NULL;
        g.all.count = g.all.room = 0;
        for (size_t k = i; k < r->cases.count; k++) {
            const struct report_case *c = &r->cases.at[k];
            if (strcmp(c->id, r->cases.at[i].id) == 0 && is_compared(c)) {
                add(&g, c);
                shown++;
            }
        }
        alike += shown > 1 && g.all.count == 1;
        differ += g.all.count > 1;
        alone += shown < 2;
        if (g.all.count > 1) {
            put_groups(&g, out);
        }
    }
    buf_printf(out, "%zu cases alike, %zu different, %zu that fewer than two targets showed\n", alike,
               differ, alone);
    arena_free(g.arena);
    return differ == 0;
}
