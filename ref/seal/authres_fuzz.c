/* Results of a field that are put together again are taken apart as the same; only what the last one did
   not close goes on. */
#include "ref/seal/authres.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    span body = span_of(data, size), id, rest, text, again;
    struct buf out;
    size_t count = 0;
    bool split = seal_authres_split(body, arena, &id, &rest);
    CHECK(split || seal_authres_claims(body, SPAN("a : b"), arena));
    buf_init(&out, size + 2);
    for (span left = rest; split && seal_authres_next(&left, &text); count++) {
        buf_put(&out, text);
        buf_put_byte(&out, ';');
    }
    span joined = buf_span(&out);
    for (size_t i = 0; i < count; i++) {
        CHECK(seal_authres_next(&rest, &text) && seal_authres_next(&joined, &again));
        CHECK(span_eq(text, again) || (i + 1 == count && span_starts(again, text)));
    }
    buf_wipe(&out);
    arena_free(arena);
    return 0;
}
