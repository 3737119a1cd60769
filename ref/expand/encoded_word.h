/* Encoded words of RFC 2047 in header fields, as header variables show them. */
#ifndef REF_EXPAND_ENCODED_WORD_H
#define REF_EXPAND_ENCODED_WORD_H

#include "base/buf.h"

/* Appends text with its encoded words decoded; what is none, or a bad one, is copied. to_utf8:
   characters are brought from the word's charset to UTF-8, where the system knows it. NUL becomes
   "?". White space between two encoded words goes (RFC 2047 6.2). */
void encoded_words_put(span text, bool to_utf8, struct buf *out);

#endif
