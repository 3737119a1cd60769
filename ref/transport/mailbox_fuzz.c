/* An mbox that was written is read back as the messages that went in: no line of a message begins a
   new one, however the text comes in pieces. Input: messages, with a NUL octet between two of them. */
#include "base/file.h"
#include "ref/transport/deposit.h"
#include "ref/transport/writer.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
    span text;
    size_t piece;
};

static err pour(void *context, err (*put)(void *context, span block), void *put_context)
{
    const struct source *s = context;
    span text = s->text;
    while (text.len > 0) {
        size_t piece = s->piece < text.len ? s->piece : text.len;
        TRY(put(put_context, span_first(text, piece)));
        text = span_from(text, piece);
    }
    return OK;
}

static void demand(bool condition)
{
    if (!condition) {
        abort();
    }
}

static span written(const struct deposit *d, span text, size_t piece, struct arena *arena)
{
    struct source source = {text, piece};
    const struct deposit_text from = {&source, pour};
    const struct deposit_job j = {.d = d, .text = &from, .arena = arena};
    uint64_t count = 0;
    span all = SPAN_EMPTY;
    int fd;
    demand(!failed(transport_filter_file(&fd)));
    demand(!failed(writer_run(&j, fd, UINT64_MAX, &count)));
    demand(lseek(fd, 0, SEEK_SET) == 0 && !failed(fd_read_all(fd, SIZE_MAX / 2, arena, &all)));
    demand(all.len == count);
    close(fd);
    return all;
}

/* Line by line: ">" in front of "From ", and nothing else. */
static void compare(span mailbox, span text)
{
    span line, want;
    demand(span_line(&mailbox, &line) && span_starts(line, SPAN("From ")));
    while (text.len > 0) {
        size_t end = span_find_byte(text, '\n');
        want = end == SPAN_NONE ? text : span_first(text, end);
        text = span_from(text, want.len + 1);
        end = span_find_byte(mailbox, '\n');
        demand(end != SPAN_NONE);
        line = span_first(mailbox, end);
        mailbox = span_from(mailbox, end + 1);
        demand(!span_starts(line, SPAN("From ")));
        demand(span_eq(span_from(line, span_starts(want, SPAN("From ")) ? 1 : 0), want));
    }
    demand(span_eq(mailbox, SPAN("\n")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct arena *arena = arena_new();
    const struct deposit d = {.prefix = SPAN("From s@c.test x\n"), .suffix = SPAN("\n"),
                              .check = SPAN("From "), .escape = SPAN(">From ")};
    span rest = span_of(data + 1, size - 1), message;
    for (bool more = true; more;) {
        more = span_split(rest, '\0', &message, &rest);
        span whole = written(&d, message, SIZE_MAX, arena);
        span pieces = written(&d, message, 1 + data[0] % 7, arena);
        demand(span_eq(whole, pieces));
        compare(whole, message);
    }
    arena_free(arena);
    return 0;
}
