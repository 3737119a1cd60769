/* Any text: it is refused, or what is printed of its tree reads back to a tree that prints the
   same; and evaluating it under a small budget ends, at the depth where it began. */
#include "ref/expand/testing_print.h"
#include "ref/expand/testing_world.h"

#include "base/check.h"

#include <stdlib.h>

#define TEXT_CEILING 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printing(const struct template *t, struct arena *arena)
{
    const struct template *again;
    span first = testing_print(t, arena);
    CHECK(!failed(template_read(first, arena, &again)));
    CHECK(span_eq(first, testing_print(again, arena)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct testing_world w;
    const struct template *t;
    bool yes;
    if (size > TEXT_CEILING) {
        return 0;
    }
    testing_world_open(&w);
    w.address.local_part = SPAN("tainted");
    w.x.forbid_files = true;
    w.x.allowance = (struct expand_budget){5000, 1 << 20};
    if (!failed(template_read(span_of(data, size), w.arena, &t))) {
        check_printing(t, w.arena);
        struct expanded r = expand_to_bool(t, &w.x, &yes);
        CHECK(r.outcome == EXPAND_OK ? r.why == NULL : r.why != NULL);
        CHECK(w.x.depth == 0 && w.x.item.text.len == 0 && w.x.found.text.len == 0 &&
              w.x.captures.count == 0);
    }
    testing_world_close(&w);
    return 0;
}
