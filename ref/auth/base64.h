/* Base64 as RFC 4648 4 has it and RFC 4954 4 wants it: no line breaks, no blanks, padding as it must
   be, and nothing behind it. */
#ifndef REF_AUTH_BASE64_H
#define REF_AUTH_BASE64_H

#include "base/buf.h"

/* False: it is none; out then holds what came before. The empty text is the empty value. */
bool auth_base64_decode(span text, struct buf *out);
void auth_base64_encode(span octets, struct buf *out);

#endif
