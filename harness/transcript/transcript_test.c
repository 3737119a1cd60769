/* Flights, sides and the wire written out, from records made by hand. */
#include "harness/transcript/transcript.h"

#include "harness/scenario/pattern.h"
#include "harness/scenario/read.h"

#include <criterion/criterion.h>

static struct arena *arena;
static struct transcript t;

static void make(void)
{
    arena = arena_new();
    transcript_init(&t, arena);
}

static void drop(void)
{
    arena_free(arena);
}

static void bytes(enum side side, unsigned number, const char *text)
{
    struct event *e = transcript_add(&t, SAW_BYTES, 0, number, side);
    e->bytes = span_text(text);
    e->ours = side == SIDE_C;
}

static void flight(enum side side)
{
    (void)transcript_add(&t, SAW_FLIGHT, 0, 1, side);
}

TestSuite(transcript, .init = make, .fini = drop);

Test(transcript, flights_end_at_the_named_line)
{
    side_list list;
    flight(SIDE_S);
    flight(SIDE_C);
    flight(SIDE_S);
    transcript_add(&t, SAW_MARK, 0, 1, SIDE_S)->text = "taken";
    flight(SIDE_C);
    (void)transcript_add(&t, SAW_FLIGHT, 0, 2, SIDE_C);
    (void)transcript_add(&t, SAW_FLIGHT, 1, 1, SIDE_C);
    transcript_flights(&t, 0, 1, "taken", arena, &list);
    cr_assert_eq(list.count, 3);
    cr_expect_eq(list.at[1], SIDE_C);
    transcript_flights(&t, 0, 1, NULL, arena, &list);
    cr_assert_eq(list.count, 4);
}

Test(transcript, a_side_is_joined_connection_by_connection)
{
    bytes(SIDE_C, 2, "2a");
    bytes(SIDE_C, 1, "1a");
    bytes(SIDE_S, 1, "no");
    bytes(SIDE_C, 2, "2b");
    bytes(SIDE_C, 1, "1b");
    cr_expect(span_eq(transcript_side(&t, 0, 1, SIDE_C, arena), SPAN("1a1b")));
    cr_expect(span_eq(transcript_side(&t, 0, 0, SIDE_C, arena), SPAN("1a1b2a2b")));
    cr_expect_eq(transcript_side(&t, 1, 0, SIDE_C, arena).len, 0);
}

static const struct scenario *read_text(const char *text)
{
    struct scenario_set set = {0};
    mistakes wrong = {0};
    err e = scenario_read_text(span_text(text), "x.scn", "x", arena, &set, &wrong);
    cr_assert(!failed(e));
    cr_assert_eq(wrong.count, 0, "%u: %s\n%s", wrong.at[0].place.line, wrong.at[0].what, text);
    return set.cases.at[0];
}

Test(transcript, the_wire_is_written_as_a_scenario)
{
    static const char head[] = "scenario x\nsource SEED x\nreq TODO\n";
    const struct scenario *s = read_text(arena_printf(arena, "%sS: 220\n", head));
    (void)transcript_add(&t, SAW_CONNECT, 0, 1, SIDE_C);
    bytes(SIDE_S, 1, "220 mx ES");
    bytes(SIDE_S, 1, "MTP\r\n");
    bytes(SIDE_C, 1, "EHLO c.test\r\nNOOP *|\r\nNO\\OP\r\n");
    bytes(SIDE_S, 1, "250-mx\r\n250 SIZE\r\n500 a, 250\r\n");
    bytes(SIDE_C, 1, "RSET\r\nDATA\r\n");
    bytes(SIDE_S, 1, "250 ok\r\n354 go, on\r\n");
    bytes(SIDE_C, 1, "Subject: s\r\n\r\n..x\r\n.\r\nBDAT 3\r\na\nb");
    bytes(SIDE_C, 1, "R\x01T");
    (void)transcript_add(&t, SAW_EOF, 0, 1, SIDE_S);
    struct buf out;
    buf_init(&out, 1 << 20);
    transcript_write(&t, s, &out);
    const char *text = arena_text(arena, buf_span(&out));
    static const char play[] =
        "[c 1]\nS: 220 mx ESMTP\nC: EHLO c.test\nC: NOOP \\*\\|\nC| \"NO\\\\OP\\r\\n\"\nS: "
        "250-mx\nS: 250 SIZE\n"
        "S| \"500 a, 250\\r\\n\"\nC: RSET\nC: DATA\nS: 250 ok\nS: 354 go, on\nC<. m1\nC: BDAT 3\nC<= m2\n"
        "C| \"R\\x01T\"\nS! eof\n=== message m1\nSubject: s\n\n.x\n=== message m2 raw=yes\n"
        "\"a\\n\"\n\"b\"\n";
    cr_expect(strstr(text, play) != NULL, "%s", text);
    (void)read_text(text);
    buf_wipe(&out);
}
