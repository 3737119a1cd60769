/* Targets: hex_escape, hex_unescape, hex_side_by_side.
   Property: what is escaped reads back to the same octets, in printable ASCII only; any text that
   reads as escapes at all reads the same after escaping once more; and a diff is shown exactly when
   there is a difference. */
#include "base/hex.h"

#include "base/unescape_test.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span bytes = span_of(data, size);
    struct buf escaped, back, read, shown;
    buf_init(&escaped, SIZE_MAX);
    buf_init(&back, SIZE_MAX);
    buf_init(&read, SIZE_MAX);
    buf_init(&shown, SIZE_MAX);

    hex_escape(bytes, &escaped);
    for (size_t i = 0; i < escaped.len; i++) {
        CHECK(escaped.at[i] >= 0x20 && escaped.at[i] < 0x7f);
    }
    CHECK(hex_unescape(buf_span(&escaped), &back));
    CHECK(span_eq(buf_span(&back), bytes));

    if (hex_unescape(bytes, &read)) {
        buf_clear(&escaped);
        buf_clear(&back);
        hex_escape(buf_span(&read), &escaped);
        CHECK(hex_unescape(buf_span(&escaped), &back));
        CHECK(span_eq(buf_span(&back), buf_span(&read)));
    }

    /* The first octet says where the input parts into two texts, the next the form. */
    size_t middle = size ? data[0] % (size + 1) : 0;
    span a = span_first(bytes, middle);
    span b = span_from(bytes, middle);
    size_t width = size > 1 ? data[1] % 80 : 0;
    hex_side_by_side("a", a, "b", b, width, size % 4, &shown);
    CHECK((shown.len == 0) == span_eq(a, b));

    buf_wipe(&escaped);
    buf_wipe(&back);
    buf_wipe(&read);
    buf_wipe(&shown);
    return 0;
}
