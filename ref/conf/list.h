/* Exim's lists as they are written: items between colons, or between the character that "<c" in
   front names; a doubled separator is that character; blanks round an item do not count. */
#ifndef REF_CONF_LIST_H
#define REF_CONF_LIST_H

#include "base/arena.h"
#include "base/span.h"

struct conf_list {
    span *at;
    size_t count;
};

/* Takes the items of text. A trailing empty item is dropped; an empty text has no items. Never
   fails: every text is a list. Items live in arena. */
struct conf_list conf_list_read(span text, struct arena *arena);
/* Takes the next word off *rest: up to a blank or line end, or what stands between two of one of the
   quotes. Empty at the end. */
span conf_word_take(span *rest, const char *quotes);

#endif
