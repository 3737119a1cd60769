/* Where in a configuration something stands, and errors that say so in Exim's words:
   "refmta configuration error in line 3 of /etc/refmta.conf:", newline, two blanks, the text. */
#ifndef REF_CONF_WHERE_H
#define REF_CONF_WHERE_H

#include "base/arena.h"
#include "base/err.h"

struct conf_where {
    const char *file; /* NULL: not from a file, for instance a default or the command line */
    unsigned line;    /* from 1; 0: the file as a whole */
};

/* ERR_SYNTAX whose text is the whole message; `at` of the err is the line. Lives in arena. */
err conf_error(struct conf_where where, struct arena *arena, const char *format, ...) MUST_CHECK
    PRINTF_LIKE(3, 4);

#endif
