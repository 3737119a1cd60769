/* A stream of fields between refmta and the process that holds a scanner's library: a letter, a length
   in decimal, ":", and that many octets. */
#ifndef REF_SCAN_FIELD_H
#define REF_SCAN_FIELD_H

#include "base/buf.h"
#include "base/span.h"

struct scan_field {
    unsigned char letter;
    span value;
};

void scan_field_put(struct buf *out, unsigned char letter, span value);
/* Takes one off the front, borrowing. False: there is none, or none whole; *in is as it was. */
bool scan_field_take(span *in, struct scan_field *field);

#endif
