/* Configuration text to logical lines: comments and blank lines gone, continuation lines joined,
   macros replaced, .include and .ifdef obeyed, macro definitions taken. What is left is one
   statement a line, with its file and line. */
#ifndef REF_CONF_LEX_H
#define REF_CONF_LEX_H

#include "ref/conf/macro.h"

enum { CONF_FILE_CEILING = 1 << 24, CONF_LINE_CEILING = 1 << 16 };

/* How a file is had; a test gives its own. Content lives in arena. */
typedef err conf_read_file(const char *path, struct arena *arena, span *content);

struct conf_lex;

/* Reads `path` with `read` (NULL: from the disk). What it holds lives in arena, but for scratch
   memory that conf_lex_close() gives back. */
err conf_lex_open(const char *path, conf_read_file *read, struct conf_macros *macros,
                  struct arena *arena, struct conf_lex **lex) MUST_CHECK;
void conf_lex_close(struct conf_lex *lex); /* NULL is fine */

/* The next logical line, trimmed, never empty; *end at the end of the last file. The line is
   valid until the next call. */
err conf_lex_next(struct conf_lex *lex, span *line, bool *end) MUST_CHECK;
/* Where it stands: its last physical line, as Exim counts. */
struct conf_where conf_lex_where(const struct conf_lex *lex);

#endif
