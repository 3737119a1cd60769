/* A flat scenario (scenario_flatten) as a list of parts that can be left out: a statement with the notes
   below it, or a line of a section. */
#ifndef HARNESS_MUTATE_PARTS_H
#define HARNESS_MUTATE_PARTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"

enum part_kind {
    PART_HEADER,  /* scenario, source, req: what every file has */
    PART_SETTING, /* need, set, actor */
    PART_CONN,    /* [c 2] */
    PART_CLIENT,  /* C: C| C<. C<= C! */
    PART_SERVER,  /* S: S| S! */
    PART_DEED,    /* do, TLS:, --, ~~ */
    PART_EITHER,
    PART_OR,
    PART_END,
    PART_CLAIM,   /* expect */
    PART_SECTION, /* === */
    PART_CONTENT, /* a line below it */
    PART_KIND_COUNT
};

struct part {
    span text; /* its lines, with their ends */
    enum part_kind kind;
};
typedef VEC(struct part) parts;

/* Comments and blank lines are left out. The spans point into text. */
void parts_cut(span text, struct arena *arena, parts *all);
/* out[i]: part i is left out; NULL: none is. */
void parts_join(const parts *all, const bool *out, struct buf *into);
/* Statements of the play and claims: what a person counts. */
size_t parts_statements(const parts *all);
/* What stands behind the word of a one-line part: "NOOP x" of "C: NOOP x". */
span part_text(const struct part *p);
/* True if the part begins with this word. */
bool part_is(const struct part *p, const char *word);
/* Behind the last part of what begins at `first`: a section with its lines, a connection with its
   block, an either with its end. */
size_t parts_behind(const parts *all, size_t first);

#endif
