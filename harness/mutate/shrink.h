/* The smallest text that still does something: delta debugging over the parts of a scenario, then over the
   lines of its sections, then over octets. Pure but for one question, which the caller answers. */
#ifndef HARNESS_MUTATE_SHRINK_H
#define HARNESS_MUTATE_SHRINK_H

#include "base/arena.h"
#include "base/span.h"

struct shrink {
    /* Does the text still do it? It is in the one form and makes one case. Called once for each text. */
    bool (*does)(void *context, span text);
    void *context;
    size_t most; /* questions */
    bool replies_stay; /* whoever asks waits for as many as there are commands by itself: no flights are joined */
    /* filled in */
    size_t asked;
    span best;
};

/* text: flat, and known to do it. best lives in arena, and what is asked about until the next question. */
void shrink_text(struct shrink *s, span text, const char *name, struct arena *arena);

#endif
