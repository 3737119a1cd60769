/* What is left of a scenario, and that changed scripts are scenarios: each is read, and is what it says when
   it is written again. */
#include "harness/mutate/mutate.h"

#include "harness/scenario/read.h"

#include <criterion/criterion.h>

#define HEAD "scenario t\nsource RFC5321 2.1\nreq RFC5321-2.1-x\n"
#define OUT "scenario whatever a client says, it is answered well or let go\nsource seen in assay fuzz\nreq  TODO\n"

struct row {
    const char *label;
    const char *text, *script;
};

static const struct row rows[] = {
    {"replies are any", HEAD "S: 220\nC: EHLO c\nS: 250 { SIZE }\nC: QUIT\nS: 221\n",
     OUT "S: *\nC: EHLO c\nS: *\nC: QUIT\nS: *\nS! eof\n"},
    {"flights stay", HEAD "S: 220\nC: RSET\nC: NOOP\nS: 250, 250\nC: HELP\nS: 214\n",
     OUT "S: *\nC: RSET\nC: NOOP\nS: *, *\nC: HELP\nS: *\n"},
    {"data where it was asked for", HEAD "S: 220\nC: DATA\nS: 354\nC<. plain\nS: 250\nC: NOOP\nS: 250\n",
     OUT "S: *\nC: DATA\neither asked1\n  S: 354\n  C<. plain\n  S: *\nor refused1\n  S: !354\nend\nC: NOOP\nS: *\n"},
    {"a chunk has one reply", HEAD "S: 220\nC: BDAT 9 LAST\nC<= plain\nS: 250\n",
     OUT "S: *\nC: BDAT 9 LAST\nC<= plain\nS: *\n"},
    {"the first that is not wrong", HEAD "S: 220\nC: A\neither x !fail\nS: 1xx\nor y\nS: 250\nC: B\nS: 250\nor z\nS: 550\nend\nC: C\nS: 250\n",
     OUT "S: *\nC: A\nS: *\nC: B\nS: *\nC: C\nS: *\n"},
    {"QUIT behind half a line is none", HEAD "S: 220\nC| \"NOOP \"\nC: QUIT\nS: 250\n",
     OUT "S: *\nC| \"NOOP \"\nC: QUIT\nS: *\n"},
    {"captures go", HEAD "S: 220 ~ \"@{x:word}\"\nC: NOOP @{x}\nS: 250\nC: NOOP\nS: 250\nexpect wire c S has \"a\"\n",
     OUT "S: *\nC: NOOP\nS: *\n"},
};

static span written(const struct script *s, struct arena *arena)
{
    struct buf text;
    struct buf form;
    mistakes wrong = {0};
    buf_init(&text, SIZE_MAX);
    buf_init(&form, SIZE_MAX);
    script_write(s, &text);
    cr_assert(!failed(scenario_format(buf_span(&text), "t.scn", arena, &form, &wrong)));
    cr_assert(wrong.count == 0, "%s\n%.*s", wrong.at[0].what, SPAN_FMT(buf_span(&text)));
    span copy = arena_copy(arena, buf_span(&form));
    buf_wipe(&text);
    buf_wipe(&form);
    return copy;
}

Test(script, rows)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf flat;
        struct script s;
        struct script again;
        buf_init(&flat, 65536);
        cr_assert(!failed(scenario_flatten(span_text(rows[i].text), "t.scn", "t", "t", arena, &flat)));
        cr_assert(script_read(buf_span(&flat), arena, &s), "%s", rows[i].label);
        span one = written(&s, arena);
        cr_expect(span_eq(one, span_text(rows[i].script)), "%s:\n%.*s", rows[i].label, SPAN_FMT(one));
        cr_assert(script_read(one, arena, &again));
        cr_expect(span_eq(one, written(&again, arena)), "%s", rows[i].label);
        buf_wipe(&flat);
    }
    arena_free(arena);
}

Test(mutate, the_same_dice_the_same_change)
{
    struct arena *arena = arena_new();
    struct script s;
    size_t changed = 0;
    cr_assert(script_read(span_text(rows[2].script), arena, &s));
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct script a = script_copy(&s, arena);
        struct script b = script_copy(&s, arena);
        struct rng one;
        struct rng two;
        rng_seeded(&one, seed);
        rng_seeded(&two, seed);
        const char *name = mutate_script(&a, &s, &one, arena);
        cr_expect(name == mutate_script(&b, &s, &two, arena));
        cr_expect(span_eq(written(&a, arena), written(&b, arena)));
        changed += name && !span_eq(written(&a, arena), written(&s, arena));
    }
    cr_expect_gt(changed, 150, "%zu", changed);
    arena_free(arena);
}
