/* Bytes that grow up to a ceiling. It is one of the two files that may ask the system for memory.
   After a put has met the ceiling all later ones are dropped too, so that what is held is always a
   beginning of what was meant, never a text with a hole. */
#include "base/buf.h"

#include "base/arena.h"
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

#define SMALLEST_ROOM ((size_t)64)

void buf_init(struct buf *b, size_t ceiling)
{
    *b = (struct buf){.ceiling = ceiling};
}

void buf_wipe(struct buf *b)
{
    free(b->at);
    buf_init(b, b->ceiling);
}

span buf_settle(struct buf *b, struct arena *arena)
{
    span all = arena_copy(arena, buf_span(b));
    buf_wipe(b);
    return all;
}

char *buf_settle_text(struct buf *b, struct arena *arena)
{
    char *copy = arena_text(arena, buf_span(b));
    buf_wipe(b);
    return copy;
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->over = false;
}

unsigned char *buf_reserve(struct buf *b, size_t count)
{
    if (b->over || count > b->ceiling - b->len) {
        return NULL;
    }
    size_t needed = b->len + count;
    if (needed > b->room || !b->at) {
        size_t room = b->room <= b->ceiling / 2 ? b->room * 2 : b->ceiling;
        room = room < SMALLEST_ROOM ? SMALLEST_ROOM : room;
        room = room > b->ceiling ? b->ceiling : room;
        room = room < needed ? needed : room;
        /* A ceiling of 0 still needs an address to give. */
        unsigned char *at = realloc(b->at, room ? room : 1);
        if (!at) {
            check_out_of_memory(room);
        }
        b->at = at;
        b->room = room;
    }
    return b->at + b->len;
}

void buf_add(struct buf *b, size_t count)
{
    CHECK(count <= b->room - b->len);
    b->len += count;
}

void buf_put(struct buf *b, span bytes)
{
    unsigned char *at = buf_reserve(b, bytes.len);
    if (!at) {
        b->over = true;
        return;
    }
    if (bytes.len) {
        memcpy(at, bytes.at, bytes.len);
    }
    b->len += bytes.len;
}

void buf_put_byte(struct buf *b, unsigned char byte)
{
    buf_put(b, span_of(&byte, 1));
}

void buf_put_text(struct buf *b, const char *text)
{
    buf_put(b, span_text(text));
}

void buf_put_escaped(struct buf *b, span bytes, const char *special)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] != '\0' && strchr(special, bytes.at[i]) != NULL) {
            buf_put_byte(b, '\\');
        }
        buf_put_byte(b, bytes.at[i]);
    }
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(b, format, args);
    va_end(args);
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    char small[256];
    int len = vsnprintf(small, sizeof small, format, again);
    va_end(again);
    CHECK(len >= 0);
    size_t count = (size_t)len;
    if (count < sizeof small) {
        buf_put(b, span_of(small, count));
        return;
    }
    if (b->over || count > b->ceiling - b->len) {
        b->over = true;
        return;
    }
    /* vsnprintf wants a place for its NUL, which the ceiling need not have: print into a room of
       its own and put that. */
    char *large = malloc(count + 1);
    if (!large) {
        check_out_of_memory(count + 1);
    }
    vsnprintf(large, count + 1, format, args);
    buf_put(b, span_of(large, count));
    free(large);
}

void buf_drop(struct buf *b, size_t count)
{
    if (count >= b->len) {
        b->len = 0;
        return;
    }
    b->len -= count;
    memmove(b->at, b->at + count, b->len);
}

err buf_end(const struct buf *b, span *all)
{
    *all = buf_span(b);
    return b->over ? err_of(ERR_LIMIT, "the text is longer than it may be") : OK;
}
