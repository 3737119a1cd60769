/* How a reply is cut does not change what it is: read whole and octet by octet, every reply of the
   input is the same, and so is the error that ends it. A reply that is one is written as it was
   read. */
#include "ref/client/reply.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t len);

static void one_by_one(span in, size_t grain, struct arena *arena, struct buf *told)
{
    struct wire_memory w;
    struct client_reader r;
    struct client_reply reply;
    wire_memory_init(&w, in, 64);
    w.grain = grain;
    client_reader_init(&r, &w.wire, clock_system());
    for (;;) {
        err e = client_reply_read(&r, 60000, arena, &reply);
        if (failed(e)) {
            buf_printf(told, "%s %s [%.*s]", err_kind_name(e.kind), e.what, SPAN_FMT(reply.text));
            break;
        }
        CHECK(reply.code >= 200 && reply.code <= 599);
        span text = reply.text, line;
        while (client_reply_line(&text, &line)) {
            CHECK(span_find_byte(line, '\r') == SPAN_NONE);
        }
        buf_printf(told, "%u <%.*s> {%.*s}\n", reply.code, SPAN_FMT(reply.status),
                   SPAN_FMT(reply.text));
    }
    wire_close(&w.wire);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t len)
{
    struct arena *arena = arena_new();
    struct buf whole, parts;
    size_t grain = len > 0 ? 1 + at[0] % 7 : 1;
    buf_init(&whole, 1 << 22);
    buf_init(&parts, 1 << 22);
    one_by_one(span_of(at, len), 0, arena, &whole);
    one_by_one(span_of(at, len), grain, arena, &parts);
    CHECK(span_eq(buf_span(&whole), buf_span(&parts)));
    buf_wipe(&whole);
    buf_wipe(&parts);
    arena_free(arena);
    return 0;
}
