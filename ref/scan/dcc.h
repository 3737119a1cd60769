/* A client of dccifd: one message, its envelope and where it came from; one answer. The protocol is
   the daemon's own (dccifd(8), its ASCII form): lines that end in LF, then the message, then half a
   close; and two lines and a header field back. Nothing here knows of ACLs. */
#ifndef REF_SCAN_DCC_H
#define REF_SCAN_DCC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/socket.h"
#include "base/span.h"

enum {
    DCC_CLIENT_OCTETS = 39,     /* of an address that is told */
    DCC_HEADER_OCTETS = 120,    /* kept of the field, its last LF not counted */
    DCC_ANSWER_CEILING = 65536  /* what comes behind that is not read */
};

/* Borrows everything. What is told line by line ends where a CR, a LF or a NUL stands in it. */
struct dcc_query {
    span options;               /* "header" */
    span client;                /* "192.0.2.1" */
    span helo;                  /* the whole line */
    span sender;                /* empty: <> */
    const span *recipients;
    size_t recipient_count;
    const span *headers;        /* fields, each with its LF */
    size_t header_count;
    int body;                   /* a file that is read from body_at on; -1: there is no body */
    off_t body_at;
};

enum dcc_outcome {
    DCC_ACCEPTED,               /* A, and S: not by all recipients */
    DCC_REJECTED,               /* R */
    DCC_GREYLISTED,             /* G */
    DCC_FAILED,                 /* T */
    DCC_STRANGE,                /* anything else */
    DCC_SILENT                  /* no whole first line came */
};

struct dcc_answer {
    enum dcc_outcome outcome;
    span result;                /* "A", "R", "G", "T"; empty: DCC_SILENT */
    bool long_result;           /* more than one character stood in the first line */
    span header;                /* "X-DCC-...\n"; empty: none came */
    span raw;
};

/* "/path", or "192.0.2.1 6277" with any blanks between. */
bool dcc_address_read(span text, struct address *to);
/* All of it within `wait`. ERR_*: it could not be connected to, or nothing was answered in time; the
   text says which. A daemon that closes without a word is no error but DCC_SILENT. */
err dcc_ask(const struct address *to, const struct dcc_query *query, millis wait,
            struct arena *arena, struct dcc_answer *answer) MUST_CHECK;

/* The request's lines, and the answer's: what dcc_ask() says and reads. The message's text follows
   the lines. */
void dcc_query_write(const struct dcc_query *query, struct buf *out);
void dcc_answer_read(span raw, struct arena *arena, struct dcc_answer *answer);
/* What can stand among the header fields of a message: the first field of the text, whole. */
span dcc_header_field(span header);

#endif
