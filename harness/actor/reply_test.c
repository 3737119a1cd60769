/* The strict reader: what is a reply, what is not and why, under every split into two pieces and
   octet by octet. */
#include "harness/actor/reply.h"

#include "base/buf.h"

#include <criterion/criterion.h>
#include <stdio.h>

struct row {
    const char *label;
    const char *octets;
    enum reply_state state;
    size_t seen;     /* of a whole one */
    const char *why; /* part of the reason */
};

static const struct row rows[] = {
    { "one line", "250 OK\r\n", REPLY_WHOLE, 8, NULL },
    { "code alone", "250\r\n", REPLY_WHOLE, 5, NULL },
    { "a space and no text", "250 \r\n", REPLY_WHOLE, 6, NULL }, /* 4.2.1: SHOULD be sent so */
    { "several lines", "250-a\r\n250-\r\n250 b\r\n", REPLY_WHOLE, 20, NULL },
    { "only the first of two", "220 a\r\n250 b\r\n", REPLY_WHOLE, 7, NULL },
    { "a tab is text", "250 a\tb\r\n", REPLY_WHOLE, 9, NULL },
    { "nothing", "", REPLY_MORE, 0, NULL },
    { "a beginning", "250-a\r\n25", REPLY_MORE, 0, NULL },
    { "CR awaits LF", "250 a\r", REPLY_MORE, 0, NULL },
    { "goes on for ever", "250-a\r\n", REPLY_MORE, 0, NULL },
    { "LF alone", "250 a\n", REPLY_BAD, 0, "LF without CR" },
    { "LF alone behind the code", "250\n", REPLY_BAD, 0, "behind a reply code" },
    { "CR alone", "250 a\rb\r\n", REPLY_BAD, 0, "CR that no LF follows" },
    { "two CRs", "250 a\r\r\n", REPLY_BAD, 0, "CR that no LF follows" },
    { "another code in line two", "250-a\r\n220 b\r\n", REPLY_BAD, 0, "same code" },
    { "no code in line two", "250-a\r\nb\r\n", REPLY_BAD, 0, "three digits" },
    { "first digit 1", "150 a\r\n", REPLY_BAD, 0, "first digit" },
    { "first digit 6", "650 a\r\n", REPLY_BAD, 0, "first digit" },
    { "second digit 6", "260 a\r\n", REPLY_BAD, 0, "second digit" },
    { "two digits", "25 a\r\n", REPLY_BAD, 0, "three digits" },
    { "four digits", "2500 a\r\n", REPLY_BAD, 0, "behind a reply code" },
    { "NUL's neighbour", "250 a\x01\r\n", REPLY_BAD, 0, "control" },
    { "DEL", "250 a\x7f\r\n", REPLY_BAD, 0, "control" },
    { "8-bit", "250 \xc3\xa4\r\n", REPLY_BAD, 0, "8-bit" },
};

static void expect(const struct row *row, const struct reply_reader *r, size_t split)
{
    cr_expect_eq(r->state, row->state, "%s, split at %zu: state %d", row->label, split,
                 (int)r->state);
    if (row->state == REPLY_WHOLE) {
        cr_expect_eq(r->seen, row->seen, "%s, split at %zu: %zu octets", row->label, split,
                     r->seen);
    }
    if (row->why != NULL) {
        cr_expect(r->why != NULL && strstr(r->why, row->why) != NULL, "%s: %s", row->label,
                  r->why ? r->why : "no reason");
    }
}

Test(reply, every_split_gives_the_same)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span all = span_text(rows[i].octets);
        for (size_t split = 0; split <= all.len; split++) {
            struct reply_reader r = {0};
            (void)reply_feed(&r, span_first(all, split));
            (void)reply_feed(&r, all);
            expect(&rows[i], &r, split);
        }
        struct reply_reader r = {0};
        for (size_t n = 0; n <= all.len; n++) {
            (void)reply_feed(&r, span_first(all, n));
        }
        expect(&rows[i], &r, SIZE_MAX);
    }
}

/* Its length is a scenario's business (RFC 5321 4.5.3.1.5), until it is no line any more. */
Test(reply, a_long_line_is_read_and_one_without_end_is_not)
{
    struct buf all;
    buf_init(&all, SIZE_MAX);
    buf_put_text(&all, "250 ");
    while (all.len < 5000) {
        buf_put_byte(&all, 'x');
    }
    buf_put_text(&all, "\r\n");
    struct reply_reader r = {0};
    cr_expect_eq(reply_feed(&r, buf_span(&all)), REPLY_WHOLE);
    cr_expect_eq(r.seen, all.len);
    all.len -= 2;
    while (all.len < 65535) {
        buf_put_byte(&all, 'x');
    }
    struct reply_reader endless = {0};
    cr_expect_eq(reply_feed(&endless, buf_span(&all)), REPLY_MORE);
    buf_put_byte(&all, 'x');
    cr_expect_eq(reply_feed(&endless, buf_span(&all)), REPLY_BAD);
    buf_wipe(&all);
}

Test(reply, one_that_does_not_end_is_ended)
{
    struct reply_reader r = {0};
    struct buf all;
    buf_init(&all, SIZE_MAX);
    for (size_t i = 0; i < 9999; i++) {
        buf_put_text(&all, "250-x\r\n");
    }
    cr_expect_eq(reply_feed(&r, buf_span(&all)), REPLY_MORE, "long, and may still end");
    buf_put_text(&all, "250-x\r\n");
    cr_expect_eq(reply_feed(&r, buf_span(&all)), REPLY_BAD);
    cr_expect_not_null(r.why);
    buf_wipe(&all);
}

Test(reply, utf8_only_where_it_was_agreed)
{
    struct reply_reader r = {.utf8 = true};
    cr_expect_eq(reply_feed(&r, SPAN("250 \xc3\xa4\r\n")), REPLY_WHOLE);
}

Test(reply, is_taken_apart)
{
    struct arena *arena = arena_new();
    struct reply r;
    reply_take(SPAN("250-mx.test.ex hi\r\n250-\r\n250 SIZE 10\r\n"), arena, &r);
    cr_expect_eq(r.code, 250);
    cr_expect_str_eq(r.digits, "250");
    cr_assert_eq(r.lines.count, 3);
    cr_expect(span_eq(r.lines.at[0], SPAN("mx.test.ex hi")));
    cr_expect_eq(r.lines.at[1].len, 0);
    cr_expect(span_eq(r.lines.at[2], SPAN("SIZE 10")));
    arena_free(arena);
}
