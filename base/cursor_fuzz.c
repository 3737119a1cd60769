/* Targets: every take of cursor.h.
   Property: a take that succeeds has moved by exactly what it gave, which is what stands there; one
   that fails has moved nothing; none passes the end. The input is a program of takes and their
   text: octets in front of the first 0 choose the takes. */
#include "base/cursor.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void took(const struct cursor *before, const struct cursor *after, bool good,
                 span taken)
{
    if (!good) {
        CHECK(after->pos == before->pos);
        return;
    }
    CHECK(after->pos == before->pos + taken.len);
    CHECK(after->pos <= after->in.len);
    CHECK(span_eq(taken, span_part(before->in, before->pos, taken.len)));
}

static void take_integer(struct cursor *c, unsigned char choice)
{
    struct cursor before = *c;
    span four = span_part(c->in, c->pos, 4);
    uint16_t two_octets;
    uint32_t four_octets;
    if (choice & 0x10) {
        bool good = cursor_take_be16(c, &two_octets);
        CHECK(good == (four.len >= 2));
        took(&before, c, good, span_first(four, 2));
        CHECK(!good || two_octets == four.at[0] * 256 + four.at[1]);
    } else {
        bool good = cursor_take_be32(c, &four_octets);
        CHECK(good == (four.len == 4));
        took(&before, c, good, four);
        CHECK(!good ||
              (four_octets >> 24 == four.at[0] && (four_octets & 255) == four.at[3]));
    }
}

static void take_number(struct cursor *c)
{
    struct cursor before = *c;
    uint64_t value;
    bool good = cursor_take_u64(c, &value);
    span digits = span_part(before.in, before.pos, c->pos - before.pos);
    uint64_t again;
    took(&before, c, good, digits);
    CHECK(!good || (span_to_u64(digits, &again) && again == value));
    CHECK(!good ||
          !ascii_is_digit((unsigned char)(cursor_at_end(c) ? ' ' : cursor_peek(c))));
}

static void take_one(struct cursor *c, unsigned char choice)
{
    struct cursor before = *c;
    span rest = cursor_rest(c);
    span taken = SPAN_EMPTY;
    unsigned char byte = (unsigned char)(choice >> 1);
    bool good;
    switch (choice & 7) {
    case 0:
        good = cursor_take_byte(c, byte);
        CHECK(good == (rest.len > 0 && rest.at[0] == byte));
        took(&before, c, good, span_first(rest, 1));
        break;
    case 1:
        good = cursor_take_any(c, &byte);
        CHECK(good == (rest.len > 0) && (!good || byte == rest.at[0]));
        took(&before, c, good, span_first(rest, 1));
        break;
    case 2:
        good = cursor_take_count(c, choice >> 4, &taken);
        CHECK(good == (rest.len >= (size_t)choice >> 4));
        took(&before, c, good, taken);
        break;
    case 3:
        good = cursor_take_while(c, ascii_is_alnum, &taken);
        CHECK(good == (taken.len > 0));
        took(&before, c, good, taken);
        CHECK(cursor_at_end(c) || !ascii_is_alnum((unsigned char)cursor_peek(c)));
        break;
    case 4:
        good = cursor_take_until(c, byte, &taken);
        CHECK(good == (span_find_byte(rest, byte) != SPAN_NONE));
        took(&before, c, good, taken);
        CHECK(!good || cursor_peek(c) == byte);
        break;
    case 5:
        take_number(c);
        break;
    case 6:
        take_integer(c, choice);
        break;
    default:
        good = cursor_take_caseless(c, span_first(c->in, choice >> 5));
        took(&before, c, good, span_first(rest, choice >> 5));
        before = *c;
        size_t blanks = cursor_skip_blanks(c);
        taken = span_part(before.in, before.pos, blanks);
        took(&before, c, true, taken);
        CHECK(span_trim(taken).len == 0 && cursor_peek(c) != ' ' && cursor_peek(c) != '\t');
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span program, text;
    span_split(span_of(data, size), 0, &program, &text);
    struct cursor c = cursor_of(text);
    for (size_t i = 0; i < program.len; i++) {
        take_one(&c, program.at[i]);
        CHECK(cursor_left(&c) == cursor_rest(&c).len);
        CHECK(cursor_at_end(&c) == (cursor_peek(&c) == -1));
    }
    return 0;
}
