/* Growing bytes with a ceiling given at birth. Writers do not check each put: a put past the
   ceiling is dropped whole and remembered, as are all later ones, so that no text with a hole comes
   out; buf_end() or buf_full() says so once. Owns its memory. What is put must not lie in the same
   buf. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"
#include "base/span.h"

#include <stdarg.h>

struct arena;

struct buf {
    unsigned char *at;
    size_t len;
    size_t room;    /* allocated */
    size_t ceiling; /* octets that it may ever hold */
    bool over;      /* a put met the ceiling */
};

void buf_init(struct buf *b, size_t ceiling);
void buf_wipe(struct buf *b); /* frees; the ceiling stays */
/* Empties it and forgets a met ceiling; keeps the memory. */
void buf_clear(struct buf *b);

void buf_put(struct buf *b, span bytes);
void buf_put_byte(struct buf *b, unsigned char byte);
void buf_put_text(struct buf *b, const char *text);
/* With a backslash before each octet that is one of special. */
void buf_put_escaped(struct buf *b, span bytes, const char *special);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* Room for count more octets, to be written by the caller and then added; NULL past the ceiling,
   which is not remembered: the caller knows, and may ask for less. */
unsigned char *buf_reserve(struct buf *b, size_t count);
void buf_add(struct buf *b, size_t count);

/* Drops count octets from the front (all, if there are fewer). */
void buf_drop(struct buf *b, size_t count);

static inline span buf_span(const struct buf *b)
{
    return b->len ? span_of(b->at, b->len) : SPAN_EMPTY;
}
static inline bool buf_full(const struct buf *b) { return b->over; }
/* ERR_LIMIT if the ceiling was met since the last clear, else OK and *all borrows the bytes until
   the next put. */
err buf_end(const struct buf *b, span *all) MUST_CHECK;

/* What it holds as a copy in the arena, with a NUL behind it in the text; the buf is wiped. */
span buf_settle(struct buf *b, struct arena *arena);
char *buf_settle_text(struct buf *b, struct arena *arena);

#endif
