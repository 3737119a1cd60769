/* What a worker tells is what its parent hears; what is cut off is known for it. */
#include "harness/cli/tell.h"

#include "reports/formats.h"
#include "reports/sample_test.h"

#include <criterion/criterion.h>

static span json_of(const struct report *r, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    report_write(report_format_find(SPAN("json")), r, (struct report_style){0}, &out);
    return buf_settle(&out, arena);
}

static void tell_report(struct telling *t, struct report *r)
{
    tell_target(t, &r->targets.at[0]);
    for (size_t i = 0; i < r->cases.count; i++) {
        tell_case(t, &r->cases.at[i]);
    }
}

/* A report with room for the same rows, and nothing in them. */
static struct report empty_like(const struct report *r, struct arena *arena)
{
    struct report empty = *r;
    empty.targets.at = ARENA_NEW(arena, struct report_target);
    empty.cases.at = arena_take_array(arena, r->cases.count, sizeof *r->cases.at);
    return empty;
}

Test(tell, what_is_told_is_heard)
{
    struct arena *arena = arena_new();
    struct report r;
    struct buf told;
    sample_report(&r, arena);
    r.cases.at[0].known = true;
    span before = json_of(&r, arena);
    buf_init(&told, 1 << 20);
    tell_report(&(struct telling){.out = &told}, &r);
    cr_expect(span_eq(json_of(&r, arena), before), "telling changes nothing");

    struct report heard = empty_like(&r, arena);
    struct telling t = {.at = (char *)told.at, .end = (char *)told.at + told.len, .arena = arena};
    tell_report(&t, &heard);
    cr_expect(!t.broken && t.at == t.end);
    cr_expect(span_eq(json_of(&heard, arena), before));
    buf_wipe(&told);
    arena_free(arena);
}

Test(tell, what_is_cut_off_is_broken)
{
    struct arena *arena = arena_new();
    struct report r;
    struct buf told;
    sample_report(&r, arena);
    buf_init(&told, 1 << 20);
    tell_report(&(struct telling){.out = &told}, &r);
    for (size_t cut = 0; cut < told.len; cut++) {
        struct report heard = empty_like(&r, arena);
        char *copy = arena_take(arena, cut + 1);
        memcpy(copy, told.at, cut);
        struct telling t = {.at = copy, .end = copy + cut, .arena = arena};
        tell_report(&t, &heard);
        cr_assert(t.broken, "cut at %zu", cut);
    }
    buf_wipe(&told);
    arena_free(arena);
}
