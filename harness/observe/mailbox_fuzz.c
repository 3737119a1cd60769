/* Mailboxes. Property: any text that a delivery writes into an mbox comes out again as it was,
   alone and behind another message. */
#include "harness/observe/formats.h"

#include "base/buf.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool wants_quote(span line)
{
    size_t n = 0;
    while (n < line.len && line.at[n] == '>') {
        n++;
    }
    return span_starts(span_from(line, n), SPAN("From "));
}

static void deliver(span text, struct buf *box)
{
    buf_put_text(box, "From a@c.test Sun Nov 22 00:00:00 2026\n");
    while (text.len) {
        size_t nl = span_find_byte(text, '\n');
        size_t len = nl == SPAN_NONE ? text.len : nl + 1;
        if (wants_quote(span_first(text, len))) {
            buf_put_byte(box, '>');
        }
        buf_put(box, span_first(text, len));
        text = span_from(text, len);
    }
    buf_put_byte(box, '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct observation seen = {0};
    struct buf text;
    struct buf box;
    buf_init(&text, 1 << 20);
    buf_init(&box, 1 << 22);
    buf_put(&text, span_of(data, size > 65536 ? 65536 : size));
    buf_put_byte(&text, '\n'); /* a message ends with a line end */
    deliver(SPAN("Subject: first\n\nbody\n"), &box);
    deliver(buf_span(&text), &box);
    CHECK(!failed(mbox_read(buf_span(&box), "u@test.ex", arena, &seen)));
    CHECK(seen.mails.count == 2);
    CHECK(span_eq(seen.mails.at[1].raw, buf_span(&text)));
    buf_wipe(&text);
    buf_wipe(&box);
    arena_free(arena);
    return 0;
}
