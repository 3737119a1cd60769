/* The other end of bmi.h: the process that holds the library. Its standard input is a file with the
   request, its output a pipe for the answer, descriptor 3 the message's body. */
#ifndef REF_SCAN_BMI_WORK_H
#define REF_SCAN_BMI_WORK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

enum { BMI_BODY = 3 };

/* Letters of the request, in this order, and of the answer. */
enum bmi_letter {
    BMI_ASK_LIBRARY = 'l', BMI_ASK_CONFIG = 'c',
    BMI_ASK_IP = 'i', BMI_ASK_SENDER = 'f', BMI_ASK_RECIPIENT = 'r',
    BMI_ASK_OPTIN = 'o',        /* a string of the recipient before it */
    BMI_ASK_HEADER = 'h', BMI_ASK_BODY = 'b', /* the offset in the file: scan */
    BMI_ASK_RULE = 'n', BMI_ASK_VERDICT = 'v',

    BMI_SAY_PANIC = 'p', BMI_SAY_WARNING = 'w', /* for the logs */
    BMI_SAY_BROKEN = 'x',       /* the library cannot be used */
    BMI_SAY_VERDICT = 'V',      /* of the scan */
    BMI_SAY_ADDRESS = 'R', BMI_SAY_FIRED = 'F', BMI_SAY_TRACKER = 'T', BMI_SAY_LOCATION = 'A',
    BMI_SAY_DROP = 'D',
    BMI_SAY_READ = '.',         /* all of this verdict was said: "1", or "0" if it cannot be read */
    BMI_SAY_END = '!'
};

/* What the two say to each other is a stream of fields: a letter, a length in decimal, ":", and that many
   octets. One of them has foreign code in it: what comes is read as if anybody had written it. */
struct bmi_field {
    unsigned char letter;
    span value;
};
void bmi_field_put(struct buf *out, unsigned char letter, span value);
/* Takes one off the front, borrowing. False: there is none, or none whole; *in is as it was. */
bool bmi_field_take(span *in, struct bmi_field *field);

/* Reads the request and does it. False: it is none. */
bool bmi_work(struct arena *arena);

#endif
