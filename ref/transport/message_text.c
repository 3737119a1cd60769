/* The one place where message text changes on its way out. A dot too few ends a message early, a CR
   or an LF alone lets a peer see a line end where we saw none (SMTP smuggling); so the rules stand
   in a machine that sees every octet once, however the input is cut. */
#include "ref/transport/message_text.h"

void message_text_begin(struct message_text *t, const struct message_form *form)
{
    t->form = form;
    t->wireformat = false;
    t->put = NULL;
    t->context = NULL;
    t->facts = (struct message_facts){0};
    t->escapes = form->check.len > 0;
    t->in_line = t->after_cr = false;
    t->matched = t->line = t->held = 0;
}

static err hand_over(struct message_text *t)
{
    span block = span_of(t->block, t->held);
    t->held = 0;
    return t->put != NULL && block.len > 0 ? t->put(t->context, block) : OK;
}

static err keep(struct message_text *t, span octets)
{
    t->facts.sent += octets.len;
    while (octets.len > 0) {
        if (t->held == MESSAGE_TEXT_BLOCK) {
            TRY(hand_over(t));
        }
        size_t room = MESSAGE_TEXT_BLOCK - t->held;
        size_t count = octets.len < room ? octets.len : room;
        memcpy(t->block + t->held, octets.at, count);
        t->held += count;
        octets = span_from(octets, count);
    }
    return OK;
}

/* Octets of a line, as they are. */
static err content(struct message_text *t, span octets)
{
    unsigned char any = 0;
    bool zero = false;
    for (size_t i = 0; i < octets.len; i++) {
        any |= octets.at[i];
        zero |= octets.at[i] == 0;
    }
    t->facts.eight_bit |= any > 127;
    t->facts.zeros |= zero;
    t->facts.size += octets.len;
    t->line += octets.len;
    return keep(t, octets);
}

/* The beginning of a line was looked at: what it matched goes out, escaped if that is all of
   check. */
static err settle(struct message_text *t)
{
    size_t matched = t->matched;
    t->matched = 0;
    t->in_line = true;
    if (matched < t->form->check.len) {
        return content(t, span_first(t->form->check, matched));
    }
    t->facts.size += matched;
    t->line += matched;
    return keep(t, t->form->escape);
}

/* A check that ends in LF is a whole line, as in MMDF mailboxes. */
static bool is_whole_line(const struct message_text *t)
{
    span check = t->form->check;
    return t->matched > 0 && t->matched + 1 == check.len && check.at[t->matched] == '\n';
}

static err line_end(struct message_text *t)
{
    if (is_whole_line(t)) {
        span escape = t->form->escape;
        t->facts.size += t->matched;
        t->line += t->matched;
        t->matched = 0;
        TRY(keep(t, span_first(escape, escape.len - (span_ends(escape, SPAN("\n")) ? 1 : 0))));
    } else if (t->matched > 0) {
        TRY(settle(t));
    }
    if (t->line > t->facts.longest_line) {
        t->facts.longest_line = t->line;
    }
    t->facts.lines++;
    t->facts.size += t->form->crlf ? 2 : 1;
    t->line = 0;
    t->in_line = false;
    return keep(t, t->form->crlf ? SPAN("\r\n") : SPAN("\n"));
}

/* Where the run of ordinary octets ends. */
static size_t run_length(span text)
{
    const unsigned char *lf = memchr(text.at, '\n', text.len);
    size_t end = lf != NULL ? (size_t)(lf - text.at) : text.len;
    const unsigned char *cr = memchr(text.at, '\r', end);
    return cr != NULL ? (size_t)(cr - text.at) : end;
}

/* What a CR before c was; true if c, an LF, belongs to it. */
static err after_cr(struct message_text *t, unsigned char c, bool *taken)
{
    t->after_cr = false;
    *taken = c == '\n';
    if (c == '\n' && (t->wireformat || t->form->only_crlf)) {
        return line_end(t);
    }
    *taken = false;
    if (t->form->only_crlf) {
        return line_end(t);
    }
    if (t->matched > 0 || !t->in_line) {
        TRY(settle(t));
    }
    return content(t, SPAN("\r"));
}

static err take(struct message_text *t, span *text)
{
    unsigned char c = text->at[0];
    if (t->after_cr) {
        bool taken;
        TRY(after_cr(t, c, &taken));
        *text = span_from(*text, taken ? 1 : 0);
        return OK;
    }
    if (c == '\r' || c == '\n') {
        t->after_cr = c == '\r';
        *text = span_from(*text, 1);
        return c == '\n' ? line_end(t) : OK;
    }
    if (t->escapes && !t->in_line) {
        if (c != t->form->check.at[t->matched]) {
            return settle(t);
        }
        t->matched++;
        *text = span_from(*text, 1);
        return t->matched == t->form->check.len ? settle(t) : OK;
    }
    t->in_line = true;
    size_t run = run_length(*text);
    err e = content(t, span_first(*text, run));
    *text = span_from(*text, run);
    return e;
}

err message_text_put(struct message_text *t, span text)
{
    while (text.len > 0) {
        TRY(take(t, &text));
    }
    return OK;
}

err message_text_end(struct message_text *t)
{
    if (t->after_cr) {
        bool taken;
        TRY(after_cr(t, 0, &taken));
    }
    if (t->in_line || t->matched > 0) {
        TRY(line_end(t));
    }
    return hand_over(t);
}
