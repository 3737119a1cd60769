/* Property: however the octets are cut, the reader says the same; it never looks behind the end
   of a whole reply; and a whole reply, taken apart and put together, is what was there. The
   first octet of the input is the size of the pieces. */
#include "harness/actor/reply.h"

#include "base/buf.h"
#include "base/check.h"

/* The reply without the space that may stand behind a code alone (RFC 5321 4.2.1). */
static void put_plain(span reply, struct buf *out)
{
    for (size_t i = 0, column = 0; i < reply.len; i++, column++) {
        if (!(column == 3 && reply.at[i] == ' ' && i + 1 < reply.len && reply.at[i + 1] == '\r')) {
            buf_put_byte(out, reply.at[i]);
        }
        if (reply.at[i] == '\n') {
            column = SIZE_MAX;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_together(const struct reply *r, struct buf *out)
{
    for (size_t i = 0; i < r->lines.count; i++) {
        bool last = i + 1 == r->lines.count;
        buf_put_text(out, r->digits);
        if (!last || r->lines.at[i].len > 0) {
            buf_put_byte(out, last ? ' ' : '-');
        }
        buf_put(out, r->lines.at[i]);
        buf_put_text(out, "\r\n");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t step = data[0] % 32u + 1;
    span all = span_of(data + 1, size - 1);
    struct reply_reader whole = {0};
    struct reply_reader cut = {0};
    (void)reply_feed(&whole, all);
    for (size_t n = 0; n < all.len; n += step) {
        (void)reply_feed(&cut, span_first(all, n));
    }
    (void)reply_feed(&cut, all);
    CHECK(whole.state == cut.state && whole.seen == cut.seen && whole.why == cut.why);
    CHECK((whole.state == REPLY_BAD) == (whole.why != NULL));
    if (whole.state == REPLY_WHOLE) {
        struct reply_reader alone = {0};
        CHECK(reply_feed(&alone, span_first(all, whole.seen)) == REPLY_WHOLE);
        CHECK(alone.seen == whole.seen);
        struct arena *arena = arena_new();
        struct buf again;
        struct reply r;
        buf_init(&again, 1 << 24);
        reply_take(span_first(all, whole.seen), arena, &r);
        put_together(&r, &again);
        struct buf plain;
        buf_init(&plain, 1 << 24);
        put_plain(span_first(all, whole.seen), &plain);
        CHECK(span_eq(buf_span(&again), buf_span(&plain)));
        buf_wipe(&plain);
        buf_wipe(&again);
        arena_free(arena);
    }
    return 0;
}
