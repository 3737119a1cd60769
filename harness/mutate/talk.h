/* What must hold of an SMTP server whatever a client says, read off the octets of a conversation: replies
   have their form (RFC 5321 4.2), each command has one, none comes unasked, mail data ends where it ends, and
   a connection is not dropped behind good news. Knows no scenario. */
#ifndef HARNESS_MUTATE_TALK_H
#define HARNESS_MUTATE_TALK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"

enum talk_mode {
    TALK_COMMANDS,
    TALK_ASKED, /* nothing more is understood until the reply to DATA, BDAT, STARTTLS or AUTH is there */
    TALK_DATA,
    TALK_CHUNK,
    TALK_SECRET, /* the next line answers a 334 */
    TALK_TLS,    /* a handshake is due */
    TALK_OVER,   /* nothing can be said about what follows */
};

struct talk {
    struct arena *arena;
    enum talk_mode mode;
    struct buf client, server; /* octets that are not taken apart yet */
    VEC(const char *) owed;    /* verbs, from `answered` on; the greeting is "(greeting)", mail data "." */
    size_t answered;
    uint64_t chunk;  /* octets of it to come */
    bool last;       /* it is the last one */
    bool unsure;     /* a line was said whose end or meaning the RFC leaves open: replies are not counted */
    bool leaving;    /* 221 or 421 was said */
    bool extended;   /* EHLO was taken: BDAT means something */
    bool bare;       /* mail data held a CR or an LF by itself */
    unsigned class;  /* of the last reply */
    unsigned rcpts;  /* taken in this transaction */
    unsigned mails;  /* messages taken, */
    unsigned copies; /* and their recipients */
    const char *fault; /* the first one, or NULL */
    VEC(const char *) lines; /* "EHLO 250": what was answered how; "closed" */
};

/* tls: the connection begins with a handshake. */
void talk_begin(struct talk *t, bool tls, struct arena *arena);
void talk_client(struct talk *t, span octets);
void talk_server(struct talk *t, span octets);
/* A handshake; stands: it came to something. */
void talk_tls(struct talk *t, bool stands);
/* The server closed; reset: by RST, which may have taken its last words with it. */
void talk_closed(struct talk *t, bool reset);
/* What the server still owes an answer, or NULL. */
const char *talk_owed(const struct talk *t);
void talk_end(struct talk *t);

#endif
