/* Borrowed bytes: a pointer and a length, never NUL-ended, never owned. Everything that came from
   a wire or a file is a span; `char *` is only for text from or to people and the system. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct span {
    const unsigned char *at;
    size_t len;
} span;

/* The literal's bytes without its NUL; embedded NULs are kept. */
#define SPAN(literal) ((span){(const unsigned char *)("" literal), sizeof(literal) - 1})
#define SPAN_EMPTY ((span){(const unsigned char *)"", 0})
/* For "%.*s" */
#define SPAN_FMT(s) (int)(s).len, (const char *)(s).at
#define SPAN_NONE SIZE_MAX

static inline span span_of(const void *at, size_t len)
{
    return (span){(const unsigned char *)at, len};
}

/* Of a NUL-ended text; NULL gives the empty span. */
static inline span span_text(const char *text)
{
    return text ? (span){(const unsigned char *)text, strlen(text)} : SPAN_EMPTY;
}

bool span_eq(span a, span b);
/* ASCII case is ignored, all other bytes compare exactly; no locale. */
bool span_eq_caseless(span a, span b);
/* <0, 0, >0 by unsigned bytes, then by length. */
int span_order(span a, span b);
int span_order_caseless(span a, span b);
bool span_starts(span s, span prefix);
bool span_starts_caseless(span s, span prefix);
bool span_ends(span s, span suffix);

/* Offset of the first occurrence, or SPAN_NONE. An empty needle is found at 0. */
size_t span_find(span s, span needle);
static inline size_t span_find_byte(span s, unsigned char byte)
{
    const unsigned char *found = s.len ? (const unsigned char *)memchr(s.at, byte, s.len) : NULL;
    return found ? (size_t)(found - s.at) : SPAN_NONE;
}
size_t span_find_last_byte(span s, unsigned char byte);
static inline bool span_has(span s, span needle) { return span_find(s, needle) != SPAN_NONE; }

/* Parts; offsets beyond the end are cut to it. */
static inline span span_from(span s, size_t offset)
{
    if (offset >= s.len) {
        return s.len ? span_of(s.at + s.len, 0) : s;
    }
    return span_of(s.at + offset, s.len - offset);
}
static inline span span_first(span s, size_t count)
{
    return span_of(s.at, count < s.len ? count : s.len);
}
span span_part(span s, size_t offset, size_t count);

/* Without blanks and tabs (trim_space: also CR, LF, VT, FF) at both ends. */
span span_trim(span s);
span span_trim_space(span s);

/* How many octets at the front there are for which is() holds. */
size_t span_run(span s, bool (*is)(unsigned char));

/* Without such white space in front. */
span span_skip_space(span s);

/* Splits at the first separator: head before it, *rest behind it. Without one the whole is head
   and *rest is empty, and false is returned. */
bool span_split(span s, unsigned char separator, span *head, span *rest);

/* Takes the next line (without its LF, and without a CR before it) off *text. False at the end. */
bool span_line(span *text, span *line);

/* Whole span is 1*DIGIT and fits; no sign, no blanks. */
bool span_to_u64(span s, uint64_t *value);

static inline unsigned char ascii_lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}
static inline bool ascii_is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
static inline bool ascii_is_alpha(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
static inline bool ascii_is_alnum(unsigned char c)
{
    return ascii_is_digit(c) || ascii_is_alpha(c);
}
/* Of a hexadecimal digit in either case; -1: it is none, or no octet at all. */
static inline int ascii_hex_value(int c)
{
    int lower = c | 0x20;
    return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
/* Letters, digits and the underscore: names of options, macros and the like. */
static inline bool ascii_is_word(unsigned char c) { return ascii_is_alnum(c) || c == '_'; }
static inline bool ascii_is_blank(unsigned char c) { return c == ' ' || c == '\t'; }
/* A blank, or an octet of a line end: what folded text has between words. */
static inline bool ascii_is_white(unsigned char c)
{
    return ascii_is_blank(c) || c == '\r' || c == '\n';
}
/* Also CR, LF, VT, FF. */
static inline bool ascii_is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

#endif
