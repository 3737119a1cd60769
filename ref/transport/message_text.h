/* Text of the spool to text of the way out, octet by octet: line ends, and lines that must not
   begin as they do. */
#ifndef REF_TRANSPORT_MESSAGE_TEXT_H
#define REF_TRANSPORT_MESSAGE_TEXT_H

#include "ref/transport/message_out.h"

enum { MESSAGE_TEXT_BLOCK = 16384 };

struct message_text {
    const struct message_form *form;
    bool wireformat;      /* CR LF ends a line of the input */
    err (*put)(void *context, span block); /* NULL: nobody wants it */
    void *context;
    struct message_facts facts;
    bool escapes;         /* whether lines are checked, from the next line on */
    bool in_line;         /* the line has octets, or its beginning is past being looked at */
    bool after_cr;        /* a CR was read that may be part of a line end */
    size_t matched;       /* octets of form->check that the line began with */
    size_t line;          /* octets of this line */
    size_t held;
    unsigned char block[MESSAGE_TEXT_BLOCK];
};

/* facts and position at the beginning of a message. */
void message_text_begin(struct message_text *t, const struct message_form *form);
err message_text_put(struct message_text *t, span text) MUST_CHECK;
/* Ends a last line that has no end, and hands over what is held. */
err message_text_end(struct message_text *t) MUST_CHECK;

#endif
