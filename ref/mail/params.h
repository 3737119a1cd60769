/* The parameters behind a path in MAIL and RCPT: RFC 5321 4.1.2 Mail-parameters, and xtext, in
   which some of their values are written (RFC 3461 4). What a keyword means is the session's. */
#ifndef REF_MAIL_PARAMS_H
#define REF_MAIL_PARAMS_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"

struct mail_param {
    span name;      /* esmtp-keyword as written; compare without case */
    span value;     /* esmtp-value; empty and has_value false for a bare keyword */
    bool has_value;
    size_t at;      /* offset of the keyword in the line */
};

/* Takes SP esmtp-param; the cursor stands behind the path or the parameter before. At the end of
   the line *more is false. Exactly one blank stands before each parameter, none at the end.
   utf8: values may hold UTF-8 (RFC 6531 3.3; RFC 6533 3 for ORCPT). ERR_SYNTAX with the offset. */
err mail_param_take(struct cursor *c, bool utf8, struct mail_param *param, bool *more) MUST_CHECK;

/* xtext = *( xchar / hexchar ) of printable US-ASCII, as ENVID and ORCPT have to be (RFC 3461 4.2, 4.4); the
   offset of what is wrong, or SPAN_NONE. */
size_t mail_xtext_bad(span text);
/* False on what is no xtext; out then holds what came before. Octets may be any. */
bool mail_xtext_decode(span text, struct buf *out);
void mail_xtext_encode(span text, struct buf *out);
/* RFC 3461 4.2: addr-type ";" xtext, whatever addresses of that type look like; with utf8, that of utf-8 (RFC
   6533 3) may hold UTF-8. Offset of what is wrong, or SPAN_NONE. */
size_t mail_orcpt_bad(span text, bool utf8);

#endif
