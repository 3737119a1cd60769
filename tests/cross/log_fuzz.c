/* Targets: log_arrival_put and log_write's escapes against exim_log_read.
   Property: whatever a client puts into Subject, and into a Message-ID that RFC 5322 would allow,
   the judge finds the sender, the protocol, the size and the recipients that were meant: no text
   makes a field. A Message-ID with blanks does, in the form that Exim gave this line: id= is not
   quoted. */
#include "base/check.h"
#include "harness/observe/observation.h"
#include "ref/log/arrival.h"

#include <string.h>

#define CEILING (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static span field(const struct log_line *line, const char *name)
{
    span value = SPAN_EMPTY;
    size_t found = 0;
    for (size_t i = 0; i < line->fields.count; i++) {
        if (strcmp(line->fields.at[i].name, name) == 0) {
            value = line->fields.at[i].value;
            found++;
        }
    }
    CHECK(found == 1);
    return value;
}

/* The text without what no msg-id of RFC 5322 3.6.4 has. */
static span id_of(span text, struct arena *arena)
{
    unsigned char *id = arena_take(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        bool fits = text.at[i] > ' ' && text.at[i] < 127 && text.at[i] != '"';
        id[i] = fits ? text.at[i] : '_';
    }
    return span_of(id, text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct log log = {.options.selectors = log_selectors_default()};
    CHECK(!failed(log_selectors_read(SPAN("+all -arguments"), arena, &log.options.selectors)));
    span subject, id, rest = span_of(data, size);
    (void)span_split(rest, '\n', &subject, &id);
    static const span one[] = {SPAN("u@test.ex"), SPAN("v@test.ex")};
    struct log_arrival arrival = {
        .id = SPAN("1wImXI-0000G9-00"), .sender = SPAN("a@c.test"), .protocol = SPAN("esmtp"),
        .host = {.helo = SPAN("c.test"), .address = SPAN("192.0.2.10"), .port = 40000},
        .size = 77, .subject = subject, .has_subject = true, .message_id = id_of(id, arena),
        .recipients = one, .recipient_count = 2};
    struct buf out, whole;
    buf_init(&out, CEILING);
    buf_init(&whole, CEILING);
    log_arrival_put(&log, &arrival, &out);
    buf_printf(&whole, "2026-11-22 01:02:03.004 [17] 1wImXI-0000G9-00 %.*s",
               SPAN_FMT(buf_span(&out)));
    struct log_line line;
    exim_log_read(buf_span(&whole), arena, &line);
    CHECK(line.flag != NULL && strcmp(line.flag, "<=") == 0);
    CHECK(span_eq(field(&line, "sender"), arrival.sender));
    CHECK(span_eq(field(&line, "P"), arrival.protocol));
    CHECK(span_eq(field(&line, "S"), SPAN("77")));
    CHECK(span_eq(field(&line, "for"), SPAN("u@test.ex v@test.ex")));
    buf_wipe(&out);
    buf_wipe(&whole);
    arena_free(arena);
    return 0;
}
