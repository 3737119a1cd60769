/* Recorded replies against those that came, reply by reply: what differs, of which kind, and whether
   that fails the replay. */
#ifndef HARNESS_REPLAY_COMPARE_H
#define HARNESS_REPLAY_COMPARE_H

#include "harness/replay/mask.h"
#include "harness/replay/play.h"

enum difference_kind {
    DIFFERS_TEXT,       /* free text alone: RFC 5321 4.2 leaves it to the server */
    DIFFERS_EXTENSIONS, /* what EHLO offers */
    DIFFERS_CODE,
    DIFFERS_STATUS,     /* the enhanced code, where both sides promised them */
    DIFFERS_ORDER,
    DIFFERS_MISSING,
    DIFFERS_ADDITIONAL,
    DIFFERS_FLIGHTS,    /* a reply was there before what it answers */
    DIFFERS_HANDSHAKE,  /* it fails, or does not resume as the recorded one did */
    DIFFERS_CLOSE,
    DIFFERS_TIMEOUT,    /* the recorded server lost its patience; this one has more */
    DIFFERS_SPOOL,
    DIFFERENCE_KIND_COUNT
};
const char *difference_name(enum difference_kind kind);

struct difference {
    enum difference_kind kind;
    bool fails;
    size_t turn;     /* recorded, to which it belongs */
    size_t recorded; /* index into the server's items, or SAID_NONE */
    size_t got;      /* index into the replies that came, or SAID_NONE */
    const char *what; /* one line */
};

/* A recorded reply and the one that stands for it. */
struct reply_pair {
    size_t recorded, got; /* as above */
};

struct comparison {
    VEC(struct reply_pair) pairs; /* all replies of both, in order */
    VEC(struct difference) differences; /* in the order of the conversation */
};

struct compare_options {
    mask_list masks;
    bool strict_text;
    bool strict_extensions;
};

void replay_compare(const struct dialogue *d, const struct replay_said *said, const struct compare_options *o,
                    struct arena *arena, struct comparison *c);

/* "reply 3, to RCPT (packet 17)" */
const char *replay_reply_name(const struct dialogue *d, size_t recorded, struct arena *arena);
/* Octets of a reply that came. */
span replay_octets(const struct replay_said *said, size_t got);

#endif
