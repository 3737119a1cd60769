/* Replies of a server as values: RFC 5321 4.2, RFC 2034 4. Knows what a reply is, however its
   octets are cut, and refuses what is none; what an answer means for the mail is mail.h's. */
#ifndef REF_CLIENT_REPLY_H
#define REF_CLIENT_REPLY_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/wire.h"

/* More than RFC 5321 4.5.3.1.5 has a line be; and more than any answer to EHLO. */
enum { CLIENT_LINE_LIMIT = 4096, CLIENT_REPLY_LIMIT = 65536, CLIENT_TEXT_KEPT = 8192 };

struct client_reply {
    unsigned code;   /* 200 to 599; 0: no reply */
    span text;       /* all lines as they came, an LF between two: "550-5.1.1 no\n550 5.1.1 user" */
    span status;     /* "5.1.1" if the first line has one that fits the code; else empty */
};

static inline unsigned client_reply_class(const struct client_reply *r) { return r->code / 100; }
/* The first line, code included. */
span client_reply_first(const struct client_reply *r);
/* Takes the text behind the code of the next line off *text. False behind the last. */
bool client_reply_line(span *text, span *line);

/* Octets of a wire, each used once. */
struct client_reader {
    struct wire *wire;
    const struct clock *clock;   /* time passes by the machine, and by this if it is another one */
    size_t from, to;
    unsigned char at[CLIENT_LINE_LIMIT];
};

void client_reader_init(struct client_reader *r, struct wire *wire, const struct clock *clock);

/* The next reply, all of it within `wait`, in arena; of one longer than CLIENT_TEXT_KEPT the
   beginning is kept. ERR_SYNTAX: no reply is written so, `what` says why, and reply->text is the
   line; ERR_LIMIT: too long; ERR_TIMEOUT, ERR_CLOSED. After an error the connection is of no
   use. */
err client_reply_read(struct client_reader *r, millis wait, struct arena *arena,
                      struct client_reply *reply) MUST_CHECK;

/* True when the server has said something, or closed, before it was asked. */
bool client_reply_waits(struct client_reader *r);

#endif
