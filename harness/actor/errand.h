/* A `do VERB` while the play goes on: a queue run ends only when the server actors have
   answered, so it cannot be waited for by the thread that answers. */
#ifndef HARNESS_ACTOR_ERRAND_H
#define HARNESS_ACTOR_ERRAND_H

#include "base/task.h"
#include "harness/actor/play.h"

struct errand {
    struct task_group *group;       /* NULL: it was done at once */
    const struct play_world *world; /* NULL: there is none */
    struct step step;
    err result;
};

/* Starts it; beside: in a thread, else it is done on return. step's words are taken over as they
   are. */
void errand_start(struct errand *e, const struct play_world *world, const struct step *step, bool beside);
static inline bool errand_is_open(const struct errand *e)
{
    return e->world != NULL;
}
bool errand_is_done(const struct errand *e);
/* Waits for the end, tells the result (its text is copied into arena) and frees. */
err errand_end(struct errand *e, struct arena *arena);

#endif
