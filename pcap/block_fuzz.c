/* Any octets as a pcapng file: where it is cut into pieces changes neither the secrets nor the mistake. */
#include "pcap/block.h"

#include "base/buf.h"
#include "base/check.h"

static err keep(void *context, span log)
{
    buf_put(context, log);
    buf_put_byte(context, '\n');
    return OK;
}

static err read_all(span file, size_t piece, struct arena *arena, struct buf *out)
{
    struct capture_blocks *b = capture_blocks_new(keep, out, arena);
    err e = OK;
    for (size_t at = 0; at < file.len && !failed(e); at += piece) {
        e = capture_blocks_add(b, span_part(file, at, piece));
    }
    if (!failed(e)) {
        e = capture_blocks_end(b);
    }
    capture_blocks_free(b);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf one, other;
    span file = span_of(data, size);
    buf_init(&one, (size_t)1 << 24);
    buf_init(&other, (size_t)1 << 24);
    err a = read_all(file, size + 1, arena, &one);
    err b = read_all(file, 1 + (size ? data[size - 1] % 7u : 0), arena, &other);
    CHECK(a.kind == b.kind && a.at == b.at);
    CHECK(span_eq(buf_span(&one), buf_span(&other)));
    CHECK(one.len <= size + size / 8 + 1); /* no octet of a file is told twice */
    buf_wipe(&one);
    buf_wipe(&other);
    arena_free(arena);
    return 0;
}
