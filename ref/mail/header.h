/* The header section of a message (RFC 5322 2.2): where it ends, its fields one by one, and the
   letters by which the spool remembers what a field is. Lines end in LF here, as in the spool. */
#ifndef REF_MAIL_HEADER_H
#define REF_MAIL_HEADER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "base/vec.h"

/* One field. All spans borrow from the block. */
struct mail_field {
    span text; /* all of it: "Subject: a\n\tb\n" */
    span name; /* "Subject" */
    span body; /* behind the colon, folding kept, final LF not included */
    char type; /* ' ' B C F I P R S T: mail_field_type(name) */
};

struct mail_fields {
    VEC(struct mail_field) list;
};

/* What the next line of a message is. */
enum mail_line {
    MAIL_LINE_FIELD,        /* begins a field: 1*ftext *WSP ":" */
    MAIL_LINE_CONTINUATION, /* begins with a blank, and a field stands before it */
    MAIL_LINE_SEPARATOR,    /* empty: the body begins with the next line */
    MAIL_LINE_BODY          /* no header line: the body begins with this line */
};

/* line: without its LF. Once a SEPARATOR or BODY was told, all that follows is body. */
enum mail_line mail_line_kind(span line, bool have_field);

/* The header section of a text, without the empty line behind it; *body is what comes then. */
span mail_header_part(span text, span *body);

/* Splits a whole header section, every line of which is LF-ended. ERR_SYNTAX with the offset of a
   line that is neither field nor continuation. */
err mail_fields_split(span block, struct arena *arena, struct mail_fields *fields) MUST_CHECK;

/* The letter for a field name, without regard to case; Resent- fields are ' ' as in Exim. */
char mail_field_type(span name);

/* RFC 5322 2.2.3: the body with every line break before a blank removed, blanks at the ends
   trimmed. */
void mail_field_unfold(span body, struct buf *out);

/* The same from the text of one field ("Name: body\n"), as envelopes keep them: false when there is
   no colon. */
bool mail_field_read(span text, struct mail_field *field);

#endif
