/* DNS on the wire, as far as a server of a few rows needs it: questions read, answers written
   (RFC 1035 4, RFC 6891). Nobody else's reader is used: this is the judge's own. */
#ifndef HARNESS_TARGET_DNSD_WIRE_H
#define HARNESS_TARGET_DNSD_WIRE_H

#include "base/buf.h"
#include "harness/target/dnsd_zone.h"

struct dnsd_question {
    uint16_t id;
    unsigned opcode;
    bool recursion;   /* asked for */
    span asked;       /* the question section as it came, to be repeated */
    span name;        /* lower case */
    uint16_t type, class_;
    bool extended;    /* it came with OPT */
    size_t room;      /* octets that an answer over UDP may have */
};

enum dnsd_said {
    DNSD_ANSWERS,     /* data */
    DNSD_EMPTY,       /* the name is known, without such data */
    DNSD_UNKNOWN,     /* NXDOMAIN */
    DNSD_CUT,         /* TC: ask again over TCP */
    DNSD_FAILED,      /* SERVFAIL, because a row says so */
    DNSD_REFUSED,     /* no question that we answer: FORMERR, NOTIMP, REFUSED */
    DNSD_SILENT       /* no answer is sent */
};

/* False: it is no question, and nothing may be answered. asked.len 0: it has an id, but no question
   that can be read: FORMERR. Spans borrow packet, but for the name. */
bool dnsd_question_read(span packet, struct arena *arena, struct dnsd_question *q);
/* Puts the whole answer into out, which has to be empty. */
enum dnsd_said dnsd_answer(const struct dnsd_zone *z, const struct dnsd_question *q, bool udp,
                           struct buf *out);

#endif
