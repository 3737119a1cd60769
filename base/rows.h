/* Looking a name up in a sorted const table, and guessing what a person meant by a name that is not
   there. A table is an array of structs whose first member is `const char *name`. */
#ifndef BASE_ROWS_H
#define BASE_ROWS_H

#include "base/span.h"

/* The row whose name is exactly `name`, or NULL. Rows are `size` octets each, sorted by strcmp. */
const void *rows_find(const void *rows, size_t count, size_t size, span name);
/* The same for tables whose order says something else than the alphabet: linear. */
const void *rows_scan(const void *rows, size_t count, size_t size, span name);
#define ROWS_FIND(table, name) \
    rows_find((table), sizeof(table) / sizeof *(table), sizeof *(table), (name))
#define ROWS_SCAN(table, name) \
    rows_scan((table), sizeof(table) / sizeof *(table), sizeof *(table), (name))
/* The same in a VEC of such structs, or of names. */
#define ROWS_IN(vec, name) rows_scan((vec)->at, (vec)->count, sizeof *(vec)->at, (name))

/* The name nearest to what was written (edit distance at most a third of it), or NULL: for
   "did you mean". */
const char *rows_suggest(const void *rows, size_t count, size_t size, span written);
#define ROWS_SUGGEST(table, written) \
    rows_suggest((table), sizeof(table) / sizeof *(table), sizeof *(table), (written))

/* True if sorted by strcmp without repeats: what the registry test asks of every table. */
bool rows_sorted(const void *rows, size_t count, size_t size);

#endif
