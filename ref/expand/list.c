/* Exim's lists as they are written and read: an own separator behind "<", a doubled separator for
   itself, no blanks round an item, nothing behind the last separator. The loops of the language
   (map, forany, ...) and the lists that hosts and addresses are held against all read here. */
#include "ref/expand/match.h"

static bool is_control(unsigned char c)
{
    return c < ' ' || c == 0x7f;
}

static bool is_separator(unsigned char c)
{
    return is_control(c) || (c < 0x7f && c > ' ' && !ascii_is_alnum(c));
}

/* Blanks, but not the separator itself, which may be a tab or a newline. */
static span skip_space(span s, unsigned char separator)
{
    while (s.len > 0 && ascii_is_space(s.at[0]) && s.at[0] != separator) {
        s = span_from(s, 1);
    }
    return s;
}

struct list_reader list_reader_of(span list)
{
    span at = skip_space(list, '\0');
    if (at.len >= 2 && at.at[0] == '<' && is_separator(at.at[1])) {
        return (struct list_reader){.rest = span_from(at, 2), .separator = at.at[1]};
    }
    if (span_eq(at, SPAN("<"))) { /* no separator, and no item */
        return (struct list_reader){.rest = SPAN_EMPTY, .separator = ':'};
    }
    return (struct list_reader){.rest = list, .separator = ':'};
}

/* Offset of the separator that ends the item; *doubled tells whether some were doubled before it. A
   control character cannot be doubled. */
static size_t item_end(span s, unsigned char separator, bool *doubled)
{
    size_t i = 0;
    for (; i < s.len; i++) {
        if (s.at[i] != separator) {
            continue;
        }
        if (i + 1 < s.len && s.at[i + 1] == separator && !is_control(separator)) {
            *doubled = true;
            i++;
            continue;
        }
        break;
    }
    return i;
}

static span undouble(span s, unsigned char separator, struct arena *arena)
{
    unsigned char *at = arena_take(arena, s.len);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        at[len++] = s.at[i];
        if (s.at[i] == separator) {
            i++;
        }
    }
    return span_of(at, len);
}

bool list_next(struct list_reader *r, struct arena *arena, span *item)
{
    r->rest = skip_space(r->rest, r->separator);
    if (r->ended || r->rest.len == 0) {
        r->ended = true;
        return false;
    }
    bool doubled = false;
    size_t end = item_end(r->rest, r->separator, &doubled);
    span raw = span_first(r->rest, end);
    r->rest = span_from(r->rest, end < r->rest.len ? end + 1 : end);
    while (raw.len > 0 && ascii_is_space(raw.at[raw.len - 1])) {
        raw.len--;
    }
    *item = doubled ? undouble(raw, r->separator, arena) : raw;
    return true;
}

void list_put(struct buf *out, unsigned char separator, span item, bool first)
{
    if (!first) {
        buf_put_byte(out, separator);
        /* Or the two separators would be read as one that is doubled. */
        if (item.len == 0 || item.at[0] == separator) {
            buf_put_byte(out, ' ');
        }
    }
    /* Stretches up to a separator, which is put twice; none after the ceiling was met, as a long
       item may come thousands of times. */
    while (item.len > 0 && !buf_full(out)) {
        size_t at = is_control(separator) ? SPAN_NONE : span_find_byte(item, separator);
        size_t len = at == SPAN_NONE ? item.len : at + 1;
        buf_put(out, span_first(item, len));
        if (at != SPAN_NONE) {
            buf_put_byte(out, separator);
        }
        item = span_from(item, len);
    }
}
