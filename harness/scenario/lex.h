/* Tokens of one line, with columns. A take that fails complains, once for each line, and all later
   ones of that line fail silently: what reads a statement may ask for its parts in a row. */
#ifndef HARNESS_SCENARIO_LEX_H
#define HARNESS_SCENARIO_LEX_H

#include "harness/scenario/pattern.h"
#include "harness/scenario/reading.h"

struct lex {
    struct reading *r;
    const struct directive *statement; /* whose row reads the line; NULL: none does */
    struct line line;
    size_t pos;
    bool failed;
};

void lex_open(struct lex *lx, struct reading *r, const struct line *line);
/* Complains about what stands at pos (SPAN_NONE: here). Always false. */
bool lex_fail(struct lex *lx, size_t pos, const char *remedy, const char *format, ...)
    PRINTF_LIKE(4, 5);
struct place lex_place(const struct lex *lx);

/* True at the end of the line, blanks apart. */
bool lex_at_end(struct lex *lx);
/* Complains unless the line ends here. */
bool lex_end(struct lex *lx);
/* The next word without taking it; empty at the end. */
span lex_peek(struct lex *lx);
/* Takes the next word if it is this one; never complains. */
bool lex_literal(struct lex *lx, const char *word);
/* Takes this octet if it stands right here. */
bool lex_byte(struct lex *lx, unsigned char byte);

/* Parts that must be there; what says what is missing: "a port". */
bool lex_word(struct lex *lx, const char *what, span *word);
bool lex_text(struct lex *lx, const char *what, const char **text); /* a word as text */
bool lex_name(struct lex *lx, const char *what, const char **name);
bool lex_number(struct lex *lx, const char *what, uint64_t *n);
/* The rest of the line, blanks at its ends cut off. */
bool lex_rest(struct lex *lx, const char *what, const char **text);
/* Between quotation marks, escapes left as they are. */
bool lex_quoted(struct lex *lx, span *inner);
/* A quoted text or a word. */
bool lex_cell(struct lex *lx, const char *what, span *text, bool *quoted);
bool lex_pattern(struct lex *lx, const struct pattern **p);
/* The same, a word or quoted text only. */
bool lex_value(struct lex *lx, const struct pattern **p);
bool lex_relation(struct lex *lx, enum relation *rel);
bool lex_is_relation(struct lex *lx);
/* 5ms 3s 2m 3h 1d */
bool lex_span(struct lex *lx, millis *ms);
/* NAME=VALUE ... to the end of the line or to a word without `=`. allowed: what names may be. */
bool lex_options(struct lex *lx, const void *rows, size_t count, size_t size,
                 option_texts *options);
/* NAME [N]; *number 0 when not given. The actor must be known. */
bool lex_conn(struct lex *lx, size_t *actor, unsigned *number);
bool lex_side(struct lex *lx, enum side *side);
/* nth N, if it stands here. */
bool lex_nth(struct lex *lx, unsigned *nth);

/* "did you mean `NEAR`?", or NULL where nothing is near. */
const char *lex_meant(struct reading *r, const char *near);
/* The row of a table whose name is the word, or a complaint with the nearest one. */
const void *lex_row(struct lex *lx, const char *what, const void *rows, size_t count, size_t size);
#define LEX_ROW(lx, what, table)                                                                   \
    lex_row((lx), (what), (table), sizeof(table) / sizeof *(table), sizeof *(table))

#endif
