/* The arrival line ("<="). The caller says what it knows of the message; which of it is written is
   decided here by selector. */
#ifndef REF_LOG_ARRIVAL_H
#define REF_LOG_ARRIVAL_H

#include "ref/log/host.h"
#include "ref/log/log.h"

/* What is known of a message that has just arrived; what is zero or empty is not written. */
struct log_arrival {
    span id;
    bool fake;          /* "(=": taken, and the client was told otherwise */
    span sender;
    span report_on;     /* R=: id of the message that a bounce of ours is about */
    struct log_host host;
    bool fast_open, fast_open_data; /* TFO, TFO* */
    span ident;         /* U= */
    span protocol;      /* P= */
    span pipelining;    /* "L", "L.", "L*", "L-", "L.-": as it is written */
    span spf;           /* text of the SPF field */
    struct log_tls tls;
    span authenticated; /* A= */
    bool chunking;      /* K */
    uint64_t size;      /* S= */
    unsigned mime;      /* M8S=: what BODY said: 0 nothing, 7, 8 */
    span dkim;          /* DKIM= domain that passed */
    bool arc;           /* ARC: chain passed */
    span dmarc;         /* DMARC= */
    instant receive_time; /* RT=, nanoseconds */
    span queue;         /* Q= */
    span message_id;    /* id=, without angle brackets */
    bool id_created;    /* it is ours: id*=, or nothing */
    bool has_subject;
    span subject;       /* T=, unfolded */
    const span *recipients; /* for ... */
    size_t recipient_count;
};

/* "<= ..." to the main log. */
void log_arrival(const struct log *log, const struct log_arrival *arrival);
/* The text alone, for the message log and for tests. */
void log_arrival_put(const struct log *log, const struct log_arrival *arrival, struct buf *out);

#endif
