/* The recipients part of -H: one line each, in the plain or the extended form. Part of
   header_file.c. */
#ifndef REF_SPOOL_RECIPIENTS_H
#define REF_SPOOL_RECIPIENTS_H

#include "ref/spool/envelope.h"

#include "base/buf.h"
#include "base/err.h"

/* One line, LF included. The extended form is used when it has something to say; an ORCPT without
   NOTIFY is not told, as in Exim. False: a text holds a LF. */
bool spool_recipient_put(const struct recipient *r, struct buf *out);
/* line: without its LF. Takes the extended form, "addr N" of early Exim 4 and "addr n,n,n" of Exim
   3, and the plain address. */
err spool_recipient_read(span line, struct recipient *r) MUST_CHECK;

#endif
