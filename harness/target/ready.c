/* When is a server there? When it has greeted, taken QUIT, answered it and closed. Never a bare
   connect and never a stray octet: both leave lines in logs that the case would be blamed for. */
#include "harness/target/instance.h"

#include "base/buf.h"

#include <errno.h>
#include <unistd.h>

#define REPLY_CEILING 65536

err target_reply_read(int fd, millis deadline, struct buf *reply, unsigned *code)
{
    buf_clear(reply);
    for (;;) {
        unsigned char piece[1024];
        size_t got;
        millis left = deadline - clock_ticks();
        TRY(socket_read(fd, piece, sizeof piece, left > 0 ? left : 0, &got));
        buf_put(reply, span_of(piece, got));
        if (buf_full(reply)) {
            return err_of(ERR_LIMIT, "an endless greeting");
        }
        span text = buf_span(reply);
        span line;
        while (span_line(&text, &line)) {
            bool whole = text.len > 0 || reply->at[reply->len - 1] == '\n';
            if (whole && line.len >= 3 && (line.len == 3 || line.at[3] != '-')) {
                uint64_t n = 0;
                (void)span_to_u64(span_first(line, 3), &n);
                *code = (unsigned)n;
                return OK;
            }
        }
    }
}

static err speak(int fd, millis deadline, struct buf *reply, struct arena *arena)
{
    unsigned code;
    unsigned char byte;
    size_t got;
    TRY(target_reply_read(fd, deadline, reply, &code));
    /* 554 instead of a greeting is an answer too (RFC 5321 3.1): the case may be about it. */
    if (code != 220 && code != 554) {
        return err_of(ERR_IO, arena_printf(arena, "it greets with %u", code));
    }
    TRY(socket_write(fd, SPAN("QUIT\r\n"), 1000));
    TRY(target_reply_read(fd, deadline, reply, &code));
    millis left = deadline - clock_ticks();
    err e = socket_read(fd, &byte, 1, left > 0 ? left : 0, &got);
    return failed(e) && e.kind == ERR_CLOSED ? OK : err_of(ERR_IO, "it does not close after QUIT");
}

err target_ready_probe(const struct address *to, const struct address *from, millis wait,
                       struct arena *arena)
{
    millis deadline = clock_ticks() + wait;
    int fd;
    struct buf reply;
    TRY(socket_connect(to, from, wait, &fd));
    buf_init(&reply, REPLY_CEILING);
    err e = speak(fd, deadline, &reply, arena);
    buf_wipe(&reply);
    close(fd);
    return e;
}
