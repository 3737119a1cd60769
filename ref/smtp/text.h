/* Message text as it comes over the wire, octet by octet: line ends, dots, and the end of DATA.
   RFC 5321 2.3.8, 4.1.1.4, 4.5.2, 4.5.3.1.6; for BDAT (RFC 3030 2) the same without dots and end.
   */
#ifndef REF_SMTP_TEXT_H
#define REF_SMTP_TEXT_H

#include "base/span.h"

/* Named by the octets seen since the last octet that was surely text. */
enum smtp_text_state {
    TEXT_CRLF,        /* at the beginning of a line; also right after DATA CRLF */
    TEXT_LINE,        /* within a line */
    TEXT_CR,
    TEXT_CRLF_DOT,
    TEXT_CRLF_DOT_CR,
    TEXT_END,         /* CRLF . CRLF */
    TEXT_STATE_COUNT
};

/* Why a text is refused; bits, so that what is told does not depend on how the octets were cut. */
enum smtp_text_defect {
    TEXT_FINE = 0,
    TEXT_OVERSIZE = 1,  /* over the limit */
    TEXT_BARE_LF = 2,
    TEXT_BARE_CR = 4,
    TEXT_LONG_LINE = 8  /* over 1000 octets with CRLF, without a stuffing dot */
};

struct smtp_text {
    enum smtp_text_state state;
    unsigned defects; /* enum smtp_text_defect bits */
    bool dots;       /* DATA: dots count and CRLF.CRLF ends it */
    size_t line;     /* octets of this line so far */
    uint64_t size;   /* RFC 1870 5: with CRLFs, without stuffing dots and the last dot */
    uint64_t limit;  /* 0: none */
};

void smtp_text_begin(struct smtp_text *t, bool dots, uint64_t limit);

/* Takes octets of `in` up to the end of the text, or all; says how many. Puts the text into out,
   with LF for CRLF and without stuffing dots: never more octets than were taken. After a defect
   nothing is put out any more: the text is only read to its end. */
size_t smtp_text_take(struct smtp_text *t, span in, unsigned char *out, size_t *out_len);

/* No more chunks come: a CR at the very end is a bare one. */
void smtp_text_finish(struct smtp_text *t);

static inline bool smtp_text_ended(const struct smtp_text *t)
{
    return t->state == TEXT_END;
}

#endif
