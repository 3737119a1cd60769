/* Macros: textual substitution in every later line, in the order of definition. Names from the
   command line (-D) win over definitions in files. Names that the server itself defines begin
   with an underscore and are matched as whole words. */
#ifndef REF_CONF_MACRO_H
#define REF_CONF_MACRO_H

#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "ref/conf/where.h"

struct conf_macro {
    span name;
    span text;
    bool from_command_line;
    uint32_t order;                  /* of definition */
};

struct conf_macros {
    VEC(struct conf_macro *) rows;   /* of -D and of the files, in the order of definition */
    struct map by_name;              /* of them */
    uint64_t lengths[26];            /* by first letter: which lengths names of rows have, as bits */
    VEC(struct conf_macro) builtins; /* the server's own, by name once all are defined */
};

/* "NAME" or "NAME=text", as given to -D. ERR_SYNTAX with a sentence. */
err macro_define_argument(struct conf_macros *m, span argument, struct arena *arena) MUST_CHECK;
/* One of the server's own; its name begins with an underscore. */
void macro_define_builtin(struct conf_macros *m, const char *name, const char *text,
                          struct arena *arena);
/* Behind the last of them: nothing is replaced before. */
void macro_builtins_done(struct conf_macros *m);
/* By its whole name, of either sort; NULL: there is none. */
const struct conf_macro *macro_find(const struct conf_macros *m, span name);

/* Length of the name (and the blanks behind it) if line is "NAME = text", else 0. */
size_t macro_definition_head(span line);
/* Takes a definition line: "NAME = text", "NAME == text". Redefinition needs "==". */
err macro_define_line(struct conf_macros *m, span line, struct conf_where where,
                      struct arena *arena) MUST_CHECK;

/* Replaces each macro in in-out text from octet `from` on; true if any was found. A line that grows
   past the ceiling shows at buf_full(text). Both buffers have the same ceiling. */
bool macro_replace(const struct conf_macros *m, size_t from, struct buf *text, struct buf *scratch);

#endif
