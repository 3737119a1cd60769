/* Vectors: messages with the verdict that they must get, as tables that a scenario can be made of. */
#ifndef HARNESS_VECTORS_VECTORS_H
#define HARNESS_VECTORS_VECTORS_H

#include "harness/scenario/read.h"
#include "reports/model.h"

struct vector_row {
    texts cells; /* by column; the first is the name, the second the verdict */
};

/* One table: rows that share their keys. */
struct vector_set {
    const char *kind; /* "dkim", "arc", "arc-sign", "spf", "dmarc": who is asked, and how */
    const char *id;   /* what case ids begin with */
    const char *from; /* the file it was read from */
    texts columns;    /* names of parameters */
    VEC(struct vector_row) rows;
    span zone;        /* rows of a `=== dns` */
};
typedef VEC(struct vector_set *) vector_sets;

/* A folder with `table`, or with such folders in it, or a file (or a folder of files) in the layout of
   the public ARC test suite. work: a folder for what has to be a file. ERR_SYNTAX: "FILE:LINE: what". */
err vectors_read(const char *path, const char *work, struct arena *arena,
                 vector_sets *sets) MUST_CHECK;
err vectors_read_suite(const char *path, const char *work, struct arena *arena,
                       vector_sets *sets) MUST_CHECK;

/* The cell, or an empty text. */
const char *vector_cell(const struct vector_set *set, const struct vector_row *row,
                        const char *column);
/* A TXT row of a `=== dns`, however long the text is. */
void vectors_put_txt(const char *name, span text, struct buf *out);

/* The set as a scenario: the way to ask (`ask`, a file of scenario text), the zone, the table, and the
   columns that are made for it: `kind`, and `results`, a pattern that Authentication-Results hold. */
err vectors_scenario(const struct vector_set *set, const char *ask, struct arena *arena,
                     struct scenario_set *cases, mistakes *wrong) MUST_CHECK;

/* One vector in the hands of a program (docs/vectors.md). verdict: "output", "exit" or "authres". */
void vectors_verify(const char *program, const char *verdict, const struct vector_set *set,
                    const struct vector_row *row, struct arena *arena, struct report_case *rc);

#endif
