/* A record that is read and written anew is read as the same, under both RFCs; addresses out of its URIs
   have no control characters. */
#include "ref/seal/dmarc.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write(const struct dmarc_record *r, struct buf *out)
{
    static const char letters[] = "01ds";
    buf_put_text(out, "v=DMARC1;");
    if (r->p != DMARC_IS_UNSET) {
        buf_printf(out, " p=%s;", dmarc_policies[r->p]);
    }
    if (r->sp != DMARC_IS_UNSET) {
        buf_printf(out, " sp=%s;", dmarc_policies[r->sp]);
    }
    if (r->np != DMARC_IS_UNSET) {
        buf_printf(out, " np=%s;", dmarc_policies[r->np]);
    }
    buf_printf(out, " adkim=%c; aspf=%c; pct=%u; t=%c; psd=%c; fo=", r->strict_dkim ? 's' : 'r',
               r->strict_spf ? 's' : 'r', r->pct, r->testing ? 'y' : 'n', r->psd);
    bool first = true;
    for (unsigned i = 0; i < 4; i++) {
        if ((r->fo >> i & 1) != 0) {
            buf_printf(out, "%s%c", first ? "" : ":", letters[i]);
            first = false;
        }
    }
    if (r->rua.len > 0) {
        buf_put_text(out, "; rua=");
        buf_put(out, r->rua);
    }
    if (r->ruf.len > 0) {
        buf_put_text(out, "; ruf=");
        buf_put(out, r->ruf);
    }
}

static void same(span text, bool walk)
{
    struct dmarc_record a, b;
    struct buf out;
    dmarc_record_read(text, walk, &a);
    buf_init(&out, 4 * text.len + 4096);
    write(&a, &out);
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
