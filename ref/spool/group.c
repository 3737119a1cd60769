/* Sessions that end their messages at about the same time each need the directory synced, and one
   sync serves them all if it begins after the last of their renames. So whoever finds no sync
   under way makes one, for itself and for all who wait by then; whoever comes later waits for the
   next. Nobody lingers for company: a session alone syncs at once. */
#include "ref/spool/group.h"

#include "base/check.h"
#include "base/file.h"

struct spool_waiter {
    struct spool_waiter *next;
    pthread_cond_t turn; /* done, or it is for us to make the next sync */
    char place;
    bool done;
    err result;
};

void spool_group_init(struct spool_group *g)
{
    *g = (struct spool_group){0};
    CHECK(pthread_mutex_init(&g->mutex, NULL) == 0);
}

void spool_group_wipe(struct spool_group *g)
{
    CHECK(g->waiting == NULL && !g->syncing);
    pthread_mutex_destroy(&g->mutex);
}

/* Takes those who wait for the same directory off the list. */
static struct spool_waiter *take_all_of(struct spool_group *g, char place)
{
    struct spool_waiter *taken = NULL;
    for (struct spool_waiter **link = &g->waiting; *link != NULL;) {
        struct spool_waiter *w = *link;
        if (w->place == place) {
            *link = w->next;
            w->next = taken;
            taken = w;
        } else {
            link = &w->next;
        }
    }
    return taken;
}

/* Under the mutex, but for the sync itself. */
static void lead(struct spool_group *g, struct spool_waiter *self, int dir)
{
    struct spool_waiter *served = take_all_of(g, self->place);
    g->syncing = true;
    pthread_mutex_unlock(&g->mutex);
    err result = dir_sync(dir);
    pthread_mutex_lock(&g->mutex);
    g->syncing = false;
    while (served != NULL) {
        struct spool_waiter *w = served;
        served = w->next;
        w->result = result;
        w->done = true;
        if (w != self) {
            pthread_cond_signal(&w->turn);
        }
    }
    if (g->waiting != NULL) {
        pthread_cond_signal(&g->waiting->turn);
    }
}

err spool_group_sync(struct spool_group *g, char place, int dir)
{
    struct spool_waiter self = {.place = place};
    CHECK(pthread_cond_init(&self.turn, NULL) == 0);
    pthread_mutex_lock(&g->mutex);
    self.next = g->waiting;
    g->waiting = &self;
    while (!self.done) {
        if (g->syncing) {
            pthread_cond_wait(&self.turn, &g->mutex);
        } else {
            lead(g, &self, dir);
        }
    }
    pthread_mutex_unlock(&g->mutex);
    pthread_cond_destroy(&self.turn);
    return self.result;
}
