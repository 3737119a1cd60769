/* The parts of a report, for the files of this room: dsn.c puts them together, text.c writes what
   people read, fields.c what programs read, original.c what is given back. */
#ifndef REF_DSN_REPORT_H
#define REF_DSN_REPORT_H

#include "ref/dsn/dsn.h"

enum { DSN_TEXT_CEILING = 1 << 20, DSN_LINE = 78 };

/* How much of the original comes back, and in what form. */
struct dsn_returned {
    bool whole;        /* else its header section */
    bool cut;          /* the whole was asked for, and limits say no */
    bool eight_bit;    /* what comes back has octets above 127 */
    bool masked;       /* they are put as "?": a way that has no room for them was just found */
};
struct dsn_returned dsn_returned_for(const struct dsn_request *r);
/* Header section and, if whole, body; handed to put in pieces. */
err dsn_original_write(const struct dsn_request *r, struct dsn_returned returned,
                       err (*put)(void *context, span piece), void *context) MUST_CHECK;
/* The first field of that name, unfolded; empty if there is none. */
span dsn_original_field(const struct dsn_request *r, span name);

/* RFC 3464 2: the groups, each ended by an empty line but the last. */
void dsn_fields_put(const struct dsn_request *r, struct buf *out);

/* The explanation for people. */
void dsn_text_put(const struct dsn_request *r, struct buf *out);
/* "Subject: ...". */
void dsn_subject_put(const struct dsn_request *r, struct buf *out);

#endif
