/* Blocks handed out in pieces and given back all at once. It is one of the two files that may ask
   the system for memory. Under AddressSanitizer every take is a block of its own and a reset frees
   them all, so that an overrun or a use after the reset is seen where it happens; otherwise small
   takes share blocks, and a reset keeps the first one. */
#include "base/arena.h"

#include "base/check.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define OWN_BLOCK_PER_TAKE true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_BLOCK_PER_TAKE true
#endif
#endif
#ifndef OWN_BLOCK_PER_TAKE
#define OWN_BLOCK_PER_TAKE false
#endif

#define ALIGNMENT alignof(max_align_t)
#define FIRST_BLOCK_OCTETS ((size_t)4096 - sizeof(struct block))
#define LARGEST_SHARED_OCTETS ((size_t)65536 - sizeof(struct block))

struct block {
    struct block *before;
    size_t room;
    size_t used;
    alignas(max_align_t) unsigned char at[];
};

struct arena {
    struct block *newest; /* where shared takes come from */
    size_t next_room;     /* of the next shared block */
    size_t used;
};

static struct block *block_new(struct block *before, size_t room)
{
    if (room > SIZE_MAX - sizeof(struct block)) {
        check_out_of_memory(room);
    }
    struct block *block = malloc(sizeof *block + room);
    if (!block) {
        check_out_of_memory(room);
    }
    block->before = before;
    block->room = room;
    block->used = 0;
    return block;
}

struct arena *arena_new(void)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (!arena) {
        check_out_of_memory(sizeof *arena);
    }
    arena->next_room = FIRST_BLOCK_OCTETS;
    return arena;
}

/* Frees the chain down to, and without, `kept`. */
static void free_blocks(struct block *newest, const struct block *kept)
{
    while (newest != kept) {
        struct block *before = newest->before;
        free(newest);
        newest = before;
    }
}

void arena_free(struct arena *arena)
{
    if (!arena) {
        return;
    }
    free_blocks(arena->newest, NULL);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    struct block *first = NULL;
    if (!OWN_BLOCK_PER_TAKE) {
        for (struct block *b = arena->newest; b; b = b->before) {
            first = b;
        }
        /* A giant first block is not worth keeping for a next round that is likely smaller. */
        if (first && first->room > LARGEST_SHARED_OCTETS) {
            first = NULL;
        }
    }
    free_blocks(arena->newest, first);
    if (first) {
        first->used = 0;
    }
    arena->newest = first;
    arena->next_room = FIRST_BLOCK_OCTETS;
    arena->used = 0;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

/* A block for one take alone. It goes behind the newest, which stays open for shared takes. */
static void *take_own_block(struct arena *arena, size_t size)
{
    struct block *newest = arena->newest;
    struct block *own = block_new(newest ? newest->before : NULL, size);
    own->used = size;
    if (newest) {
        newest->before = own;
    } else {
        arena->newest = own;
    }
    return own->at;
}

void *arena_octets(struct arena *arena, size_t size)
{
    arena->used += size;
    if (OWN_BLOCK_PER_TAKE || size > LARGEST_SHARED_OCTETS / 4) {
        return take_own_block(arena, size);
    }
    size_t padded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *block = arena->newest;
    if (!block || block->room - block->used < padded) {
        while (arena->next_room < padded) {
            arena->next_room *= 2;
        }
        block = block_new(arena->newest, arena->next_room);
        arena->newest = block;
        if (arena->next_room <= LARGEST_SHARED_OCTETS / 2) {
            arena->next_room *= 2;
        }
    }
    void *taken = block->at + block->used;
    block->used += padded;
    return taken;
}

void *arena_take(struct arena *arena, size_t size)
{
    return memset(arena_octets(arena, size), 0, size);
}

void *arena_take_array(struct arena *arena, size_t count, size_t size)
{
    size_t octets;
    if (__builtin_mul_overflow(count, size, &octets)) {
        check_out_of_memory(SIZE_MAX);
    }
    return arena_take(arena, octets);
}

span arena_copy(struct arena *arena, span bytes)
{
    if (bytes.len == 0) {
        return SPAN_EMPTY;
    }
    return span_of(memcpy(arena_octets(arena, bytes.len), bytes.at, bytes.len), bytes.len);
}

span arena_lower(struct arena *arena, span text)
{
    unsigned char *at = arena_octets(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        at[i] = ascii_lower(text.at[i]);
    }
    return span_of(at, text.len);
}

char *arena_text(struct arena *arena, span bytes)
{
    char *text = arena_octets(arena, bytes.len + 1);
    if (bytes.len) {
        memcpy(text, bytes.at, bytes.len);
    }
    text[bytes.len] = '\0';
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    CHECK(len >= 0);
    char *text = arena_octets(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, args);
    return text;
}
