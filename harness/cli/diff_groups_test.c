/* What is the same behaviour on two targets, and what is not. */
#include "harness/cli/diff.h"

#include "base/arena.h"

#include <criterion/criterion.h>

/* One check of a case on one target. */
struct one {
    enum state state;
    const char *label; /* or NULL */
    const char *kind;
    bool ok;
    const char *skipped;
    const char *got;
};

struct row {
    const char *label;
    struct one a, b;
    bool codes;
    bool alike;
};

static const struct row rows[] = {
    {"another text", {STATE_PASS, NULL, "reply", true, NULL, "250 OK"},
     {STATE_PASS, NULL, "reply", true, NULL, "250 2.1.0 fine"}, false, true},
    {"another code of the same class", {STATE_PASS, NULL, "reply", true, NULL, "550 no"},
     {STATE_PASS, NULL, "reply", true, NULL, "553 no"}, false, true},
    {"the same, codes being asked for", {STATE_PASS, NULL, "reply", true, NULL, "550 no"},
     {STATE_PASS, NULL, "reply", true, NULL, "553 no"}, true, false},
    {"another class", {STATE_PASS, NULL, "reply", true, NULL, "450 later"},
     {STATE_PASS, NULL, "reply", true, NULL, "550 no"}, false, false},
    {"another alternative", {STATE_PASS, "kept", "reply", true, NULL, "250"},
     {STATE_PASS, "alone", "reply", true, NULL, "250"}, false, false},
    {"another end", {STATE_PASS, NULL, "mail", true, NULL, "1"},
     {STATE_FAIL, NULL, "mail", false, NULL, "0"}, false, false},
    {"expected failures are failures", {STATE_XFAIL, NULL, "mail", false, NULL, "0"},
     {STATE_FAIL, NULL, "mail", false, NULL, "0"}, false, true},
    {"they fail in two ways", {STATE_FAIL, NULL, "mail", false, NULL, "0"},
     {STATE_FAIL, NULL, "mail", false, NULL, "2"}, false, false},
    {"a surface that one lacks", {STATE_PASS, NULL, "log", true, NULL, "a line"},
     {STATE_PASS, NULL, "log", false, "surface", NULL}, false, true},
    {"one was skipped", {STATE_PASS, NULL, "reply", true, NULL, "250"},
     {STATE_SKIP, NULL, "reply", true, NULL, "550"}, false, true},
    {"one shows nothing", {STATE_PASS, NULL, "reply", true, NULL, "250"},
     {STATE_INCONCLUSIVE, NULL, "reply", false, NULL, "421"}, false, true},
};

static void add(struct arena *arena, struct report *r, const char *target, const struct one *o)
{
    struct report_case *c = vec_push(arena, &r->cases);
    *c = (struct report_case){.id = "t/x", .title = "a claim", .target = target, .state = o->state};
    if (o->label) {
        vec_add(arena, &c->labels, o->label);
    }
    *vec_push(arena, &c->checks) = (struct report_check){
        .line = 7, .kind = o->kind, .ok = o->ok, .skipped = o->skipped, .got = o->got};
}

Test(diff, same_and_other_behaviour)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct report r = {.tool = NULL};
        struct buf out;
        buf_init(&out, 65536);
        add(arena, &r, "a", &rows[i].a);
        add(arena, &r, "b", &rows[i].b);
        cr_expect_eq(diff_put(&r, rows[i].codes, &out), rows[i].alike, "%s: %.*s", rows[i].label,
                     SPAN_FMT(buf_span(&out)));
        cr_expect_eq(span_has(buf_span(&out), SPAN("t/x: a claim")), !rows[i].alike, "%s: %.*s",
                     rows[i].label, SPAN_FMT(buf_span(&out)));
        buf_wipe(&out);
        arena_free(arena);
    }
}
