/* A bounded reader over a span. A take that fails moves nothing, so alternatives are written
   `if (cursor_take_x(...)) ... else if ...` and a parser reads like its ABNF. `pos` is the `at`
   of an error. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/span.h"

struct cursor {
    span in;
    size_t pos;
};

static inline struct cursor cursor_of(span in) { return (struct cursor){in, 0}; }
static inline bool cursor_at_end(const struct cursor *c) { return c->pos >= c->in.len; }
static inline size_t cursor_left(const struct cursor *c) { return c->in.len - c->pos; }
/* The byte at the position, or -1 at the end. */
static inline int cursor_peek(const struct cursor *c)
{
    return c->pos < c->in.len ? c->in.at[c->pos] : -1;
}
span cursor_rest(const struct cursor *c);

bool cursor_take_byte(struct cursor *c, unsigned char byte);
bool cursor_take_any(struct cursor *c, unsigned char *byte);
bool cursor_take_literal(struct cursor *c, span literal);
bool cursor_take_caseless(struct cursor *c, span literal);
/* Exactly count bytes. */
bool cursor_take_count(struct cursor *c, size_t count, span *taken);
/* One or more bytes for which is() holds; *taken is what was taken. */
bool cursor_take_while(struct cursor *c, bool (*is)(unsigned char), span *taken);
/* All bytes before the stop byte; the stop byte stays. False when it does not occur. */
bool cursor_take_until(struct cursor *c, unsigned char stop, span *taken);
/* 1*DIGIT that fits. */
bool cursor_take_u64(struct cursor *c, uint64_t *value);
/* Blanks and tabs, none or more; says how many. */
size_t cursor_skip_blanks(struct cursor *c);
/* Big-endian integers for binary formats. */
bool cursor_take_be16(struct cursor *c, uint16_t *value);
bool cursor_take_be32(struct cursor *c, uint32_t *value);
/* One octet of length, or two, and as many octets. */
bool cursor_take_vector8(struct cursor *c, span *taken);
bool cursor_take_vector16(struct cursor *c, span *taken);

#endif
