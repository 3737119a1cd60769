/* Targets: spool_header_read, spool_header_write.
   Property: what was read is written, and read again it is written the same; damage is told with an
   offset inside the file and a line number. */
#include "ref/spool/header_file.h"

#include "base/check.h"

#define CEILING (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct envelope e;
    struct buf first;
    struct buf second;
    err result = spool_header_read(span_of(data, size), arena, &e);
    buf_init(&first, CEILING);
    buf_init(&second, CEILING);
    if (failed(result)) {
        CHECK(result.at <= size && strncmp(result.what, "line ", 5) == 0);
    } else {
        CHECK(!failed(spool_header_write(&e, arena, &first)));
        CHECK(!failed(spool_header_read(buf_span(&first), arena, &e)));
        CHECK(!failed(spool_header_write(&e, arena, &second)));
        CHECK(span_eq(buf_span(&first), buf_span(&second)));
    }
    buf_wipe(&first);
    buf_wipe(&second);
    arena_free(arena);
    return 0;
}
