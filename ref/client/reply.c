/* A server may say anything, for ever, or one octet an hour. So a reply has a length and an end in
   time as a whole, its lines have one form, and whatever has another form is an error of the
   connection: a guess about it would be a guess about whose mail was taken.

       Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF

   with the same code on all lines (RFC 5321 4.2.1). Octets above 127 and controls are let through,
   since servers do say them and nothing depends on them; NUL, and CR or LF alone, are not. */
#include "ref/client/reply.h"

#include "base/cursor.h"

/* How often a waiting client looks whether a clock that is not the machine's was moved. */
enum { LOOK_FOR_MOVE = 10 };

struct limit {
    const struct clock *clock;   /* NULL: the machine's time alone */
    millis until;
    instant until_clock;
    bool look;                   /* no wait at all: what is there is read */
};

static struct limit limit_after(const struct client_reader *r, millis wait)
{
    struct limit l = {.until = clock_ticks() + wait, .look = wait <= 0};
    if (r->clock != NULL && r->clock != clock_system()) {
        l.clock = r->clock;
        l.until_clock = clock_now(r->clock) + wait * NANOS_PER_MILLI;
    }
    return l;
}

static bool limit_passed(const struct limit *l)
{
    return clock_ticks() >= l->until || (l->clock != NULL && clock_now(l->clock) >= l->until_clock);
}

void client_reader_init(struct client_reader *r, struct wire *wire, const struct clock *clock)
{
    r->wire = wire;
    r->clock = clock;
    r->from = r->to = 0;
}

static err read_some(struct client_reader *r, millis wait)
{
    size_t got = 0;
    r->from = r->to = 0;
    TRY(wire_read(r->wire, r->at, sizeof r->at, wait, &got));
    r->to = got;
    return OK;
}

static err fill(struct client_reader *r, const struct limit *limit)
{
    for (;;) {
        millis left = limit->until - clock_ticks();
        left = left > 0 ? left : 0;
        err e = read_some(r, limit->clock != NULL && left > LOOK_FOR_MOVE ? LOOK_FOR_MOVE : left);
        if (e.kind != ERR_TIMEOUT || limit_passed(limit)) {
            return e;
        }
    }
}

bool client_reply_waits(struct client_reader *r)
{
    if (r->from == r->to && wire_pending(r->wire)) {
        err e = read_some(r, 0);
        return e.kind != ERR_TIMEOUT;
    }
    return r->from < r->to;
}

struct line {
    size_t len;                  /* without CRLF */
    unsigned char at[CLIENT_LINE_LIMIT];
};

static err line_take(struct client_reader *r, const struct limit *limit, struct line *line)
{
    bool cr = false;
    line->len = 0;
    for (;;) {
        if (r->from == r->to) {
            if (!limit->look && limit_passed(limit)) {
                return err_of(ERR_TIMEOUT, "the reply did not end in time");
            }
            TRY(fill(r, limit));
        }
        unsigned char c = r->at[r->from++];
        if (cr && c != '\n') {
            return err_syntax(line->len, "a CR stands alone");
        }
        if (cr) {
            return OK;
        }
        if (c == '\n' || c == 0) {
            return err_syntax(line->len, c == 0 ? "NUL octet" : "an LF stands alone");
        }
        cr = c == '\r';
        if (!cr) {
            if (line->len == sizeof line->at) {
                return err_of(ERR_LIMIT, "the line is too long");
            }
            line->at[line->len++] = c;
        }
    }
}

/* The code at the head of a line, and whether more lines come. */
static err line_read(span line, unsigned *code, bool *more)
{
    if (line.len < 3 || line.at[0] < '2' || line.at[0] > '5' || !ascii_is_digit(line.at[1]) ||
        !ascii_is_digit(line.at[2])) {
        return err_syntax(0, "no reply code");
    }
    if (line.len > 3 && line.at[3] != ' ' && line.at[3] != '-') {
        return err_syntax(3, "neither blank nor hyphen behind the code");
    }
    *code = (line.at[0] - '0') * 100U + (line.at[1] - '0') * 10U + (line.at[2] - '0');
    *more = line.len > 3 && line.at[3] == '-';
    return OK;
}

/* RFC 2034 4: class "." 1*3digit "." 1*3digit, then a blank or the end. */
static span status_of(span line, unsigned code)
{
    span text = span_from(line, 4), class, subject, detail;
    struct cursor c = cursor_of(text);
    bool good = cursor_take_while(&c, ascii_is_digit, &class) && cursor_take_byte(&c, '.') &&
                cursor_take_while(&c, ascii_is_digit, &subject) && cursor_take_byte(&c, '.') &&
                cursor_take_while(&c, ascii_is_digit, &detail) &&
                (cursor_at_end(&c) || cursor_peek(&c) == ' ') && class.len == 1 &&
                class.at[0] - '0' == (int)(code / 100) && subject.len <= 3 && detail.len <= 3;
    return good ? span_first(text, c.pos) : SPAN_EMPTY;
}

span client_reply_first(const struct client_reply *r)
{
    return span_first(r->text, span_find_byte(r->text, '\n'));
}

bool client_reply_line(span *text, span *line)
{
    span whole;
    if (text->len == 0) {
        return false;
    }
    (void)span_split(*text, '\n', &whole, text);
    *line = span_from(whole, 4);
    return true;
}

static err reply_take(struct client_reader *r, const struct limit *limit, struct buf *text,
                      struct client_reply *reply, span *bad)
{
    struct line line;
    size_t octets = 0;
    for (bool more = true; more;) {
        err e = line_take(r, limit, &line);
        span whole = span_of(line.at, line.len);
        unsigned code = 0;
        if (!failed(e)) {
            e = line_read(whole, &code, &more);
        }
        if (!failed(e) && octets > 0 && code != reply->code) {
            e = err_syntax(0, "the lines of a reply have different codes");
        }
        octets += line.len + 2;
        if (!failed(e) && octets > CLIENT_REPLY_LIMIT) {
            e = err_of(ERR_LIMIT, "the reply is too long");
        }
        if (failed(e)) {
            buf_clear(text);
            buf_put(text, whole);
            *bad = buf_span(text);
            return e;
        }
        reply->code = code;
        buf_put_text(text, text->len > 0 ? "\n" : "");
        buf_put(text, whole);
    }
    return OK;
}

err client_reply_read(struct client_reader *r, millis wait, struct arena *arena,
                      struct client_reply *reply)
{
    struct limit limit = limit_after(r, wait);
    struct buf text;
    span bad = SPAN_EMPTY;
    *reply = (struct client_reply){.text = SPAN_EMPTY, .status = SPAN_EMPTY};
    buf_init(&text, CLIENT_TEXT_KEPT);
    err e = reply_take(r, &limit, &text, reply, &bad);
    reply->text = arena_copy(arena, failed(e) ? bad : buf_span(&text));
    if (failed(e)) {
        reply->code = 0;
    } else {
        reply->status = status_of(client_reply_first(reply), reply->code);
    }
    buf_wipe(&text);
    return e;
}
