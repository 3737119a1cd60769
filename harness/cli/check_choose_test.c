/* What somebody else's server is asked, and what not. */
#include "harness/cli/check.h"

#include "harness/scenario/read.h"

#include <criterion/criterion.h>

struct row {
    const char *play;
    unsigned boxes;
    const char *lacks; /* in it; NULL: it is asked */
};

static const struct row rows[] = {
    {"S: 220\nC: EHLO c.test\nS: 250\n", 0, NULL},
    {"C: RCPT TO:<u@test.ex>\nS: 250\n", 0, "--rcpt ADDRESS"},
    {"C: RCPT TO:<u@test.ex>\nS: 250\n", 1, NULL},
    {"C: RCPT TO:<nobody@test.ex>\nS: 550\n", 1, NULL},
    {"C: RCPT TO:<v@test.ex>\nS: 250\n", 1, "two mailboxes"},
    {"C: RCPT TO:<v@test.ex>\nS: 250\n", 2, NULL},
    {"C: RCPT TO:<u@TEST.EX>\nS: 250\n", 2, "no counterpart"},
    {"C: RCPT TO:<\"u\"@test.ex>\nS: 250\n", 2, "no counterpart"},
    {"C: RCPT TO:<postmaster@mx.test.ex>\nS: 250\n", 2, "no counterpart"},
    {"C| \"EHLO c.test\\r\\n\"\nS: 250\n", 2, "raw octets"},
    {"C| \"NOOP\\r\\n\"\nS: 250\n", 0, NULL},
    {"do queue-run\n", 0, "told to do something"},
    {"either a\n  S: 250\n  C: VRFY u@test.ex\n  S: 252\nor b\n  S: 5xx\nend\n", 0, "--rcpt ADDRESS"},
};

Test(check, what_is_asked)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct scenario_set set = {.sides = SIDES_AS_WRITTEN};
        mistakes wrong = {0};
        struct play_courtesy y = {.name = "judge.example.org",
                                  .boxes = {rows[i].boxes > 0 ? "one@example.net" : NULL,
                                            rows[i].boxes > 1 ? "two@example.net" : NULL}};
        const char *text =
            arena_printf(arena, "scenario t\nsource RFC5321 D.1\nreq RFC5321-3.3-rcpt\n%s", rows[i].play);
        cr_assert(!failed(scenario_read_text(span_text(text), "x.scn", "x", arena, &set, &wrong)));
        cr_assert_eq(set.cases.count, 1, "%s: %s", rows[i].play, wrong.count ? wrong.at[0].what : "");
        const char *lacks = check_lacks(set.cases.at[0], &y, arena);
        if (rows[i].lacks) {
            cr_assert_not_null(lacks, "%s", rows[i].play);
            cr_expect_not_null(strstr(lacks, rows[i].lacks), "%s: %s", rows[i].play, lacks);
        } else {
            cr_expect_null(lacks, "%s: %s", rows[i].play, lacks ? lacks : "");
        }
        arena_free(arena);
    }
}

Test(check, what_was_left_out_is_counted_by_reason)
{
    struct arena *arena = arena_new();
    struct report r = {.tool = NULL};
    struct buf out;
    buf_init(&out, 65536);
    static const char *const ids[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++) {
        *vec_push(arena, &r.cases) = (struct report_case){
            .id = ids[i], .state = i == 3 ? STATE_PASS : STATE_SKIP,
            .reason = i == 3 ? NULL : "unsupported: dsn"};
    }
    check_put_left_out(&r, false, &out);
    cr_expect(span_eq(buf_span(&out), SPAN("asked: 1 cases; left out: 3\n"
                                           "       3  unsupported: dsn\n"
                                           "          a\n          b\n"
                                           "          and 1 more; --verbose names them\n")),
              "%.*s", SPAN_FMT(buf_span(&out)));
    buf_clear(&out);
    check_put_left_out(&r, true, &out);
    cr_expect(span_has(buf_span(&out), SPAN("          c\n")));
    buf_wipe(&out);
    arena_free(arena);
}
