/* The machine that smuggling attacks aim at. It is a table of state by class of octet, and the
   rule that refuses stands in the same table: a bare LF or CR never ends a line, whatever stands
   around it, so LF.LF, LF.CRLF, CRLF.LF, CR.CR and their kin are only text, of a message that is
   refused after its true end. The next command cannot begin earlier than every reader of the RFC
   expects it. */
#include "ref/smtp/text.h"

enum class { IS_CR, IS_LF, IS_DOT, IS_OTHER, CLASS_COUNT };

/* What a step puts out. */
enum action {
    PUT,      /* the octet */
    PUT_LF,   /* the end of a line */
    SKIP,     /* nothing: a CR that waits, a stuffing dot */
    NO_LF,    /* refuse: a line feed without its CR */
    NO_CR,    /* refuse: a CR without its line feed, before this octet */
};

struct step {
    enum smtp_text_state next;
    enum action action;
};

static const struct step steps[TEXT_STATE_COUNT][CLASS_COUNT] = {
    [TEXT_CRLF] = {
        [IS_CR] = {TEXT_CR, SKIP},
        [IS_LF] = {TEXT_LINE, NO_LF},
        [IS_DOT] = {TEXT_CRLF_DOT, SKIP},
        [IS_OTHER] = {TEXT_LINE, PUT},
    },
    [TEXT_LINE] = {
        [IS_CR] = {TEXT_CR, SKIP},
        [IS_LF] = {TEXT_LINE, NO_LF},
        [IS_DOT] = {TEXT_LINE, PUT},
        [IS_OTHER] = {TEXT_LINE, PUT},
    },
    [TEXT_CR] = {
        [IS_CR] = {TEXT_CR, NO_CR},
        [IS_LF] = {TEXT_CRLF, PUT_LF},
        [IS_DOT] = {TEXT_LINE, NO_CR},
        [IS_OTHER] = {TEXT_LINE, NO_CR},
    },
    [TEXT_CRLF_DOT] = {
        [IS_CR] = {TEXT_CRLF_DOT_CR, SKIP},
        [IS_LF] = {TEXT_LINE, NO_LF},
        [IS_DOT] = {TEXT_LINE, PUT},
        [IS_OTHER] = {TEXT_LINE, PUT},
    },
    [TEXT_CRLF_DOT_CR] = {
        [IS_CR] = {TEXT_CR, NO_CR},
        [IS_LF] = {TEXT_END, SKIP},
        [IS_DOT] = {TEXT_LINE, NO_CR},
        [IS_OTHER] = {TEXT_LINE, NO_CR},
    },
    [TEXT_END] = {{TEXT_END, SKIP}, {TEXT_END, SKIP}, {TEXT_END, SKIP}, {TEXT_END, SKIP}},
};

/* RFC 5321 4.5.3.1.6: 1000 octets with CRLF. */
enum { TEXT_LINE_OCTETS = 998 };

void smtp_text_begin(struct smtp_text *t, bool dots, uint64_t limit)
{
    *t = (struct smtp_text){.state = TEXT_CRLF, .dots = dots, .limit = limit};
}

static void count(struct smtp_text *t, size_t octets)
{
    t->size += octets;
    if (t->limit > 0 && t->size > t->limit) {
        t->defects |= TEXT_OVERSIZE;
    }
}

static enum class class_of(const struct smtp_text *t, unsigned char c)
{
    return c == '\r' ? IS_CR : c == '\n' ? IS_LF : c == '.' && t->dots ? IS_DOT : IS_OTHER;
}

/* A run of ordinary text inside a line: as long as it can be. */
static size_t run_take(struct smtp_text *t, span in, unsigned char *out, size_t *out_len)
{
    span near = span_first(in, TEXT_LINE_OCTETS); /* whatever text it is, none of it is looked at often */
    span run = span_first(near, span_find_byte(near, '\n'));
    size_t len = span_first(run, span_find_byte(run, '\r')).len;
    t->line += len;
    if (t->line > TEXT_LINE_OCTETS) {
        t->defects |= TEXT_LONG_LINE;
    }
    count(t, len);
    if (t->defects == TEXT_FINE) {
        memcpy(out + *out_len, in.at, len);
        *out_len += len;
    }
    return len;
}

/* At the beginning of a line, nothing wrong so far: whole lines with nothing in them that the table would look at,
   within the limit. The common case. */
static size_t lines_take(struct smtp_text *t, span in, unsigned char *out, size_t *out_len)
{
    bool limited = t->limit > 0 && t->limit - t->size < in.len;
    const unsigned char *at = in.at, *lf, *end = at + (limited ? t->limit - t->size : in.len);
    unsigned char *to = out + *out_len;
    while (at < end && class_of(t, *at) == IS_OTHER && (lf = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        size_t len = (size_t)(lf - at) - 1;
        if (len > TEXT_LINE_OCTETS || at[len] != '\r' || memchr(at, '\r', len) != NULL) {
            break;
        }
        memcpy(to, at, len);
        to[len] = '\n';
        to += len + 1;
        at = lf + 1;
    }
    size_t taken = (size_t)(at - in.at);
    t->size += taken;
    *out_len = (size_t)(to - out);
    return taken;
}

static void step_take(struct smtp_text *t, unsigned char c, unsigned char *out, size_t *out_len)
{
    struct step step = steps[t->state][class_of(t, c)];
    t->state = step.next;
    switch (step.action) {
    case PUT:
        (void)run_take(t, span_of(&c, 1), out, out_len);
        break;
    case PUT_LF:
        t->line = 0;
        count(t, 2);
        if (t->defects == TEXT_FINE) {
            out[(*out_len)++] = '\n';
        }
        break;
    case SKIP:
        break;
    case NO_LF:
        t->defects |= TEXT_BARE_LF;
        break;
    case NO_CR:
        t->defects |= TEXT_BARE_CR;
        break;
    }
}

size_t smtp_text_take(struct smtp_text *t, span in, unsigned char *out, size_t *out_len)
{
    size_t pos = 0;
    *out_len = 0;
    while (pos < in.len && t->state != TEXT_END) {
        span rest = span_from(in, pos);
        bool new_line = t->state == TEXT_CRLF && t->defects == TEXT_FINE;
        size_t lines = new_line ? lines_take(t, rest, out, out_len) : 0;
        if (lines > 0) {
            pos += lines;
        } else if (class_of(t, in.at[pos]) == IS_OTHER && steps[t->state][IS_OTHER].action == PUT) {
            t->state = steps[t->state][IS_OTHER].next;
            pos += run_take(t, rest, out, out_len);
        } else {
            step_take(t, in.at[pos++], out, out_len);
        }
    }
    return pos;
}

void smtp_text_finish(struct smtp_text *t)
{
    if (t->state == TEXT_CR) {
        t->defects |= TEXT_BARE_CR;
    }
}
