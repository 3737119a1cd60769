/* Target descriptions. Properties: a mistake is told with the file and a line that exists; what is
   read is complete; and appending a comment changes nothing. */
#include "harness/target/description.h"

#include "base/buf.h"
#include "base/check.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct description d;
    struct description again;
    struct buf more;
    span text = span_of(data, size);
    err e = description_read("f", text, arena, &d);
    buf_init(&more, size + 64);
    buf_put(&more, text);
    buf_put_text(&more, "\n# a comment\n");
    err e2 = description_read("f", buf_span(&more), arena, &again);
    CHECK(failed(e) == failed(e2));
    if (failed(e)) {
        CHECK(e.what && strncmp(e.what, "f:", 2) == 0);
        CHECK(strtoul(e.what + 2, NULL, 10) >= 1 && strtoul(e.what + 2, NULL, 10) <= size + 1);
    } else {
        CHECK(d.patience > 0 && d.masks.count == again.masks.count &&
              d.owned.count == again.owned.count);
        for (size_t i = 0; i < d.masks.count; i++) {
            CHECK(*d.masks.at[i].surface && *d.masks.at[i].what);
        }
    }
    buf_wipe(&more);
    arena_free(arena);
    return 0;
}
