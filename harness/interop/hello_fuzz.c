/* What is read of two others' TLS does not depend on how it was cut, and lies in every length field end in
   nothing worse than nothing. The first octet says how long the pieces are, the second where the client's
   octets end, in parts of 256. */
#include "harness/interop/hello.h"

#include "base/check.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void hear(struct hello *h, span client, span server, size_t piece)
{
    hello_init(h);
    for (size_t at = 0; at < client.len; at += piece) {
        hello_hear(h, SIDE_C, span_part(client, at, piece));
    }
    for (size_t at = 0; at < server.len; at += piece) {
        hello_hear(h, SIDE_S, span_part(server, at, piece));
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size < 2 || size > 65536) {
        return 0;
    }
    struct arena *arena = arena_new();
    struct transcript t;
    struct hello whole, pieces;
    span all = span_of(data + 2, size - 2);
    size_t cut = all.len * data[1] / 256;
    transcript_init(&t, arena);
    hear(&whole, span_first(all, cut), span_from(all, cut), SIZE_MAX / 2);
    hear(&pieces, span_first(all, cut), span_from(all, cut), (size_t)data[0] % 32 + 1);
    hello_tell(&whole, 0, 1, &t);
    hello_tell(&pieces, 0, 2, &t);
    CHECK(t.handshakes.count == 0 || t.handshakes.count == 2);
    if (t.handshakes.count == 2) {
        const struct handshake *a = &t.handshakes.at[0];
        const struct handshake *b = &t.handshakes.at[1];
        CHECK(a->stands == b->stands && a->resumed == b->resumed && a->offered == b->offered);
        CHECK(a->certificates == b->certificates && a->tickets == b->tickets);
    }
    hello_wipe(&whole);
    hello_wipe(&pieces);
    arena_free(arena);
    return 0;
}
