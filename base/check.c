/* Where our own bugs end. One write to standard error and an abort: nothing here allocates or
   locks, because the state that it is called in is by definition not the one we believed in. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
    dprintf(2, "%s:%d: CHECK failed: %s: this is a bug in the program, not in its input\n",
            file, line, condition);
    abort();
}

_Noreturn void check_out_of_memory(size_t asked)
{
    dprintf(2, "out of memory: the system refused %zu more octets\n", asked);
    abort();
}
