/* Command lines off the wire: CRLF and nothing else ends one (RFC 5321 2.3.7, 2.3.8). */
#ifndef REF_SMTP_LINE_H
#define REF_SMTP_LINE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

struct smtp_session;

/* Milliseconds after which a session that waits looks whether the server is to stop. A plain wire whose `slice`
   this is waits with one call. */
enum { SMTP_LOOK_FOR_STOP = 250 };

/* When waiting ends: by the machine's clock, on which what a test has moved the other one counts too. */
struct smtp_deadline {
    millis until;
    int64_t moved; /* so far, when it began */
};
struct smtp_deadline smtp_deadline_after(const struct smtp_session *s, millis wait);
/* What is left; none or less: it has passed. */
millis smtp_deadline_left(const struct smtp_session *s, const struct smtp_deadline *d);

struct smtp_line {
    span text;      /* without CRLF; the first octets only when too long */
    size_t octets;  /* with CRLF, as they came */
    bool too_long;  /* longer than SMTP_LINE_KEPT: read to its end and dropped */
    bool bare;      /* a CR or LF that ends no line */
};

/* The next line, all of it within `wait`. Held replies are written before it waits. ERR_CLOSED,
   ERR_TIMEOUT, ERR_IO. The text is valid until the next line is read. */
err smtp_line_read(struct smtp_session *s, millis wait, struct smtp_line *line) MUST_CHECK;

/* At least one octet in s->in, or why not. */
err smtp_input_fill(struct smtp_session *s, millis wait) MUST_CHECK;
/* Octets that wait to be used; true also for what can be read at once. Never waits. */
bool smtp_input_waits(struct smtp_session *s);
/* The same, asked directly behind smtp_line_read or smtp_input_fill: what these took is a moment ago, and the
   wire need not be asked again if they took all there was. */
bool smtp_input_followed(struct smtp_session *s);
span smtp_input_span(const struct smtp_session *s);

#endif
