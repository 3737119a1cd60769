/* Ladders from records made by hand: what was said in a flight, whatever order it was read in. */
#include "harness/transcript/ladder.h"

#include <criterion/criterion.h>

static struct arena *arena;
static struct transcript t;
static struct buf out;

static void make(void)
{
    arena = arena_new();
    transcript_init(&t, arena);
    buf_init(&out, 65536);
}

static void drop(void)
{
    buf_wipe(&out);
    arena_free(arena);
}

static void bytes(enum side side, const char *text)
{
    transcript_add(&t, SAW_BYTES, 0, 1, side)->bytes = span_text(text);
}

static void flight(enum side side)
{
    (void)transcript_add(&t, SAW_FLIGHT, 0, 1, side);
}

static void tls(const char *text)
{
    transcript_add(&t, SAW_TLS, 0, 1, SIDE_C)->text = text;
}

/* The lines without the blanks that draw them. */
static const char *drawn(const char *until)
{
    struct buf thin;
    ladder_write(&t, 0, 1, until, "", &out);
    buf_init(&thin, 65536);
    span all = buf_span(&out);
    for (size_t i = 0; i < all.len; i++) {
        bool blank = all.at[i] == ' ' && (i + 1 == all.len || all.at[i + 1] == ' ' ||
                                          thin.len == 0 || thin.at[thin.len - 1] == '\n');
        if (!blank) {
            buf_put_byte(&thin, all.at[i]);
        }
    }
    return buf_settle_text(&thin, arena);
}

TestSuite(ladder, .init = make, .fini = drop);

Test(ladder, commands_by_verb_and_replies_by_code)
{
    flight(SIDE_C);
    bytes(SIDE_C, "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<u@test.ex>\r\nDATA\r\n");
    /* read before the play came to count it */
    bytes(SIDE_S, "220 mx\r\n250-mx\r\n250 PIPELINING\r\n250 ok\r\n");
    flight(SIDE_S);
    bytes(SIDE_S, "250 ok\r\n354 go\r\n");
    flight(SIDE_C);
    bytes(SIDE_C, "Subject: x\r\n\r\nQUIT\r\n..\r\n.\r\nQUIT\r\n");
    flight(SIDE_S);
    bytes(SIDE_S, "250 taken\r\n221 bye\r\n");
    const char *text = drawn(NULL);
    cr_expect_str_eq(text, "EHLO, MAIL, RCPT, DATA ---->\n<---- 220, 250, 250, 250, 354\n"
                           "text, QUIT ---->\n<---- 250, 221\n", "%s", text);
}

Test(ladder, the_octets_of_a_chunk_are_no_commands)
{
    flight(SIDE_C);
    bytes(SIDE_C, "BDAT 8 LAST\r\nQUIT");
    bytes(SIDE_C, "\r\n\r\nNOOP\r\n");
    const char *text = drawn(NULL);
    cr_expect_str_eq(text, "BDAT, text, NOOP ---->\n", "%s", text);
}

Test(ladder, a_handshake_is_marked_and_what_rides_on_it_is_told)
{
    tls("TLS: full");
    flight(SIDE_C);
    flight(SIDE_S);
    flight(SIDE_C);
    tls("# a full handshake");
    bytes(SIDE_C, "EHLO c.test\r\n");
    flight(SIDE_S);
    bytes(SIDE_S, "220 mx\r\n");
    const char *text = drawn(NULL);
    cr_expect_str_eq(text, "(TLS) ---->\n<---- (TLS)\n(TLS), EHLO ---->\n<---- 220\n", "%s", text);
}

Test(ladder, it_ends_with_the_flight_of_the_named_line)
{
    flight(SIDE_S);
    transcript_add(&t, SAW_MARK, 0, 1, SIDE_S)->text = "greeted";
    bytes(SIDE_S, "220 mx\r\n"); /* it is written later than it is said */
    flight(SIDE_C);
    bytes(SIDE_C, "EHLO c.test\r\n");
    (void)transcript_add(&t, SAW_FLIGHT, 0, 2, SIDE_C);
    const char *text = drawn("greeted");
    cr_expect_str_eq(text, "<---- 220\n", "%s", text);
}
