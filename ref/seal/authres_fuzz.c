/* What is read of an Authentication-Results field and written anew is read as the same; the forgiving
   reader of the id agrees with the strict one, and splits results where that does. */
#include "ref/seal/authres.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct seal_authres a, b;
    span body = span_of(data, size), id, rest, text;
    const char *why;
    size_t count = 0;
    bool split = seal_authres_split(body, arena, &id, &rest);
    while (split && seal_authres_next(&rest, &text)) {
        count++;
    }
    if (seal_authres_read(body, arena, &a, &why)) {
        struct buf out;
        CHECK(split && span_eq(id, a.id) && (a.results.count == 0 || count >= a.results.count));
        buf_init(&out, 8 * size + 4096);
        seal_authres_write(&a, &out);
        CHECK(seal_authres_read(buf_span(&out), arena, &b, &why));
        CHECK(span_eq(a.id, b.id) && a.results.count == b.results.count);
        for (size_t i = 0; i < a.results.count; i++) {
            CHECK(span_eq(a.results.at[i].method, b.results.at[i].method));
            CHECK(span_eq(a.results.at[i].result, b.results.at[i].result));
            CHECK(span_eq(a.results.at[i].reason, b.results.at[i].reason));
            CHECK(a.results.at[i].properties.count == b.results.at[i].properties.count);
            for (size_t p = 0; p < a.results.at[i].properties.count; p++) {
                CHECK(span_eq(a.results.at[i].properties.at[p].value,
                              b.results.at[i].properties.at[p].value));
            }
        }
        buf_wipe(&out);
    }
    (void)seal_authres_claims(body, SPAN("a : b"), arena);
    arena_free(arena);
    return 0;
}
