/* Memory by lifetime. What arena_take returns lives until the arena is reset or closed; nothing is
   freed alone. It never returns NULL: sizes are refused at the door with ERR_LIMIT, past the door
   true out-of-memory aborts (docs/adr says why). Under AddressSanitizer each take has a block of
   its own, so that an overrun shows. Not for two threads at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"
#include "base/err.h"

#include <stdarg.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is fine */
/* Forgets everything taken; keeps one block for the next round. */
void arena_reset(struct arena *arena);
/* Octets handed out since the last reset. */
size_t arena_used(const struct arena *arena);

/* Zeroed, aligned for any object. count * size is checked for overflow. */
void *arena_take(struct arena *arena, size_t size);
/* Not zeroed: for what is written before it is read. */
void *arena_octets(struct arena *arena, size_t size);
void *arena_take_array(struct arena *arena, size_t count, size_t size);
#define ARENA_NEW(arena, type) ((type *)arena_take((arena), sizeof(type)))

/* Copies. arena_text adds a NUL behind the bytes; arena_lower has ASCII letters in small ones. */
span arena_copy(struct arena *arena, span bytes);
span arena_lower(struct arena *arena, span bytes);
char *arena_text(struct arena *arena, span bytes);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF_LIKE(2, 0);

#endif
