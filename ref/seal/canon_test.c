/* Canonical forms (RFC 6376 3.4), shown by their hashes under both libraries: the text of each row is
   hashed as it stands, and the body must come to the same, however it is cut. */
#include "ref/seal/canon.h"

#include <criterion/criterion.h>

static void expect_body(const char *label, enum seal_canon canon, span body, uint64_t length,
                        span canonical)
{
    for (size_t grain = 1; grain < 70; grain = grain * 2 + 1) {
        struct arena *arena = arena_new();
        struct seal_bodies *b = seal_bodies_new(arena);
        struct seal_digest made, wanted;
        size_t which = seal_bodies_want(b, canon, SEAL_SHA256, length);
        for (size_t i = 0; i < body.len; i += grain) {
            seal_bodies_add(b, span_part(body, i, grain));
        }
        seal_bodies_end(b);
        cr_assert(seal_bodies_read(b, which, &made), "%s", label);
        seal_hash_whole(SEAL_SHA256, canonical, &wanted);
        cr_expect(span_eq(seal_digest_span(&made), seal_digest_span(&wanted)), "%s, grain %zu", label, grain);
        seal_bodies_free(b);
        arena_free(arena);
    }
}

Test(canon, bodies)
{
    static const struct {
        const char *label, *body, *simple, *relaxed;
    } rows[] = {
        {"empty", "", "\r\n", ""},
        {"empty lines", "\n\n\n", "\r\n", ""},
        {"blank lines", "  \n\t\n", "  \r\n\t\r\n", ""},
        {"RFC 6376 3.4.5", " C \nD \t E\n\n\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"},
        {"no end", "text", "text\r\n", "text\r\n"},
        {"CRLF and LF", "a\r\nb\n", "a\r\nb\r\n", "a\r\nb\r\n"},
        {"CR inside", "a\rb\n", "a\rb\r\n", "a\rb\r\n"},
        {"CR at the end", "a\r", "a\r\r\n", "a\r\r\n"},
        {"runs", "a  b\t\tc \nd  ", "a  b\t\tc \r\nd  \r\n", "a b c\r\nd\r\n"},
        {"inner empty lines", "a\n\n\nb\n\n", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"},
        {"blank line inside", "a\n \nb\n", "a\r\n \r\nb\r\n", "a\r\n\r\nb\r\n"},
        {"long, clean but for the last blank", "a bc def ghij klmno pqrstu vwxyzab cdefghij klm \n",
         "a bc def ghij klmno pqrstu vwxyzab cdefghij klm \r\n",
         "a bc def ghij klmno pqrstu vwxyzab cdefghij klm\r\n"},
        {"two blanks across eight octets", "1234567  9abcdef0123456\n",
         "1234567  9abcdef0123456\r\n", "1234567 9abcdef0123456\r\n"},
        {"tab where a word ends", "1234567\t9abcdef01234\n", "1234567\t9abcdef01234\r\n",
         "1234567 9abcdef01234\r\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span body = span_text(rows[i].body);
        expect_body(rows[i].label, SEAL_SIMPLE, body, SEAL_WHOLE, span_text(rows[i].simple));
        expect_body(rows[i].label, SEAL_RELAXED, body, SEAL_WHOLE, span_text(rows[i].relaxed));
    }
}

Test(canon, lengths)
{
    span body = SPAN("hello  world\nmore\n");
    expect_body("l=0", SEAL_SIMPLE, body, 0, SPAN(""));
    expect_body("l=5", SEAL_SIMPLE, body, 5, SPAN("hello"));
    expect_body("l= to the CR", SEAL_RELAXED, body, 12, SPAN("hello world\r"));
    expect_body("l= all", SEAL_SIMPLE, body, 20, SPAN("hello  world\r\nmore\r\n"));
}

Test(canon, one_pass_has_many_lengths)
{
    struct arena *arena = arena_new();
    struct seal_bodies *b = seal_bodies_new(arena);
    struct seal_digest d, wanted;
    size_t which[6];
    static const uint64_t lengths[] = {SEAL_WHOLE, 3, 0, 6, 3, 7};
    for (size_t i = 0; i < 6; i++) {
        which[i] = seal_bodies_want(b, SEAL_SIMPLE, SEAL_SHA256, lengths[i]);
    }
    seal_bodies_add(b, SPAN("abcd"));
    seal_bodies_end(b);
    for (size_t i = 0; i < 6; i++) {
        bool there = seal_bodies_read(b, which[i], &d);
        cr_expect(there == (lengths[i] != 7), "l=%llu", (unsigned long long)lengths[i]);
        seal_hash_whole(SEAL_SHA256, span_first(SPAN("abcd\r\n"), (size_t)lengths[i]), &wanted);
        cr_expect(!there || span_eq(seal_digest_span(&d), seal_digest_span(&wanted)), "row %zu", i);
    }
    seal_bodies_free(b);
    arena_free(arena);
}

Test(canon, fields)
{
    static const struct {
        const char *label, *field, *simple, *relaxed;
    } rows[] = {
        {"RFC 6376 3.4.5", "B : Y\t\n\tZ  \n", "B : Y\t\r\n\tZ  ", "b:Y Z"},
        {"CRLF", "A: X\r\n", "A: X", "a:X"},
        {"no end", "A:X", "A:X", "a:X"},
        {"empty", "A:\n", "A:", "a:"},
        {"blanks only", "A: \t \n", "A: \t ", "a:"},
        {"fold of blanks", "A: x\n \n y\n", "A: x\r\n \r\n y", "a:x y"},
        {"octets above 127", "S: \xc3\xa9  x\n", "S: \xc3\xa9  x", "s:\xc3\xa9 x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (enum seal_canon c = SEAL_SIMPLE; c < SEAL_CANON_COUNT; c++) {
            struct buf out;
            buf_init(&out, 4096);
            seal_header_put(c, span_text(rows[i].field), false, &out);
            span want = span_text(c == SEAL_SIMPLE ? rows[i].simple : rows[i].relaxed);
            cr_expect(span_eq(buf_span(&out), want), "%s: %.*s", rows[i].label,
                      SPAN_FMT(buf_span(&out)));
            buf_wipe(&out);
        }
    }
}
