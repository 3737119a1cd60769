/* Targets: hint_read, hint_retry_read, hint_ehlo_read, hint_tls_read, on a record as it lies in a
   file. Property: nothing outside it is read, and what is read writes the same octets again. */
#include "base/check.h"
#include "ref/hints/hint_ehlo.h"
#include "ref/hints/hint_retry.h"
#include "ref/hints/hint_tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(struct buf *out, span want)
{
    CHECK(!buf_full(out) && span_eq(buf_span(out), want));
    buf_clear(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hint hint;
    struct hint_retry retry;
    struct hint_ehlo ehlo;
    struct hint_tls tls;
    struct buf out;
    if (!hint_read(span_of(data, size), &hint)) {
        return 0;
    }
    buf_init(&out, size + 64);
    hint_write(&hint, &out);
    same(&out, span_of(data, size));
    if (hint_retry_read(hint.value, &retry)) {
        hint_retry_write(&retry, &out);
        same(&out, hint.value);
    }
    if (hint_ehlo_read(hint.value, &ehlo)) {
        hint_ehlo_write(&ehlo, &out);
        same(&out, hint.value);
    }
    if (hint_tls_read(hint.value, &tls)) {
        CHECK(tls.session.len <= HINT_TLS_SESSION_OCTETS);
        hint_tls_write(&tls, &out);
        same(&out, hint.value);
    }
    buf_wipe(&out);
    return 0;
}
