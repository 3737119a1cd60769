/* The one place that knows how lists are separated; host lists, address lists and plain lists
   differ only in what an item may be. */
#include "ref/conf/list.h"

#include "base/vec.h"

static bool may_separate(unsigned char c)
{
    return (c > ' ' && c < 127 && !ascii_is_alnum(c)) || c < ' ';
}

/* The separator, with "<c" taken off the text. */
static unsigned char separator_take(span *text, unsigned char usual)
{
    span s = span_trim_space(*text);
    if (s.len >= 2 && s.at[0] == '<' && may_separate(s.at[1])) {
        *text = span_from(s, 2);
        return s.at[1];
    }
    *text = s;
    return usual;
}

struct conf_list conf_list_read(span text, struct arena *arena)
{
    return conf_list_read_by(text, ':', arena);
}

struct conf_list conf_list_read_by(span text, unsigned char separator, struct arena *arena)
{
    separator = separator_take(&text, separator);
    VEC(span) items = {0};
    unsigned char *bytes = arena_take(arena, text.len + 1);
    size_t from = 0, len = 0;
    for (size_t i = 0; i <= text.len; i++) {
        bool at_end = i == text.len;
        if (!at_end && text.at[i] == separator && i + 1 < text.len && text.at[i + 1] == separator) {
            bytes[len++] = separator;
            i++;
        } else if (at_end || text.at[i] == separator) {
            span item = span_trim_space(span_of(bytes + from, len - from));
            if (!at_end || item.len > 0) {
                vec_add(arena, &items, item);
            }
            from = len;
        } else {
            bytes[len++] = text.at[i];
        }
    }
    return (struct conf_list){items.at, items.count};
}
