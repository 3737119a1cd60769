/* Targets: the searches and cuts of span.h.
   Property: each agrees with the plainest loop that says the same, and what is cut never lies
   outside of what it was cut from. */
#include "base/span.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t plain_find(span s, span needle)
{
    for (size_t i = 0; i + needle.len <= s.len; i++) {
        size_t j = 0;
        while (j < needle.len && s.at[i + j] == needle.at[j]) {
            j++;
        }
        if (j == needle.len) {
            return i;
        }
    }
    return SPAN_NONE;
}

static size_t plain_find_byte(span s, unsigned char byte, bool last)
{
    size_t at = SPAN_NONE;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == byte && (last || at == SPAN_NONE)) {
            at = i;
        }
    }
    return at;
}

static void inside(span part, span whole)
{
    CHECK(part.len == 0 ||
          (part.at >= whole.at && part.at + part.len <= whole.at + whole.len));
}

/* All lines put together again, with an LF after each, are the text without the CRs before LFs. */
static void lines_add_up(span text)
{
    span rest = text;
    span line;
    size_t pos = 0;
    while (span_line(&rest, &line)) {
        inside(line, text);
        CHECK(plain_find_byte(line, '\n', false) == SPAN_NONE);
        CHECK(span_eq(line, span_part(text, pos, line.len)));
        pos += line.len;
        if (pos < text.len && text.at[pos] == '\r') {
            pos++;
        }
        CHECK(pos == text.len || text.at[pos] == '\n');
        pos += pos < text.len;
    }
    CHECK(pos == text.len);
}

static void numbers_read_alike(span s)
{
    uint64_t value = 7;
    bool good = s.len > 0;
    __extension__ typedef unsigned __int128 wide;
    wide sum = 0;
    for (size_t i = 0; i < s.len && good; i++) {
        good = s.at[i] >= '0' && s.at[i] <= '9';
        sum = sum * 10 + (wide)(s.at[i] - '0');
        good = good && sum <= UINT64_MAX;
    }
    CHECK(span_to_u64(s, &value) == good);
    CHECK(value == (good ? (uint64_t)sum : 7));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    /* Two octets say where to cut; the rest is text, and the text in front of the cut a needle. */
    size_t count = data[0];
    size_t offset = data[1];
    span text = span_of(data + 2, size - 2);
    span needle = span_first(text, count % 4);
    span rest = span_from(text, offset);
    inside(rest, text);
    inside(span_part(text, offset, count), text);
    CHECK(span_part(text, offset, count).len <= count);
    CHECK(span_find(rest, needle) == plain_find(rest, needle));
    CHECK(span_find_byte(text, data[0]) == plain_find_byte(text, data[0], false));
    CHECK(span_find_last_byte(text, data[0]) == plain_find_byte(text, data[0], true));
    CHECK(span_starts(rest, needle) ==
          (plain_find(span_first(rest, needle.len), needle) == 0));
    CHECK(span_eq(rest, needle) == (span_order(rest, needle) == 0));
    CHECK(!span_eq(rest, needle) || span_eq_caseless(rest, needle));
    CHECK((span_order(rest, needle) < 0) == (span_order(needle, rest) > 0));
    span head, tail;
    bool found = span_split(text, data[1], &head, &tail);
    inside(head, text);
    CHECK(head.len + found + tail.len == text.len);
    CHECK(plain_find_byte(head, data[1], false) == SPAN_NONE);
    inside(span_trim(text), text);
    inside(span_trim_space(text), span_trim(text));
    lines_add_up(text);
    numbers_read_alike(rest);
    return 0;
}
