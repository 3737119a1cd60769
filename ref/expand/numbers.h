/* Numbers as Exim's items and operators read them. */
#ifndef REF_EXPAND_NUMBERS_H
#define REF_EXPAND_NUMBERS_H

#include "ref/expand/eval.h"

/* A minus or nothing, then digits only (none are zero); too large ones end at the edge. */
bool number_of_field(span text, long long *value);

/* As strtol(3) takes them, where items have them as arguments: blanks and a sign in front; nothing at all
   is zero, a sign alone is no number. */
bool number_of_item(span text, long long *value);
/* The same, and not below zero. */
bool number_of_count(span text, long long *value);

/* The values behind the underscore of an operator: "_1", "_1_2"; *second is -1 when it is not
   there. most: 1 or 2. */
bool number_suffix(struct expansion *x, const struct operation *op, size_t most, bool minus,
                   long long values[2]);

#endif
