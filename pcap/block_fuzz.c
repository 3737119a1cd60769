/* Any octets as a pcapng file: what lies before them, as far as the window goes with which files are read,
   changes neither the secrets nor the mistake. */
#include "pcap/block.h"

#include "base/buf.h"
#include "base/check.h"
#include "pcap/made.h"

#include <unistd.h>

static err keep(void *context, span log)
{
    buf_put(context, log);
    buf_put_byte(context, '\n');
    return OK;
}

static err read_all(span file, struct arena *arena, struct buf *out)
{
    int fd = made_fd(file);
    err e = capture_blocks_read(fd, keep, out, arena);
    close(fd);
    return e;
}

/* A section of its own with a block of that many octets in it, and the file behind. */
static span behind(span file, uint32_t len, struct buf *out)
{
    buf_put(out, SPAN("\x0a\x0d\x0d\x0a\0\0\0\x10\x1a\x2b\x3c\x4d\0\0\0\x10"));
    made_u32(out, 0xbad);
    made_u32(out, len);
    memset(buf_reserve(out, len - 12), 0, len - 12);
    buf_add(out, len - 12);
    made_u32(out, len);
    buf_put(out, file);
    return buf_span(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf one, other, longer;
    span file = span_of(data, size);
    buf_init(&one, (size_t)1 << 24);
    buf_init(&other, (size_t)1 << 24);
    buf_init(&longer, (size_t)1 << 24);
    err a = read_all(file, arena, &one);
    if (size >= 12 && span_starts(file, SPAN("\x0a\x0d\x0d\x0a"))) {
        uint32_t len = (1u << 18) - 4 * (data[size - 1] % 32u);
        err b = read_all(behind(file, len, &longer), arena, &other);
        CHECK(a.kind == b.kind && (!failed(a) || a.at + longer.len - size == b.at));
        CHECK(span_eq(buf_span(&one), buf_span(&other)));
    }
    CHECK(one.len <= size + size / 8 + 1); /* no octet of a file is told twice */
    buf_wipe(&one);
    buf_wipe(&other);
    buf_wipe(&longer);
    arena_free(arena);
    return 0;
}
