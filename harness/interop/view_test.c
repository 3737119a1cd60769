/* One text, two targets: what each of them is told of it. */
#include "harness/interop/view.h"

#include "harness/scenario/read.h"

#include <criterion/criterion.h>

static const char text[] =
    "scenario a title\nsource RFC5321 D.1\nreq RFC5321-3.3-rcpt\n"
    "need config-exim chunking receiver.dsn receiver.config-exim\n"
    "set hostname = out.test.ex\nset receiver.limit.size = 1000\n"
    "actor c client -> sut:smtp\nactor mx receiver at mx.dest.test:25\n"
    "S: 220\nC: QUIT\n"
    "=== config exim\nqueue_only\n=== config exim for=receiver\nno_queue_only\n";

Test(view, each_side_has_its_own)
{
    struct arena *arena = arena_new();
    struct scenario_set set = {.sides = SIDES_AS_WRITTEN};
    mistakes wrong = {0};
    cr_assert(!failed(scenario_read_text(span_text(text), "x.scn", "x", arena, &set, &wrong)));
    cr_assert_eq(wrong.count, 0, "%s", wrong.count ? wrong.at[0].what : "");
    const struct scenario *s = set.cases.at[0];
    const struct scenario *sender = view_of_sender(s, arena);
    const struct scenario *receiver = view_of_receiver(s, arena);
    cr_expect_eq(view_receiver_actor(s), 1);
    cr_assert_eq(sender->needs.count, 2);
    cr_expect_str_eq(sender->needs.at[1], "chunking");
    cr_assert_eq(receiver->needs.count, 2);
    cr_expect_str_eq(receiver->needs.at[0], "dsn");
    cr_assert_eq(sender->sets.count, 1);
    cr_expect_str_eq(sender->sets.at[0].key, "hostname");
    cr_assert_eq(receiver->sets.count, 1);
    cr_expect_str_eq(receiver->sets.at[0].key, "limit.size");
    cr_assert_eq(sender->sections.count, 1);
    cr_expect(span_eq(sender->sections.at[0].content, SPAN("queue_only\n")));
    cr_assert_eq(receiver->sections.count, 1);
    cr_expect(span_eq(receiver->sections.at[0].content, SPAN("no_queue_only\n")));
    cr_expect_eq(sender->blocks.count, 1);
    cr_expect_eq(receiver->blocks.count + receiver->actors.count, 0);
    arena_free(arena);
}

Test(view, mistakes_about_the_receiver)
{
    static const char *const headers[][2] = {
        {"set receiver.limit.size = 10\n", "no actor is one"},
        {"need receiver.dsn\n", "no actor is one"},
        {"actor a receiver at x:25\nactor b receiver at y:25\n", "is the receiver already"},
        {"actor a receiver at x:25\nneed receiver.dns\n", "there is no capability"},
        {"actor a receiver at x:25\nset receiver.limit.sise = 10\n", "there is no key"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct arena *arena = arena_new();
        struct scenario_set set = {.sides = SIDES_AS_WRITTEN};
        mistakes wrong = {0};
        const char *all = arena_printf(
            arena, "scenario a title\nsource RFC5321 D.1\nreq RFC5321-3.3-rcpt\n%sS: 220\n",
            headers[i][0]);
        cr_assert(!failed(scenario_read_text(span_text(all), "x.scn", "x", arena, &set, &wrong)));
        cr_assert_neq(wrong.count, 0, "%s", headers[i][0]);
        cr_expect_not_null(strstr(wrong.at[0].what, headers[i][1]), "%s: %s", headers[i][0],
                           wrong.at[0].what);
        arena_free(arena);
    }
}
