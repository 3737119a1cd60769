/* Lists whose items are wanted all at once, when the configuration is read. How lists are separated is
   known to ref/expand. And words, of which rules are made. */
#include "ref/conf/list.h"

#include "base/vec.h"
#include "ref/expand/match.h"

struct conf_list conf_list_read(span text, struct arena *arena)
{
    struct list_reader r = list_reader_of(text);
    VEC(span) items = {0};
    for (span item; list_next(&r, arena, &item);) {
        vec_add(arena, &items, arena_copy(arena, item));
    }
    return (struct conf_list){items.at, items.count};
}

span conf_word_take(span *rest, const char *quotes)
{
    span text = span_trim_space(*rest);
    size_t len = 0;
    if (text.len > 0 && span_find_byte(span_text(quotes), text.at[0]) != SPAN_NONE) {
        unsigned char quote = text.at[0];
        text = span_from(text, 1);
        len = span_find_byte(text, quote);
        len = len == SPAN_NONE ? text.len : len;
        *rest = span_from(text, len + 1);
        return span_first(text, len);
    }
    while (len < text.len && !ascii_is_blank(text.at[len]) && text.at[len] != '\n') {
        len++;
    }
    *rest = span_from(text, len);
    return span_first(text, len);
}
