/* Targets: smtp_reply_write against reply_feed and reply_take.
   Property: whatever text a reply is given, the judge reads exactly one reply with the code and the
   status of its row on every line, and no line is longer than RFC 5321 4.5.3.1.5 has it. */
#include "base/check.h"
#include "harness/actor/reply.h"
#include "ref/smtp/reply.h"

#define CEILING (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lines_check(const struct smtp_reply_row *row, const struct reply *reply)
{
    CHECK(reply->code == row->code);
    for (size_t i = 0; i < reply->lines.count; i++) {
        CHECK(reply->lines.at[i].len + 6 <= 512);
        if (row->status != NULL) {
            CHECK(span_starts(reply->lines.at[i], span_text(row->status)));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct arena *arena = arena_new();
    struct buf out;
    buf_init(&out, CEILING);
    enum smtp_reply_id id = 1 + data[0] % (SMTP_REPLY_COUNT - 1);
    smtp_reply_write(smtp_reply_with(id, span_of(data + 1, size - 1)), SPAN("mx.test.ex"), &out);
    struct reply_reader reader = {.utf8 = true};
    CHECK(reply_feed(&reader, buf_span(&out)) == REPLY_WHOLE);
    CHECK(reader.seen == out.len);
    struct reply reply = {0};
    reply_take(buf_span(&out), arena, &reply);
    lines_check(&smtp_replies[id], &reply);
    buf_wipe(&out);
    arena_free(arena);
    return 0;
}
