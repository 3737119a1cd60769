/* A record that is read and written anew is read as the same, under both RFCs; addresses out of its URIs
   have no control characters. */
#include "ref/seal/dmarc.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(span text, bool walk)
{
    struct dmarc_record a, b;
    struct buf out;
    dmarc_record_read(text, walk, &a);
    buf_init(&out, 4 * text.len + 4096);
    dmarc_record_write(&a, &out);
    CHECK(dmarc_is_record(buf_span(&out)));
    dmarc_record_read(buf_span(&out), walk, &b);
    CHECK(a.p == b.p && a.sp == b.sp && a.np == b.np && a.pct == b.pct && a.fo == b.fo);
    CHECK(a.strict_dkim == b.strict_dkim && a.strict_spf == b.strict_spf && a.psd == b.psd);
    CHECK(a.testing == b.testing && span_eq(a.rua, b.rua) && span_eq(a.ruf, b.ruf));
    CHECK(a.flawed || !b.flawed);
    buf_wipe(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    span text = span_of(data, size), list = text, uri, address;
    while (dmarc_uri_next(&list, &uri)) {
        CHECK(uri.len > 0 && span_find_byte(uri, ',') == SPAN_NONE);
        if (dmarc_uri_address(uri, arena, &address)) {
            CHECK(span_find_byte(address, '\n') == SPAN_NONE);
        }
    }
    if (dmarc_is_record(text)) {
        same(text, false);
        same(text, true);
    }
    arena_free(arena);
    return 0;
}
