/* CHECK: our own bugs end here. Always on; prints file, line and the condition, then aborts. Never
   for input, whatever the input. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <stddef.h>

#define CHECK(cond) ((cond) ? (void)0 : check_failed(#cond, __FILE__, __LINE__))

_Noreturn void check_failed(const char *condition, const char *file, int line);
/* For base/arena.c and base/buf.c: the system gave no memory; docs/adr/0002 says why we stop. */
_Noreturn void check_out_of_memory(size_t asked);

#endif
