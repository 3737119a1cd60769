/* Every refusal of a configuration is made here, so that all of them have one shape and none
   can leave out the place. Tools that watch Exim look for "configuration error in line". */
#include "ref/conf/where.h"

#include <stdarg.h>

err conf_error(struct conf_where where, struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(arena, format, args);
    va_end(args);
    const char *whole;
    if (where.file == NULL) {
        whole = arena_printf(arena, "refmta configuration error:\n  %s", text);
    } else if (where.line == 0) {
        whole = arena_printf(arena, "refmta configuration error in %s:\n  %s", where.file, text);
    } else {
        whole = arena_printf(arena, "refmta configuration error in line %u of %s:\n  %s",
                             where.line, where.file, text);
    }
    return err_syntax(where.line, whole);
}
