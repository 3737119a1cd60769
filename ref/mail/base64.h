/* Base64 (RFC 4648 4) in one line, as AUTH has it; signatures and keys fold it, and may leave its padding out. */
#ifndef REF_MAIL_BASE64_H
#define REF_MAIL_BASE64_H

#include "base/buf.h"

/* False: it is none, or out has no room for it; what out got is of no use. The empty text is the empty value. strict: padding has to be
   there, and the bits that it leaves over have to be zero, so that one value has one spelling (RFC 4648 3.5). */
bool mail_base64_read(span text, bool strict, struct buf *out);
void mail_base64_put(span octets, struct buf *out);

#endif
