/* The events of a ladder out of what a play saw: who spoke to whom, cut into flights and lines. */
#include "harness/case/events.h"

#include <criterion/criterion.h>

static void saw(struct transcript *t, enum event_kind kind, size_t actor, enum side side,
                const char *bytes)
{
    struct event *e = transcript_add(t, kind, actor, 1, side);
    e->at = (instant)t->events.count * 1000;
    e->bytes = span_text(bytes);
    e->text = kind == SAW_TLS ? bytes : NULL;
}

static void scenario_of(struct scenario *s, struct arena *arena)
{
    *s = (struct scenario){0};
    *vec_push(arena, &s->actors) = (struct actor){.name = "c", .role = ACTOR_CLIENT};
    *vec_push(arena, &s->actors) = (struct actor){.name = "mx", .role = ACTOR_SERVER};
}

Test(cli_events, octets_of_one_side_are_one_event_until_the_other_speaks)
{
    static const struct report_event wanted[] = {
        {0, "open", "c", "sut", 1, false, NULL},
        {2, "wire", "sut", "c", 1, true, "220 a"},
        {4, "wire", "c", "sut", 1, true, "EHLO b\nNOOP\\n\nand \\x00 bare"},
        {6, "tls", "c", "sut", 1, false, "TLS full"},
        {7, "close", "sut", "c", 1, false, "resets"},
    };
    struct arena *arena = arena_new();
    struct transcript t;
    struct scenario s;
    struct report_case rc = {0};
    scenario_of(&s, arena);
    transcript_init(&t, arena);
    saw(&t, SAW_CONNECT, 0, SIDE_C, "");
    saw(&t, SAW_FLIGHT, 0, SIDE_S, "");
    saw(&t, SAW_BYTES, 0, SIDE_S, "220 a\r\n");
    saw(&t, SAW_FLIGHT, 0, SIDE_C, "");
    saw(&t, SAW_BYTES, 0, SIDE_C, "EHLO b\r\nNO");
    saw(&t, SAW_BYTES, 0, SIDE_C, "");
    t.events.at[t.events.count - 1].bytes = SPAN("OP\nand \0 bare");
    saw(&t, SAW_TLS, 0, SIDE_C, "TLS full");
    saw(&t, SAW_RST, 0, SIDE_S, "");
    events_of_wire(&s, &t, 1000, arena, &rc);
    cr_assert_eq(rc.events.count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < rc.events.count; i++) {
        const struct report_event *e = &rc.events.at[i], *w = &wanted[i];
        cr_expect_eq(e->at, w->at, "%zu", i);
        cr_expect_str_eq(e->kind, w->kind);
        cr_expect_str_eq(e->from, w->from);
        cr_expect_str_eq(e->to, w->to);
        cr_expect_eq(e->flight, w->flight, "%zu", i);
        cr_expect_str_eq(e->text ? e->text : "", w->text ? w->text : "");
    }
    arena_free(arena);
}

Test(cli_events, a_server_actor_is_spoken_to_by_the_target)
{
    struct arena *arena = arena_new();
    struct transcript t;
    struct scenario s;
    struct report_case rc = {0};
    scenario_of(&s, arena);
    transcript_init(&t, arena);
    saw(&t, SAW_CONNECT, 1, SIDE_C, "");
    saw(&t, SAW_BYTES, 1, SIDE_S, "220 mx\r\n");
    saw(&t, SAW_FLIGHT, 1, SIDE_S, ""); /* read before the play came to it */
    events_of_wire(&s, &t, 0, arena, &rc);
    cr_assert_eq(rc.events.count, 2);
    cr_expect_str_eq(rc.events.at[0].from, "sut");
    cr_expect_str_eq(rc.events.at[0].to, "mx");
    cr_expect_str_eq(rc.events.at[1].from, "mx");
    cr_expect(rc.events.at[1].flight);
    arena_free(arena);
}

Test(cli_events, records_of_one_side_stand_together)
{
    struct arena *arena = arena_new();
    struct transcript t;
    struct scenario s;
    struct report_case rc = {0};
    static const struct {
        enum side side;
        const char *text;
    } records[] = {{SIDE_C, "handshake 220"}, {SIDE_S, "handshake 122"}, {SIDE_S, "data 901"},
                   {SIDE_C, "data 69"}};
    scenario_of(&s, arena);
    transcript_init(&t, arena);
    for (size_t i = 0; i < 4; i++) {
        saw(&t, SAW_FLIGHT, 0, records[i].side, "");
        saw(&t, SAW_RECORD, 0, records[i].side, "");
        t.events.at[t.events.count - 1].text = records[i].text;
    }
    events_of_wire(&s, &t, 0, arena, &rc);
    cr_assert_eq(rc.events.count, 3);
    cr_expect_str_eq(rc.events.at[0].text, "records: handshake 220");
    cr_expect_str_eq(rc.events.at[1].text, "records: handshake 122, data 901");
    cr_expect_str_eq(rc.events.at[1].from, "sut");
    arena_free(arena);
}

Test(cli_events, long_texts_are_cut_and_counted)
{
    struct arena *arena = arena_new();
    struct transcript t;
    struct scenario s;
    struct report_case rc = {0};
    scenario_of(&s, arena);
    transcript_init(&t, arena);
    for (unsigned i = 0; i < 20; i++) {
        saw(&t, SAW_BYTES, 0, SIDE_C, "0123456\r\n");
    }
    events_of_wire(&s, &t, 0, arena, &rc);
    cr_assert_eq(rc.events.count, 1);
    cr_expect(span_ends(span_text(rc.events.at[0].text), SPAN("0123456\n… 72 octets more")), "%s",
              rc.events.at[0].text);
    arena_free(arena);
}

Test(cli_events, what_was_seen_at_once_stays_in_order)
{
    struct arena *arena = arena_new();
    struct report_case rc = {0};
    static const struct report_event mixed[] = {{.at = 5, .text = "a"}, {.at = 2, .text = "b"},
                                                {.at = 5, .text = "c"}, {.at = 2, .text = "d"}};
    for (size_t i = 0; i < 4; i++) {
        vec_add(arena, &rc.events, mixed[i]);
    }
    events_sort(&rc);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(rc.events.at[i].text[0], "bdac"[i]);
    }
    arena_free(arena);
}
