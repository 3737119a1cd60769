/* ${quote_<type>:...}: what a query language needs. Of the types here none has special characters,
   and a name that none has is an error of whoever wrote it. */
#include "ref/lookup/driver.h"

bool lookup_quote(span type, span text, struct arena *arena, span *out)
{
    if (lookup_driver_find(type) == NULL) {
        return false;
    }
    *out = arena_copy(arena, text);
    return true;
}
