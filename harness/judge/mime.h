/* MIME as far as reports need it, by the letter of RFC 2045, 2046 and 3464: the parts of a
   multipart mail, and the groups of fields of a message/delivery-status. */
#ifndef HARNESS_JUDGE_MIME_H
#define HARNESS_JUDGE_MIME_H

#include "harness/observe/observation.h"

struct mime_part {
    VEC(struct named_text) headers; /* values as they stand, folding included */
    span body;
};

/* Takes header and body apart: fields up to the empty line. Line ends may be CRLF or LF. */
void mime_split(span entity, struct arena *arena, struct mime_part *part);

/* Media type in lower case without parameters: "message/delivery-status"; text/plain when there is
   no Content-Type (RFC 2045 5.2). */
const char *mime_type(const struct mime_part *part, struct arena *arena);
/* A parameter of Content-Type, unquoted; false when it is not there. */
bool mime_parameter(const struct mime_part *part, const char *name, struct arena *arena,
                    span *value);

/* Part nth (from 1) of a multipart entity. A mail that is none has one part, itself. */
bool mime_part(const struct mime_part *whole, unsigned nth, struct arena *arena,
               struct mime_part *part);
/* Group nth (from 1) of delivery-status fields: groups stand between empty lines (RFC 3464 2.1). */
bool mime_group(span body, unsigned nth, struct arena *arena, struct mime_part *group);

/* Without folding (RFC 5322 2.2.3) and without blanks at the ends. */
span mime_unfolded(span value, struct arena *arena);

#endif
