/* -H files. Properties: what is read lies inside the file; a file that is well-formed is not so
   without its last octet; and with a body of another message it is refused. */
#include "harness/observe/formats.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(span part, span whole)
{
    return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

static err read_with_body(span header, struct arena *arena, struct spool_entry *e)
{
    span line;
    span rest = header;
    (void)span_split(header, '\n', &line, &rest);
    const char *body = arena_printf(arena, "%.*sD\nbody\n", line.len ? (int)line.len - 1 : 0,
                                    (const char *)line.at);
    *e = (struct spool_entry){0};
    return exim_spool_read(header, span_text(body), arena, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span header = span_of(data, size);
    struct arena *arena = arena_new();
    struct spool_entry e;
    if (!failed(read_with_body(header, arena, &e))) {
        CHECK(e.id && e.sender.len >= 2 && e.state);
        for (size_t i = 0; i < e.headers.count; i++) {
            CHECK(inside(e.headers.at[i].value, header));
        }
        for (size_t i = 0; i < e.rcpts.count; i++) {
            CHECK(e.rcpts.at[i].address.len > 0 && inside(e.rcpts.at[i].address, header));
        }
        struct spool_entry other;
        CHECK(failed(read_with_body(span_first(header, size - 1), arena, &other)));
        other = (struct spool_entry){0};
        CHECK(failed(exim_spool_read(header, SPAN("0aaaaa-0aaaaa-00-D\n"), arena, &other)) ||
              strcmp(e.id, "0aaaaa-0aaaaa-00") == 0);
    }
    arena_free(arena);
    return 0;
}
