/* The table of senders and receivers. */
#include "harness/cli/pairs.h"

#include "base/arena.h"

#include <criterion/criterion.h>

static void add(struct arena *arena, struct report *r, const char *target, const char *id,
                enum state state, const char *flights)
{
    *vec_push(arena, &r->cases) =
        (struct report_case){.id = id, .target = target, .state = state, .flights = flights};
}

Test(pairs_table, counts_states_and_flights)
{
    struct arena *arena = arena_new();
    struct report r = {.tool = NULL};
    struct buf out;
    buf_init(&out, 65536);
    add(arena, &r, "a->a", "interop/one", STATE_PASS, "SCS");
    add(arena, &r, "a->a", "interop/two", STATE_SKIP, NULL);
    add(arena, &r, "a->b", "interop/one", STATE_FAIL, "SCSCS");
    add(arena, &r, "a->b", "interop/two", STATE_PASS, "SCSC");
    add(arena, &r, "b->a", "interop/one", STATE_SKIP, NULL);
    add(arena, &r, "b->a", "interop/two", STATE_SKIP, NULL);
    add(arena, &r, "c", "smtp/other", STATE_FAIL, NULL);
    pairs_table_put(&r, &out);
    static const char wanted[] = "sender \\ receiver  a    b\n"
                                 "a                  1/1  1/2 1 fail\n"
                                 "b                  -    \n"
                                 "\n"
                                 "flights  one     two\n"
                                 "a->a     3       -\n"
                                 "a->b     5 fail  4\n"
                                 "b->a     -       -\n"
                                 "b->b             \n";
    cr_expect(span_eq(buf_span(&out), span_text(wanted)), "%.*s", SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
    arena_free(arena);
}

Test(pairs_table, without_pairs_there_is_none)
{
    struct arena *arena = arena_new();
    struct report r = {.tool = NULL};
    struct buf out;
    buf_init(&out, 65536);
    add(arena, &r, "ref", "smtp/one", STATE_PASS, NULL);
    pairs_table_put(&r, &out);
    cr_expect_eq(out.len, 0);
    buf_wipe(&out);
    arena_free(arena);
}
