/* `do VERB` beside the play. The thread gets a copy of the step, so that nothing is shared with the
   play but the target, which the play leaves alone meanwhile. */
#include "harness/actor/errand.h"

static void errand_run(void *arg)
{
    struct errand *e = arg;
    e->result = e->world->act(e->world->target, &e->step);
}

void errand_start(struct errand *e, const struct play_world *world, const struct step *step, bool beside)
{
    *e = (struct errand){.world = world, .step = *step};
    if (beside) {
        e->group = task_group_new(1, 0);
        e->result = task_start(e->group, errand_run, e);
    } else {
        errand_run(e);
    }
}

bool errand_is_done(const struct errand *e)
{
    return e->group == NULL || task_running(e->group) == 0;
}

err errand_end(struct errand *e, struct arena *arena)
{
    task_group_free(e->group); /* waits; what the thread wrote is visible now */
    err result = e->result;
    if (failed(result) && result.what != NULL) {
        result.what = arena_text(arena, span_text(result.what));
    }
    *e = (struct errand){0};
    return result;
}
