/* The queue as people see it, and orders by hand. */
#include "ref/queue/testing.h"

#include "ref/queue/list.h"

#define CONFIGURATION "begin routers\nr:\n driver = redirect\n data = :defer: later\n allow_defer\n" \
                      "begin retry\n* * F,1d,1h\n"

static const char *listed(struct testing_world *w, const char *id)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    (void)queue_list_put(&w->spool, span_text(id), clock_now(&w->clock.clock), &out);
    return buf_settle_text(&out, w->arena);
}

Test(queue_list, lines_have_exims_form)
{
    static const struct {
        long minutes;
        const char *age;
    } rows[] = {{0, " 0m "}, {89, "89m "}, {90, " 2h "}, {72 * 60, "72h "}, {80 * 60, " 3d "},
                {-5, " 0m "}};
    struct testing_world w;
    testing_open(&w, CONFIGURATION);
    const char *id = testing_message(&w, "s@a.test", "a@a.test,b@a.test");
    struct spool_message *m = ARENA_NEW(w.arena, struct spool_message);
    cr_assert_not(failed(spool_message_open(&w.spool, span_text(id), w.arena, m)));
    vec_add(w.arena, &m->envelope.done, SPAN("a@a.test"));
    m->envelope.frozen = TESTING_START;
    cr_assert_not(failed(spool_message_update(m)));
    spool_message_close(m);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        clock_still_set(&w.clock, TESTING_START + rows[i].minutes * 60 * NANOS_PER_SECOND);
        const char *expected = arena_printf(
            w.arena, "%s   14 %s <s@a.test> *** frozen ***\n        D a@a.test\n"
                     "          b@a.test\n\n", rows[i].age, id);
        cr_expect_str_eq(listed(&w, id), expected);
    }
    testing_close(&w);
}

Test(queue_list, sizes_have_four_places)
{
    static const struct {
        size_t body;
        const char *size;
    } rows[] = {{100, "  112"}, {1011, "1023"}, {1012, " 1.0K"}, {5000, " 4.9K"}, {20000, "  20K"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_world w;
        testing_open(&w, CONFIGURATION);
        struct spool_message *m = ARENA_NEW(w.arena, struct spool_message);
        cr_assert_not(failed(spool_message_begin(&w.spool, w.arena, m)));
        cr_assert_not(failed(spool_message_write(m, SPAN("Subject: x\n\n"))));
        for (size_t k = 1; k < rows[i].body; k++) {
            cr_assert_not(failed(spool_message_write(m, SPAN("y"))));
        }
        cr_assert_not(failed(spool_message_end(m)));
        vec_add(w.arena, &m->envelope.recipients,
                ((struct recipient){.address = SPAN("a@a.test"), .parent = -1}));
        cr_assert_not(failed(spool_message_commit(m)));
        const char *id = arena_text(w.arena, span_text(m->envelope.id));
        spool_message_close(m);
        const char *line = listed(&w, id);
        cr_expect(strstr(line, rows[i].size) == line + 4 + (strlen(rows[i].size) < 5 ? 1 : 0),
                  "%zu: %s", rows[i].body, line);
        testing_close(&w);
    }
}

Test(queue_list, damage_is_shown_and_what_is_gone_is_not)
{
    struct testing_world w;
    size_t count;
    testing_open(&w, CONFIGURATION);
    const char *id = testing_message(&w, "s@a.test", "a@a.test");
    cr_expect_not(failed(queue_count(&w.spool, &count)));
    cr_expect_eq(count, 1);
    const char *path = arena_printf(w.arena, "%s/%s-H", w.spool.input, id);
    cr_assert_not(failed(file_write(path, SPAN("nonsense\n"), 0600)));
    cr_expect(strstr(listed(&w, id), "spool format error: ") != NULL);
    cr_expect_str_eq(listed(&w, "1xUtVV-0003D5-zz"), "");
    testing_close(&w);
}

Test(queue_orders, each_says_what_it_did)
{
    static const struct {
        enum queue_order order;
        const char *text, *log, *files;
    } rows[] = {
        {QUEUE_ORDER_THAW, "is not frozen", "", "DH"},
        {QUEUE_ORDER_FREEZE, "is now frozen", "A frozen by root\n", "DH"},
        {QUEUE_ORDER_FREEZE, "is already frozen", "", "DH"},
        {QUEUE_ORDER_THAW, "is no longer frozen", "A unfrozen by root\n", "DH"},
        {QUEUE_ORDER_REMOVE, "has been removed", "A removed by root\nA Completed\n", ""},
    };
    struct testing_world w;
    testing_open(&w, CONFIGURATION);
    const char *id = testing_message(&w, "s@a.test", "a@a.test"), *text;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_not(failed(queue_order(&w.queue, rows[i].order, span_text(id), w.arena, &text)));
        cr_expect_str_eq(text, arena_printf(w.arena, "Message %s %s", id, rows[i].text));
        cr_expect_str_eq(testing_log(&w), rows[i].log);
        cr_expect_str_eq(testing_parts(&w), rows[i].files);
    }
    cr_expect_eq(queue_order(&w.queue, QUEUE_ORDER_REMOVE, span_text(id), w.arena, &text).kind,
                 ERR_CLOSED);
    testing_close(&w);
}

Test(queue_orders, what_is_given_up_is_told_to_its_sender)
{
    struct testing_world w;
    testing_open(&w, CONFIGURATION);
    const char *id = testing_message(&w, "s@a.test", "a@a.test"), *text;
    cr_assert_not(failed(queue_order(&w.queue, QUEUE_ORDER_GIVE_UP, span_text(id), w.arena, &text)));
    const char *log = testing_log(&w);
    cr_expect(strncmp(log, "A cancelled by root\nA ** a@a.test : delivery cancelled by administrator\n"
                           "B <= <> R=A", 80) == 0, "%s", log);
    cr_expect_str_eq(testing_parts(&w), "DH"); /* the report, which waits */
    testing_close(&w);
}
