/* Whatever a daemon answers is one of the outcomes; the field that is kept has one LF at its end, is no
   longer than it may be, and what goes into a message of it is one field without an empty line. */
#include "base/check.h"
#include "ref/scan/dcc.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena *arena = arena_new();
    struct dcc_answer a;
    span raw = span_of(data, size);
    dcc_answer_read(raw, arena, &a);
    bool line = span_find_byte(raw, '\n') != SPAN_NONE;
    CHECK((a.outcome == DCC_SILENT) == !line && (a.result.len == 0) == !line);
    CHECK(a.header.len <= DCC_HEADER_OCTETS + 1);
    CHECK(a.header.len == 0 || (span_starts(a.header, SPAN("X-DCC")) && span_ends(a.header, SPAN("\n"))));
    span field = dcc_header_field(a.header);
    CHECK(field.len == 0 || span_ends(field, SPAN("\n")));
    CHECK(!span_has(field, SPAN("\n\n")));
    for (size_t i = 0; i + 1 < field.len; i++) {
        CHECK(field.at[i] != '\n' || ascii_is_blank(field.at[i + 1]));
    }
    arena_free(arena);
    return 0;
}
