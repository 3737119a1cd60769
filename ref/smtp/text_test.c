/* The end of data and what only looks like it: RFC 5321 2.3.8, 4.1.1.4, 4.5.2, 4.5.3.1.6. */
#include "ref/smtp/text.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { ROOM = 8192 };

struct outcome {
    unsigned defects;
    bool ended;
    size_t taken;   /* octets up to and with the end */
    uint64_t size;
    unsigned char out[ROOM];
    size_t out_len;
};

/* The text in two pieces, cut at `cut`. */
static void feed(span in, size_t cut, bool dots, uint64_t limit, struct outcome *o)
{
    struct smtp_text t;
    memset(o, 0, sizeof *o);
    smtp_text_begin(&t, dots, limit);
    span pieces[] = {span_first(in, cut), span_from(in, cut)};
    for (size_t i = 0; i < 2; i++) {
        size_t len;
        o->taken += smtp_text_take(&t, pieces[i], o->out + o->out_len, &len);
        o->out_len += len;
    }
    smtp_text_finish(&t);
    o->defects = t.defects;
    o->ended = smtp_text_ended(&t);
    o->size = t.size;
}

/* Neither two pieces cut anywhere nor single octets may make a difference. */
static void feed_all_ways(const char *label, span in, bool dots, uint64_t limit,
                          struct outcome *whole)
{
    feed(in, in.len, dots, limit, whole);
    for (size_t cut = 0; cut < in.len; cut++) {
        struct outcome o;
        feed(in, cut, dots, limit, &o);
        cr_expect(o.defects == whole->defects && o.ended == whole->ended &&
                      o.taken == whole->taken && o.size == whole->size,
                  "%s: cut at %zu", label, cut);
        cr_expect(whole->defects != 0 || (o.out_len == whole->out_len &&
                                          memcmp(o.out, whole->out, o.out_len) == 0),
                  "%s: cut at %zu", label, cut);
    }
}

Test(smtp_text, what_arrives)
{
    static const struct {
        const char *label;
        span in, out;
        uint64_t size;
    } rows[] = {
        {"empty", SPAN(".\r\n"), SPAN(""), 0},
        {"one line", SPAN("a\r\n.\r\n"), SPAN("a\n"), 3},
        {"empty line", SPAN("\r\n.\r\n"), SPAN("\n"), 2},
        {"stuffed dot", SPAN("..\r\n.\r\n"), SPAN(".\n"), 3},
        {"stuffed dot and text", SPAN("..a\r\n...\r\n.\r\n"), SPAN(".a\n..\n"), 8},
        {"a dot before text goes", SPAN(".a\r\n.\r\n"), SPAN("a\n"), 3},
        {"dots inside", SPAN("a.\r\nb.c.\r\n.\r\n"), SPAN("a.\nb.c.\n"), 10},
        {"NUL and 8-bit", SPAN("\0\xff\r\n.\r\n"), SPAN("\0\xff\n"), 4},
        {"what follows is left", SPAN("a\r\n.\r\nQUIT\r\n"), SPAN("a\n"), 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome o;
        feed_all_ways(rows[i].label, rows[i].in, true, 0, &o);
        cr_expect(o.ended && o.defects == 0, "%s: defects %u", rows[i].label, o.defects);
        cr_expect(span_eq(span_of(o.out, o.out_len), rows[i].out), "%s", rows[i].label);
        cr_expect_eq(o.size, rows[i].size, "%s: %llu", rows[i].label, (unsigned long long)o.size);
    }
}

/* Each look-alike stands before a true end; everything up to that is one refused text. */
Test(smtp_text, thirteen_look_alikes_end_nothing)
{
    static const struct {
        const char *label;
        span in;
        unsigned defects;
    } rows[] = {
        {"LF.LF", SPAN("a\n.\nb\r\n.\r\n"), TEXT_BARE_LF},
        {"LF.CRLF", SPAN("a\n.\r\nb\r\n.\r\n"), TEXT_BARE_LF},
        {"CRLF.LF", SPAN("a\r\n.\nb\r\n.\r\n"), TEXT_BARE_LF},
        {"CR.CR", SPAN("a\r.\rb\r\n.\r\n"), TEXT_BARE_CR},
        {"CRLF.CR", SPAN("a\r\n.\rb\r\n.\r\n"), TEXT_BARE_CR},
        {"CR.CRLF", SPAN("a\r.\r\nb\r\n.\r\n"), TEXT_BARE_CR},
        {"CR.LF", SPAN("a\r.\nb\r\n.\r\n"), TEXT_BARE_LF | TEXT_BARE_CR},
        {"LF.CR", SPAN("a\n.\rb\r\n.\r\n"), TEXT_BARE_LF | TEXT_BARE_CR},
        {"CRLF.CRCRLF", SPAN("a\r\n.\r\r\nb\r\n.\r\n"), TEXT_BARE_CR},
        {"CRCRLF.CRLF", SPAN("a\r\r\n.\r\n"), TEXT_BARE_CR},
        {"CRLF..CRLF is text", SPAN("a\r\n..\r\nb\r\n.\r\n"), TEXT_FINE},
        {"CRLF.blank CRLF is text", SPAN("a\r\n. \r\nb\r\n.\r\n"), TEXT_FINE},
        {"CRLF.NUL CRLF is text", SPAN("a\r\n.\0\r\nb\r\n.\r\n"), TEXT_FINE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome o;
        feed_all_ways(rows[i].label, rows[i].in, true, 0, &o);
        cr_expect(o.ended, "%s", rows[i].label);
        cr_expect_eq(o.taken, rows[i].in.len, "%s: ended after %zu", rows[i].label, o.taken);
        cr_expect_eq(o.defects, rows[i].defects, "%s: %u", rows[i].label, o.defects);
    }
}

Test(smtp_text, without_dots_nothing_ends_it)
{
    static const struct {
        const char *label;
        span in, out;
        unsigned defects;
    } rows[] = {
        {"dots are text", SPAN("a\r\n.\r\n..\r\n"), SPAN("a\n.\n..\n"), TEXT_FINE},
        {"no line end at the end", SPAN("a\r\nb"), SPAN("a\nb"), TEXT_FINE},
        {"CR at the end", SPAN("a\r"), SPAN("a"), TEXT_BARE_CR},
        {"bare LF", SPAN("a\nb"), SPAN("a"), TEXT_BARE_LF},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome o;
        feed_all_ways(rows[i].label, rows[i].in, false, 0, &o);
        cr_expect(!o.ended && o.taken == rows[i].in.len, "%s", rows[i].label);
        cr_expect_eq(o.defects, rows[i].defects, "%s: %u", rows[i].label, o.defects);
        cr_expect(rows[i].defects != 0 || span_eq(span_of(o.out, o.out_len), rows[i].out), "%s",
                  rows[i].label);
    }
}

Test(smtp_text, a_line_has_1000_octets_at_most)
{
    static const struct {
        const char *label, *before;
        size_t octets; /* of x, without CRLF */
        bool fine;
    } rows[] = {
        {"998 and CRLF", "", 998, true},
        {"999 and CRLF", "", 999, false},
        {"the stuffing dot does not count", "..", 997, true},
        {"the second dot does", "..", 998, false},
        {"only a later line", "a\r\n", 999, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char in[2048];
        int len = snprintf(in, sizeof in, "%s%0*d\r\n.\r\n", rows[i].before,
                           (int)rows[i].octets, 0);
        struct outcome o;
        feed_all_ways(rows[i].label, span_of(in, (size_t)len), true, 0, &o);
        cr_expect_eq(o.defects, rows[i].fine ? TEXT_FINE : TEXT_LONG_LINE, "%s", rows[i].label);
        cr_expect(o.ended, "%s", rows[i].label);
    }
}

/* RFC 1870 5: CRLF counts two, stuffing dots and the last dot nothing. */
Test(smtp_text, size_limit_to_the_octet)
{
    struct outcome o;
    span text = SPAN("ab\r\n..c\r\n.\r\n"); /* 4 + 4 */
    feed_all_ways("at the limit", text, true, 8, &o);
    cr_expect(o.defects == TEXT_FINE && o.size == 8);
    feed_all_ways("one over", text, true, 7, &o);
    cr_expect(o.defects == TEXT_OVERSIZE && o.ended);
}

/* It is read to its end, and fills no disk. */
Test(smtp_text, nothing_is_put_out_behind_a_defect)
{
    static const struct {
        const char *label;
        span in, out;
        uint64_t limit;
    } rows[] = {
        {"bare LF", SPAN("a\nb\r\nc\r\n.\r\n"), SPAN("a"), 0},
        {"bare CR", SPAN("a\rb\r\nc\r\n.\r\n"), SPAN("a"), 0},
        {"over the limit", SPAN("a\r\nb\r\nc\r\nd\r\n.\r\n"), SPAN("a\nb\n"), 6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome o;
        feed_all_ways(rows[i].label, rows[i].in, true, rows[i].limit, &o);
        cr_expect(o.ended && o.defects != TEXT_FINE, "%s", rows[i].label);
        cr_expect(span_eq(span_of(o.out, o.out_len), rows[i].out), "%s", rows[i].label);
    }
}
