/* Input is buffered here, for lines, text and chunks alike, and every octet is used exactly once:
   RFC 2920 3.2 forbids losing any. Waiting has two clocks: the machine's, and in a run with --env
   the moves of the clock that stands still, so that a test can let five minutes pass at once. */
#include "ref/smtp/line.h"

#include "ref/smtp/pipeline.h"
#include "ref/smtp/session.h"

/* How often a waiting session looks, in a run with --env, whether the clock was moved. */
enum { LOOK_FOR_MOVE = 10 };

static int64_t moved_so_far(const struct smtp_session *s)
{
    return s->server->moved != NULL ? *s->server->moved : 0;
}

struct smtp_deadline smtp_deadline_after(const struct smtp_session *s, millis wait)
{
    return (struct smtp_deadline){.until = clock_ticks() + wait, .moved = moved_so_far(s)};
}

millis smtp_deadline_left(const struct smtp_session *s, const struct smtp_deadline *d)
{
    return d->until - clock_ticks() - (moved_so_far(s) - d->moved) / NANOS_PER_MILLI;
}

span smtp_input_span(const struct smtp_session *s)
{
    return span_of(s->in.at + s->in.from, s->in.to - s->in.from);
}

static err read_some(struct smtp_session *s, millis wait)
{
    if (failed(s->in.over)) {
        return s->in.over;
    }
    if (s->in.from == s->in.to) {
        s->in.from = s->in.to = 0;
    }
    size_t got = 0;
    err e = wire_read(s->wire, s->in.at + s->in.to, SMTP_INPUT_ROOM - s->in.to, wait, &got);
    if (failed(e)) {
        if (e.kind != ERR_TIMEOUT) {
            s->in.over = e;
        }
        return e;
    }
    s->in.to += got;
    s->in.fresh = true;
    return OK;
}

/* One read that gives up after `wait` on either clock, and, when it waits for a command, as soon as
   the server is to stop. */
static err read_patiently(struct smtp_session *s, millis wait)
{
    const _Atomic bool *draining = s->server->draining;
    if (s->server->moved == NULL && draining == NULL) {
        return read_some(s, wait);
    }
    millis slice = s->server->moved != NULL ? LOOK_FOR_MOVE : SMTP_LOOK_FOR_STOP;
    const struct smtp_deadline end = smtp_deadline_after(s, wait);
    for (;;) {
        if (draining != NULL && *draining && !s->reading_text) {
            return err_of(ERR_CLOSED, "the server is to stop");
        }
        millis left = smtp_deadline_left(s, &end);
        err e = read_some(s, left < slice ? (left > 0 ? left : 0) : slice);
        if (e.kind != ERR_TIMEOUT || smtp_deadline_left(s, &end) <= 0) {
            return e;
        }
    }
}

err smtp_input_fill(struct smtp_session *s, millis wait)
{
    if (s->in.from < s->in.to) {
        return OK;
    }
    if (s->out.len > 0 && !smtp_input_waits(s)) {
        TRY(smtp_pipeline_flush(s)); /* RFC 2920 3.2 (7) */
    }
    return s->in.from < s->in.to ? OK : read_patiently(s, wait);
}

bool smtp_input_waits(struct smtp_session *s)
{
    if (s->in.from == s->in.to && !failed(s->in.over) && wire_pending(s->wire)) {
        (void)!failed(read_some(s, 0));
    }
    return s->in.from < s->in.to;
}

bool smtp_input_followed(struct smtp_session *s)
{
    const struct wire_socket *socket = s->tls == NULL ? s->peer->socket : NULL;
    bool none = s->in.from == s->in.to && s->in.fresh && socket != NULL && socket->emptied;
    return !none && smtp_input_waits(s);
}

/* Where in a line we are. */
struct scan {
    size_t kept;     /* octets of the line at s->in.from */
    size_t octets;   /* all of them */
    bool after_cr;
    bool bare, too_long, done;
};

/* Looks at one more octet, which stands at s->in.from + kept. */
static void scan_octet(struct scan *scan, unsigned char c)
{
    scan->octets++;
    scan->kept++;
    scan->done = c == '\n' && scan->after_cr;
    scan->bare |= (c == '\n' && !scan->after_cr) || (c != '\n' && scan->after_cr);
    scan->after_cr = c == '\r';
}

/* Keeps the line at the front of the buffer, and a line that is too long out of it. */
static void make_room(struct smtp_session *s, struct scan *scan)
{
    if (scan->kept > SMTP_LINE_KEPT) {
        scan->too_long = true;
        s->in.from += scan->kept;
        scan->kept = 0;
    }
    if (s->in.from > 0 && s->in.to == SMTP_INPUT_ROOM) {
        memmove(s->in.at, s->in.at + s->in.from, s->in.to - s->in.from);
        s->in.to -= s->in.from;
        s->in.from = 0;
    }
}

/* More octets behind those of the line that are here already. */
static err fill_behind(struct smtp_session *s, const struct scan *scan,
                       const struct smtp_deadline *end)
{
    millis left = smtp_deadline_left(s, end);
    if (scan->kept == 0) {
        return left > 0 ? smtp_input_fill(s, left) : err_of(ERR_TIMEOUT, "command");
    }
    if (failed(s->in.over)) {
        return s->in.over;
    }
    if (!wire_pending(s->wire)) {
        TRY(smtp_pipeline_flush(s));
    }
    return left > 0 ? read_patiently(s, left) : err_of(ERR_TIMEOUT, "command");
}

err smtp_line_read(struct smtp_session *s, millis wait, struct smtp_line *line)
{
    struct scan scan = {0};
    const struct smtp_deadline end = smtp_deadline_after(s, wait);
    s->in.fresh = false;
    while (!scan.done) {
        if (s->in.from + scan.kept == s->in.to) {
            make_room(s, &scan);
            TRY(fill_behind(s, &scan, &end));
        }
        while (!scan.done && s->in.from + scan.kept < s->in.to) {
            scan_octet(&scan, s->in.at[s->in.from + scan.kept]);
        }
    }
    bool too_long = scan.too_long || scan.kept > SMTP_LINE_KEPT;
    size_t len = too_long ? 0 : scan.kept - 2;
    memcpy(s->line, s->in.at + s->in.from, len);
    line->text = span_of(s->line, len);
    line->octets = scan.octets;
    line->too_long = too_long;
    line->bare = scan.bare;
    s->in.from += scan.kept;
    return OK;
}
