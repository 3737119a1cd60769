/* Log lines, lines of the queue and envelopes. Properties: what is read lies inside what was given; an id is
   that of a message; an envelope that was read has a recipient, if it is no report's. */
#include "harness/observe/formats.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(span part, span whole)
{
    return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span text = span_of(data, size);
    struct arena *arena = arena_new();
    struct spool_entry e = {0};
    struct spool_entry queued = {0};
    struct log_line line;
    opensmtpd_log_read(text, arena, &line);
    CHECK(!line.id || strlen(line.id) == 8);
    for (size_t i = 0; i < line.fields.count; i++) {
        CHECK(inside(line.fields.at[i].value, text));
    }
    if (!failed(opensmtpd_queue_line_read(text, arena, &queued))) {
        CHECK(strlen(queued.id) == 8 && queued.state && queued.rcpts.count <= 1);
    }
    if (!failed(opensmtpd_envelope_read(text, arena, &e))) {
        CHECK(e.state && e.rcpts.count <= 1);
        for (size_t i = 0; i < e.rcpts.count; i++) {
            CHECK(inside(e.rcpts.at[i].address, text) && e.rcpts.at[i].address.len > 0);
        }
    }
    arena_free(arena);
    return 0;
}
