/* Parts of a JSON text, as they stand in it. jansson says whether the whole is JSON; what is cut
   out keeps its spelling (1.0 stays 1.0, blanks stay), as Exim has it. */
#ifndef REF_EXPAND_JSON_H
#define REF_EXPAND_JSON_H

#include "base/arena.h"
#include "base/span.h"

/* The value of a member (names are compared as they are spelled), or of element 1, 2, ... False:
   it is not there, and *wrong says what else the text is ("missing '{' wrapping object"), or is
   NULL. */
bool json_object_member(span text, span name, struct arena *arena, span *raw, const char **wrong);
bool json_array_element(span text, size_t number, struct arena *arena, span *raw,
                        const char **wrong);

/* Takes the elements off an array that json_is_good, one by one: *rest is the text behind "[" at
   first. False: no more. */
bool json_next(span *rest, span *raw);
/* The whole is JSON. If not, *why tells what jansson says, in the arena. */
bool json_is_good(span text, struct arena *arena, const char **why);

#endif
