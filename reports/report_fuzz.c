/* A report from anywhere: what can be read can be written, and what was written reads back as the
   same report. Both forms; the other writers only have to close their documents. */
#include "reports/formats.h"

#include "base/check.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_way_back(const char *form, err (*read)(span, struct arena *, struct report *),
                           span text)
{
    const struct report_format *f = report_format_find(span_text(form));
    struct arena *arena = arena_new();
    struct report first;
    struct report second;
    if (!failed(read(text, arena, &first))) {
        struct buf a;
        struct buf b;
        buf_init(&a, 1 << 24);
        buf_init(&b, 1 << 24);
        report_write(f, &first, (struct report_style){0}, &a);
        CHECK(!failed(read(buf_span(&a), arena, &second)));
        report_write(f, &second, (struct report_style){0}, &b);
        CHECK(span_eq(buf_span(&a), buf_span(&b)));
        for (f = report_formats; f->name; f++) {
            buf_clear(&b);
            report_write(f, &first, (struct report_style){.verbose = true}, &b);
            CHECK(b.len > 0 && b.at[b.len - 1] == '\n');
        }
        buf_wipe(&a);
        buf_wipe(&b);
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_way_back("json", report_read, span_of(data, size));
    check_way_back("jsonl", report_read_lines, span_of(data, size));
    return 0;
}
