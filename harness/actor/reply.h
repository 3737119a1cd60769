/* SMTP replies as the judge reads them: RFC 5321 4.2 to the letter, incrementally. However the
   bytes are cut on their way, the result is the same. */
#ifndef HARNESS_ACTOR_REPLY_H
#define HARNESS_ACTOR_REPLY_H

#include "base/span.h"
#include "base/vec.h"

enum reply_state {
    REPLY_MORE,  /* a beginning of a reply, or nothing yet */
    REPLY_WHOLE, /* one whole reply stands in the first `seen` octets */
    REPLY_BAD    /* no reply begins like this; `why` says it */
};

/* Zeroed (but for utf8) before the first octet of a reply. */
struct reply_reader {
    bool utf8;        /* octets from 0x80 on are text (RFC 6531 3.7.4.2) */
    size_t seen;      /* octets examined */
    size_t column;    /* octets of the present line examined */
    char code[3];     /* of the first line */
    unsigned lines;   /* whole ones */
    bool goes_on;     /* the present line had its '-' */
    bool cr;          /* the last octet was a CR */
    enum reply_state state;
    const char *why;
};

/* Reads on. all: everything from the first octet of the reply on, at least what was there the last
   time. Examines only what is new, and nothing behind the end of the reply. */
enum reply_state reply_feed(struct reply_reader *r, span all);

struct reply {
    unsigned code;
    char digits[4];
    VEC(span) lines; /* texts behind the code and its separator; borrowed from octets */
    span octets;
};

/* Takes a whole reply apart: octets are those that reply_feed called whole. */
void reply_take(span octets, struct arena *arena, struct reply *out);

#endif
