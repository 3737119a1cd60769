/* UTF-8 as RFC 3629 4 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef REF_MAIL_UTF8_H
#define REF_MAIL_UTF8_H

#include "base/cursor.h"

/* UTF8-non-ascii: takes one sequence of two to four octets. A failed take moves nothing. */
bool mail_utf8_take(struct cursor *c);
/* Offset of the first octet that is no ASCII and no valid UTF-8, or SPAN_NONE. */
size_t mail_utf8_bad(span text);
/* True if an octet of %x80-FF occurs. */
bool mail_has_high(span text);

#endif
