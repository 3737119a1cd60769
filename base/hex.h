/* Bytes shown to people: C-escaped text, hex, and two byte strings side by side with the first
   difference marked. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/buf.h"
#include "base/span.h"

/* Printable ASCII as it is; others as \r \n \t \0 \\ \" \xHH. */
void hex_escape(span bytes, struct buf *out);
/* What the escape at the front of text stands for; its length, 0: there is none. */
size_t hex_escaped_byte(span text, unsigned char *byte);
/* Lower-case hex, two digits an octet. */
void hex_put(span bytes, struct buf *out);

/* Offset of the first octet in which the two differ, or SPAN_NONE when equal. */
size_t hex_first_difference(span a, span b);
/* Lines of both side by side under the two titles, `width` columns each, the first differing line
   marked, `context` lines around it, lines escaped. Nothing if equal. */
void hex_side_by_side(const char *title_a, span a, const char *title_b, span b, size_t width,
                      size_t context, struct buf *out);

#endif
