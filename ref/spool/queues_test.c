/* Named queues: where their messages lie, and that a message moves from one to another as a whole. */
#include "ref/spool/queues.h"

#include "base/file.h"
#include "ref/spool/scan.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

struct place {
    char path[40];
    struct arena *arena;
    struct spool spool;
};

static void place_open(struct place *p, const char *queue)
{
    *p = (struct place){.path = "/tmp/spool-queues-XXXXXX", .arena = arena_new()};
    cr_assert_not_null(mkdtemp(p->path));
    struct spool_options options = {.directory = p->path, .queue = queue, .clock = clock_system(),
                                    .process = 77, .login = SPAN("mail")};
    cr_assert_not(failed(spool_open(&p->spool, &options, p->arena)));
}

static void place_close(struct place *p)
{
    spool_close(&p->spool);
    cr_expect_not(failed(dir_remove_all(p->path)));
    arena_free(p->arena);
}

static bool is_there(const struct place *p, const char *name)
{
    return path_is_file(path_join(p->arena, p->path, name));
}

static const char *stored(struct place *p, struct spool *s)
{
    struct spool_message m = {0};
    cr_assert_not(failed(spool_message_begin(s, p->arena, &m)));
    cr_assert_not(failed(spool_message_write(&m, SPAN("Subject: x\n\nbody\n"))));
    cr_assert_not(failed(spool_message_end(&m)));
    m.envelope.sender = SPAN("a@b");
    vec_add(p->arena, &m.envelope.recipients, ((struct recipient){.address = SPAN("u@x"), .parent = -1}));
    cr_assert_not(failed(spool_message_commit(&m)));
    const char *id = arena_text(p->arena, span_text(m.envelope.id));
    spool_message_close(&m);
    return id;
}

Test(spool_queues, names)
{
    static const struct {
        const char *name;
        bool fine;
    } rows[] = {
        {"", true},       {"slow", true},   {"a-b_c.d", true},
        {"a/b", false},   {"..", false},    {".x", false},
        {"input", false}, {"db", false},    {"log", false},
        {"a b", false},   {"a\nb", false},  {"\xc3\xbc", false},
        {"12345678901234567890123456789012", true},
        {"123456789012345678901234567890123", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(spool_queue_bad(span_text(rows[i].name)) == NULL, rows[i].fine, "%s",
                     rows[i].name);
    }
}

Test(spool_queues, a_queue_is_opened_once_and_ids_are_of_one_source)
{
    struct place p;
    struct spool *slow, *again, *usual;
    span id;
    char name[SPOOL_NAME_ROOM];
    place_open(&p, NULL);
    cr_assert_not(failed(spool_queue(&p.spool, SPAN("slow"), &slow)));
    cr_assert_not(failed(spool_queue(slow, SPAN("slow"), &again)));
    cr_assert_not(failed(spool_queue(slow, SPAN_EMPTY, &usual)));
    cr_expect(slow == again && usual == &p.spool && slow != usual);
    const char *first = stored(&p, &p.spool), *second = stored(&p, slow);
    cr_expect_str_neq(first, second);
    cr_expect(is_there(&p, arena_printf(p.arena, "input/%s-H", first)));
    cr_expect(is_there(&p, arena_printf(p.arena, "slow/input/%s-H", second)));
    spool_name_put(slow, second, name);
    cr_expect_str_eq(name, arena_printf(p.arena, "slow/%s", second));
    cr_assert_not(failed(spool_name_find(&p.spool, span_text(name), &again, &id)));
    cr_expect(again == slow && span_eq(id, span_text(second)));
    spool_name_put(usual, first, name);
    cr_assert_not(failed(spool_name_find(slow, span_text(name), &again, &id)));
    cr_expect(again == usual && span_eq(id, span_text(first)));
    cr_expect_eq(spool_queue(&p.spool, SPAN("a/b"), &again).kind, ERR_SYNTAX);
    place_close(&p);
}

Test(spool_queues, a_spool_may_be_opened_as_a_named_queue_and_lead_to_the_usual_one)
{
    struct place p;
    struct spool *usual;
    place_open(&p, "slow");
    cr_assert_not(failed(spool_queue(&p.spool, SPAN_EMPTY, &usual)));
    cr_expect(is_there(&p, arena_printf(p.arena, "slow/input/%s-H", stored(&p, &p.spool))));
    cr_expect(is_there(&p, arena_printf(p.arena, "input/%s-H", stored(&p, usual))));
    place_close(&p);
}

Test(spool_queues, a_message_moves_with_what_its_journal_says)
{
    struct place p;
    struct spool *slow;
    struct spool_message m = {0};
    place_open(&p, NULL);
    cr_assert_not(failed(spool_queue(&p.spool, SPAN("slow"), &slow)));
    const char *id = stored(&p, &p.spool);
    const char *journal = arena_printf(p.arena, "%s/input/%s-J", p.path, id);
    cr_assert_not(failed(file_write(journal, SPAN("u@x\n"), 0640)));
    cr_assert_not(failed(spool_message_open(&p.spool, span_text(id), p.arena, &m)));
    cr_assert_not(failed(spool_message_move(&m, slow)));
    spool_message_close(&m);
    static const char *const suffixes[] = {"-H", "-D", "-J"};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_not(is_there(&p, arena_printf(p.arena, "input/%s%s", id, suffixes[i])));
        cr_expect_eq(is_there(&p, arena_printf(p.arena, "slow/input/%s%s", id, suffixes[i])), i < 2);
    }
    cr_assert_not(failed(spool_message_open(slow, span_text(id), p.arena, &m)));
    cr_expect_eq(m.envelope.done.count, 1);
    spool_message_close(&m);
    /* Back, over what a crash in the middle of a move left there. */
    cr_assert_not(failed(file_write(arena_printf(p.arena, "%s/input/%s-D", p.path, id), SPAN("x"), 0640)));
    cr_assert_not(failed(spool_message_open(slow, span_text(id), p.arena, &m)));
    cr_assert_not(failed(spool_message_move(&m, &p.spool)));
    spool_message_close(&m);
    cr_expect(is_there(&p, arena_printf(p.arena, "input/%s-H", id)));
    cr_expect_not(is_there(&p, arena_printf(p.arena, "slow/input/%s-D", id)));
    place_close(&p);
}

Test(spool_queues, a_message_does_not_move_onto_another)
{
    struct place p;
    struct spool *slow;
    struct spool_message m = {0};
    place_open(&p, NULL);
    cr_assert_not(failed(spool_queue(&p.spool, SPAN("slow"), &slow)));
    const char *id = stored(&p, &p.spool);
    cr_assert_not(failed(file_write(arena_printf(p.arena, "%s/slow/input/%s-H", p.path, id), SPAN("x"),
                                    0640)));
    cr_assert_not(failed(spool_message_open(&p.spool, span_text(id), p.arena, &m)));
    cr_expect_eq(spool_message_move(&m, slow).kind, ERR_DEFER);
    spool_message_close(&m);
    cr_expect(is_there(&p, arena_printf(p.arena, "input/%s-D", id)));
    place_close(&p);
}

Test(spool_queues, what_a_crash_left_is_swept_from_every_queue)
{
    struct place p;
    struct spool *slow;
    place_open(&p, NULL);
    cr_assert_not(failed(spool_queue(&p.spool, SPAN("slow"), &slow)));
    const char *id = stored(&p, slow);
    static const char *const left[] = {"input/1xUtVW-0003D5-1r-D", "slow/input/1xUtVW-0003D5-1r-D"};
    for (size_t i = 0; i < 2; i++) {
        cr_assert_not(failed(file_write(path_join(p.arena, p.path, left[i]), SPAN("x"), 0640)));
    }
    cr_assert_not(failed(spool_sweep_all(&p.spool, p.arena)));
    cr_expect_not(is_there(&p, left[0]) || is_there(&p, left[1]));
    cr_expect(is_there(&p, arena_printf(p.arena, "slow/input/%s-H", id)));
    place_close(&p);
}
