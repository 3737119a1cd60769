/* Any text as a key log: the order of its lines does not matter as long as none contradict, comments and
   CR do not, and what a line says is found. */
#include "pcap/tls_secrets.h"

#include "base/buf.h"
#include "base/check.h"

/* Each line with a comment before it and CRLF behind it. */
static void decorate(span text, struct buf *out)
{
    span line;
    while (span_line(&text, &line)) {
        buf_put_text(out, "# x\n\n ");
        buf_put(out, line);
        buf_put_text(out, "\r\n");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    span text = span_of(data, size);
    struct buf other;
    buf_init(&other, (size_t)1 << 24);
    decorate(text, &other);
    struct capture_secrets *a = capture_secrets_new(arena);
    struct capture_secrets *b = capture_secrets_new(arena);
    err first = capture_secrets_read(a, text, "log");
    err second = capture_secrets_read(b, buf_span(&other), "log");
    CHECK(failed(first) == failed(second));
    if (!failed(first)) {
        CHECK(capture_secrets_count(a) == capture_secrets_count(b));
        for (size_t at = 0; at + TLS_RANDOM <= size; at++) {
            span random = span_part(text, at, TLS_RANDOM);
            for (unsigned kind = 0; kind < TLS_SECRET_KIND_COUNT; kind++) {
                span secret = capture_secrets_find(a, kind, random);
                CHECK(span_eq(secret, capture_secrets_find(b, kind, random)));
                CHECK(secret.len == 0 || capture_secrets_know(a, random));
            }
        }
    }
    buf_wipe(&other);
    arena_free(arena);
    return 0;
}
