/* The reverse of hex_escape, by which tests show what it wrote. */
#ifndef BASE_UNESCAPE_TEST_H
#define BASE_UNESCAPE_TEST_H

#include "base/hex.h"

/* False on a bad escape. */
static inline bool hex_unescape(span text, struct buf *out)
{
    while (text.len > 0) {
        unsigned char byte = text.at[0];
        size_t len = byte == '\\' ? hex_escaped_byte(text, &byte) : 1;
        if (len == 0) {
            return false;
        }
        buf_put_byte(out, byte);
        text = span_from(text, len);
    }
    return true;
}

#endif
