/* The octets are those that Exim exchanges with the daemon, its separator of header and body (CR LF
   where all else has LF) too: dccifd's checksums must not depend on who asks. What is not Exim's is
   that there is a deadline, and that the answer is read as the stream that it is
   (docs/adr/0250-what-dccifd-is-told.md). */
#include "ref/scan/dcc.h"

#include "base/file.h"

#include <errno.h>
#include <unistd.h>

enum { BLOCK = 65536, LINES_CEILING = 64u << 20 };

bool dcc_address_read(span text, struct address *to)
{
    uint64_t number;
    size_t end = 0;
    text = span_trim(text);
    if (text.len > 0 && text.at[0] == '/') {
        char path[sizeof to->storage] = "unix:";
        if (text.len + 6 > sizeof path || span_find_byte(text, '\0') != SPAN_NONE) {
            return false;
        }
        memcpy(path + 5, text.at, text.len);
        return address_parse_with_port(span_of(path, text.len + 5), to);
    }
    while (end < text.len && !ascii_is_blank(text.at[end])) {
        end++;
    }
    return span_to_u64(span_trim(span_from(text, end)), &number) && number > 0 &&
           number <= UINT16_MAX && address_parse(span_first(text, end), (uint16_t)number, to);
}

/* --- the request ------------------------------------------------------------------------------- */

static void line_put(span text, struct buf *out)
{
    size_t end = 0;
    while (end < text.len && text.at[end] != '\0' && text.at[end] != '\r' && text.at[end] != '\n') {
        end++;
    }
    buf_put(out, span_first(text, end));
    buf_put_byte(out, '\n');
}

void dcc_query_write(const struct dcc_query *query, struct buf *out)
{
    line_put(query->options, out);
    line_put(span_first(query->client, DCC_CLIENT_OCTETS), out);
    line_put(query->helo, out);
    line_put(query->sender.len > 0 ? query->sender : SPAN("<>"), out);
    for (size_t i = 0; i < query->recipient_count; i++) {
        line_put(query->recipients[i], out);
    }
    buf_put_byte(out, '\n');
    for (size_t i = 0; i < query->header_count; i++) {
        buf_put(out, query->headers[i]);
    }
    buf_put_text(out, "\r\n");
}

static err body_send(int fd, const struct dcc_query *query, int64_t until, struct arena *arena)
{
    unsigned char *block = arena_take(arena, BLOCK);
    size_t got = BLOCK;
    for (off_t at = query->body_at; query->body >= 0 && got == BLOCK; at += BLOCK) {
        TRY(fd_read_part(query->body, block, BLOCK, at, &got));
        if (got > 0) {
            TRY(socket_write(fd, span_of(block, got), until - clock_ticks()));
        }
    }
    return OK;
}

static err query_send(int fd, const struct dcc_query *query, int64_t until, struct arena *arena)
{
    struct buf lines;
    buf_init(&lines, LINES_CEILING);
    dcc_query_write(query, &lines);
    span all;
    err e = buf_end(&lines, &all);
    if (!failed(e)) {
        e = socket_write(fd, all, until - clock_ticks());
    }
    buf_wipe(&lines);
    if (!failed(e)) {
        e = body_send(fd, query, until, arena);
    }
    socket_shut(fd);
    return e;
}

/* --- the answer -------------------------------------------------------------------------------- */

static const struct {
    unsigned char said;
    enum dcc_outcome outcome;
    const char *result;
} results[] = {
    {'A', DCC_ACCEPTED, "A"}, {'S', DCC_ACCEPTED, "A"}, {'R', DCC_REJECTED, "R"},
    {'G', DCC_GREYLISTED, "G"}, {'T', DCC_FAILED, "T"},
};

/* The field as $dcc_header has it: one LF at its end, whatever the daemon ends it with. */
static span header_make(span text, struct arena *arena)
{
    if (!span_starts(text, SPAN("X-DCC"))) {
        return SPAN_EMPTY;
    }
    if (span_ends(text, SPAN("\n\n"))) {
        text = span_first(text, text.len - 2);
    } else if (span_find(text, SPAN("\n\n")) == SPAN_NONE && span_ends(text, SPAN("\n"))) {
        text = span_first(text, text.len - 1);
    }
    text = span_first(text, DCC_HEADER_OCTETS);
    unsigned char *at = arena_take(arena, text.len + 1);
    memcpy(at, text.at, text.len);
    at[text.len] = '\n';
    return span_of(at, text.len + 1);
}

void dcc_answer_read(span raw, struct arena *arena, struct dcc_answer *answer)
{
    span first, second, rest;
    *answer = (struct dcc_answer){.outcome = DCC_SILENT, .raw = arena_copy(arena, raw),
                                  .result = SPAN_EMPTY, .header = SPAN_EMPTY};
    if (!span_split(raw, '\n', &first, &rest)) {
        return;
    }
    answer->outcome = DCC_STRANGE;
    answer->result = SPAN("T");
    answer->long_result = first.len > 1;
    for (size_t i = 0; first.len > 0 && i < sizeof results / sizeof *results; i++) {
        if (first.at[0] == results[i].said) {
            answer->outcome = results[i].outcome;
            answer->result = span_text(results[i].result);
        }
    }
    if (span_split(rest, '\n', &second, &rest)) {
        answer->header = header_make(rest, arena);
    }
}

span dcc_header_field(span header)
{
    span line, rest, field = SPAN_EMPTY;
    bool named = span_find_byte(header, ':') < span_find_byte(header, '\n');
    for (; named && span_split(header, '\n', &line, &rest); header = rest) {
        if (field.len > 0 && (line.len == 0 || !ascii_is_blank(line.at[0]))) {
            break;
        }
        field = span_of(field.len > 0 ? field.at : line.at, field.len + line.len + 1);
    }
    return span_find_byte(field, '\0') == SPAN_NONE ? field : SPAN_EMPTY;
}

static err answer_take(int fd, int64_t until, struct buf *raw)
{
    while (raw->len < DCC_ANSWER_CEILING) {
        size_t got = 0, room = DCC_ANSWER_CEILING - raw->len;
        unsigned char *at = buf_reserve(raw, room);
        err e = socket_read(fd, at, room, until - clock_ticks(), &got);
        if (e.kind == ERR_CLOSED) {
            return OK;
        }
        TRY(e);
        buf_add(raw, got);
    }
    return OK;
}

/* A daemon may answer before it has read all, and close: then writing fails, and its answer counts. */
static err talk(int fd, const struct dcc_query *query, int64_t until, struct arena *arena,
                struct dcc_answer *answer)
{
    struct buf raw;
    buf_init(&raw, DCC_ANSWER_CEILING + 1);
    err sent = query_send(fd, query, until, arena);
    err e = answer_take(fd, until, &raw);
    dcc_answer_read(buf_span(&raw), arena, answer);
    buf_wipe(&raw);
    if (answer->outcome != DCC_SILENT || !(failed(e) || failed(sent))) {
        return OK;
    }
    e = failed(e) ? e : sent;
    e = e.kind == ERR_CLOSED ? OK : e;
    return failed(e) ? err_in(e, arena, "waiting for the answer") : OK;
}

err dcc_ask(const struct address *to, const struct dcc_query *query, millis wait,
            struct arena *arena, struct dcc_answer *answer)
{
    int64_t until = clock_ticks() + wait;
    int fd;
    bool local = to->storage.ss_family == AF_UNIX;
    err e = socket_connect(to, NULL, wait, &fd);
    if (failed(e)) {
        const char *why = e.kind == ERR_TIMEOUT ? "timed out" : strerror(e.sys);
        e.what = arena_printf(arena, "Connecting to %s socket failed: %s", local ? "UNIX" : "TCP",
                              why);
        e.sys = 0;
        return e;
    }
    e = talk(fd, query, until, arena, answer);
    (void)close(fd);
    return e;
}
