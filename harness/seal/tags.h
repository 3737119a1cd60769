/* Tag lists (RFC 6376 3.2) of signatures and key records, colon lists in their values, and base64 as
   they hold it: the judge's own reading. */
#ifndef HARNESS_SEAL_TAGS_H
#define HARNESS_SEAL_TAGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/span.h"
#include "base/vec.h"

struct proof_tag {
    span name;
    span value;       /* without white space at its ends; folds inside stay */
    size_t from, end; /* octets of the text between "=" and ";": what emptying b= takes out */
};
typedef VEC(struct proof_tag) proof_tags;

/* A line end, where a blank follows or nothing does: elsewhere it folds nothing. */
bool proof_take_line_end(struct cursor *c);
/* False: *why says which rule is broken; a list is good as a whole or not at all. Spans borrow. */
bool proof_tags_read(span text, struct arena *arena, proof_tags *tags, const char **why);
/* Names are case-sensitive. NULL: not there. */
const struct proof_tag *proof_tag(const proof_tags *tags, const char *name);
/* The value, or nothing. */
span proof_tag_value(const proof_tags *tags, const char *name);

/* Takes the next element of "a : b" off the list, trimmed. False at its end. */
bool proof_element(span *list, bool *more, span *element);
/* One of the elements is the word, exactly. */
bool proof_list_has(span list, const char *word);

/* False: not base64 (RFC 4648 4), or nothing. White space anywhere is passed over. */
bool proof_base64_read(span text, struct arena *arena, span *octets);
void proof_base64_write(span octets, struct buf *out);

#endif
