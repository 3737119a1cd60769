/* Searching and cutting borrowed bytes. One place where every offset is bounded, so that no other
   file does pointer arithmetic on what came from outside. */
#include "base/span.h"

bool span_eq(span a, span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool span_eq_caseless(span a, span b)
{
    return a.len == b.len && span_order_caseless(a, b) == 0;
}

int span_order(span a, span b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.at, b.at, common) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

int span_order_caseless(span a, span b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int order = ascii_lower(a.at[i]) - ascii_lower(b.at[i]);
        if (order) {
            return order;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool span_starts(span s, span prefix)
{
    return s.len >= prefix.len && span_eq(span_first(s, prefix.len), prefix);
}

bool span_starts_caseless(span s, span prefix)
{
    return s.len >= prefix.len && span_eq_caseless(span_first(s, prefix.len), prefix);
}

bool span_ends(span s, span suffix)
{
    return s.len >= suffix.len && span_eq(span_from(s, s.len - suffix.len), suffix);
}

size_t span_find(span s, span needle)
{
    if (needle.len == 0) {
        return 0;
    }
    if (s.len == 0) {
        return SPAN_NONE;
    }
    const unsigned char *found = memmem(s.at, s.len, needle.at, needle.len);
    return found ? (size_t)(found - s.at) : SPAN_NONE;
}

size_t span_find_last_byte(span s, unsigned char byte)
{
    const unsigned char *found = s.len ? memrchr(s.at, byte, s.len) : NULL;
    return found ? (size_t)(found - s.at) : SPAN_NONE;
}

span span_part(span s, size_t offset, size_t count)
{
    return span_first(span_from(s, offset), count);
}

static span trim(span s, bool (*dropped)(unsigned char))
{
    size_t start = 0;
    size_t end = s.len;
    while (start < end && dropped(s.at[start])) {
        start++;
    }
    while (end > start && dropped(s.at[end - 1])) {
        end--;
    }
    return span_part(s, start, end - start);
}

span span_trim(span s)
{
    return trim(s, ascii_is_blank);
}

span span_trim_space(span s)
{
    return trim(s, ascii_is_space);
}

size_t span_run(span s, bool (*is)(unsigned char))
{
    size_t len = 0;
    while (len < s.len && is(s.at[len])) {
        len++;
    }
    return len;
}

span span_skip_space(span s)
{
    return span_from(s, span_run(s, ascii_is_space));
}

bool span_split(span s, unsigned char separator, span *head, span *rest)
{
    size_t at = span_find_byte(s, separator);
    if (at == SPAN_NONE) {
        *head = s;
        *rest = SPAN_EMPTY;
        return false;
    }
    *head = span_first(s, at);
    *rest = span_from(s, at + 1);
    return true;
}

bool span_line(span *text, span *line)
{
    if (text->len == 0) {
        return false;
    }
    bool ended = span_split(*text, '\n', line, text);
    if (ended && line->len && line->at[line->len - 1] == '\r') {
        line->len--;
    }
    return true;
}

bool span_to_u64(span s, uint64_t *value)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.at[i])) {
            return false;
        }
        uint64_t digit = (uint64_t)(s.at[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    if (s.len == 0) {
        return false;
    }
    *value = sum;
    return true;
}
