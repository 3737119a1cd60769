/* Target: proof_authres_read. Property: a field that is read, written anew with every value quoted, is
   read as the same. */
#include "base/buf.h"
#include "base/check.h"
#include "harness/seal/authres.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_quoted(span text, struct buf *out)
{
    buf_put_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\') {
            buf_put_byte(out, '\\');
        }
        buf_put_byte(out, text.at[i]);
    }
    buf_put_byte(out, '"');
}

static void put(const struct proof_authres *a, struct buf *out)
{
    put_quoted(a->id, out);
    for (size_t i = 0; i < a->results.count; i++) {
        const struct proof_result *r = &a->results.at[i];
        buf_printf(out, ";%.*s%s%.*s=%.*s", SPAN_FMT(r->method), r->version.len > 0 ? "/" : "",
                   SPAN_FMT(r->version), SPAN_FMT(r->word));
        if (r->reason.len > 0) {
            buf_put_text(out, " reason=");
            put_quoted(r->reason, out);
        }
        for (size_t k = 0; k < r->properties.count; k++) {
            const struct proof_property *p = &r->properties.at[k];
            buf_printf(out, " %.*s.%.*s=", SPAN_FMT(p->type), SPAN_FMT(p->name));
            put_quoted(p->value, out);
        }
    }
    buf_put_text(out, a->results.count == 0 ? ";none" : "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct proof_authres a, b;
    const char *why;
    size_t at;
    if (proof_authres_read(span_of(data, size), arena, &a, &why, &at)) {
        struct buf out;
        buf_init(&out, 8 * size + 64);
        put(&a, &out);
        CHECK(proof_authres_read(buf_span(&out), arena, &b, &why, &at));
        CHECK(span_eq(a.id, b.id) && a.results.count == b.results.count);
        for (size_t i = 0; i < a.results.count; i++) {
            const struct proof_result *r = &a.results.at[i], *s = &b.results.at[i];
            CHECK(span_eq(r->word, s->word) && r->properties.count == s->properties.count);
            for (size_t k = 0; k < r->properties.count; k++) {
                CHECK(span_eq(r->properties.at[k].value, s->properties.at[k].value));
            }
        }
        buf_wipe(&out);
    } else {
        CHECK(at <= size && why != NULL);
    }
    arena_free(arena);
    return 0;
}
