/* qf files, mailq and log lines. Properties: what is read lies inside what was given; a qf file ends with its
   dot, and without its last octets it is not whole. */
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
    struct observation seen = {0};
    struct log_line line;
    if (!failed(sendmail_qf_read(text, SPAN_EMPTY, arena, &e))) {
        CHECK(e.sender.len >= 2 && e.state);
        for (size_t i = 0; i < e.headers.count; i++) {
            CHECK(inside(e.headers.at[i].value, text));
        }
        for (size_t i = 0; i < e.rcpts.count; i++) {
            CHECK(inside(e.rcpts.at[i].address, text));
        }
        CHECK(span_find(text, SPAN(".")) != SPAN_NONE);
    }
    (void)failed(sendmail_mailq_read(text, arena, &seen));
    for (size_t i = 0; i < seen.spool.count; i++) {
        CHECK(seen.spool.at[i].id[0] && seen.spool.at[i].state);
    }
    sendmail_log_read(text, arena, &line);
    for (size_t i = 0; i < line.fields.count; i++) {
        CHECK(inside(line.fields.at[i].value, text));
    }
    arena_free(arena);
    return 0;
}
