/* Log lines of both MTAs. Properties: every field lies inside its line; the line is kept as it is;
   and text behind a whole line changes neither id nor flag. */
#include "harness/observe/formats.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_fields(const struct log_line *line, span text)
{
    CHECK(span_eq(line->line, text));
    CHECK(line->fields.count <= text.len + 1);
    for (size_t i = 0; i < line->fields.count; i++) {
        span value = line->fields.at[i].value;
        CHECK(line->fields.at[i].name);
        CHECK(value.len == 0 ||
              (value.at >= text.at && value.at + value.len <= text.at + text.len));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span text = span_of(data, size);
    struct arena *arena = arena_new();
    struct log_line line;
    struct log_line longer;
    if (size > 65536) {
        arena_free(arena);
        return 0;
    }
    postfix_log_read(text, arena, &line);
    check_fields(&line, text);
    exim_log_read(text, arena, &line);
    check_fields(&line, text);
    const char *more = arena_printf(arena, "%.*s K", SPAN_FMT(text));
    if (span_find_byte(text, '\0') == SPAN_NONE && line.flag) {
        exim_log_read(span_text(more), arena, &longer);
        CHECK(longer.flag == line.flag && longer.id && strcmp(longer.id, line.id) == 0);
    }
    arena_free(arena);
    return 0;
}
