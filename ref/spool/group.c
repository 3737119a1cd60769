/* Sessions that end their messages at about the same time each need the directory synced, and one
   sync serves them all if it begins after the last of their renames. So whoever finds no sync
   under way makes one, for itself and for all who wait by then; whoever comes later waits for the
   next. Nobody sleeps for company: at most the processor goes to those first who are about to ask. Who waits
   has a semaphore of his own, because one who is woken needs the mutex no more. */
#include "ref/spool/group.h"

#include "base/check.h"
#include "base/file.h"
#include "base/task.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

enum { STACK_OCTETS = 64 * 1024 };

struct spool_waiter {
    struct spool_waiter *next;
    sem_t turn; /* done, or else it is for us to make the next sync */
    char place;
    bool done;
    err result;
};

void spool_group_init(struct spool_group *g, err (*sync)(int fd))
{
    *g = (struct spool_group){.sync = sync};
    CHECK(pthread_mutex_init(&g->mutex, NULL) == 0);
    CHECK(pthread_cond_init(&g->some, NULL) == 0);
    for (size_t i = 0; i < SPOOL_PLACES; i++) {
        g->owed[i] = -1;
    }
}

void spool_group_wipe(struct spool_group *g)
{
    pthread_mutex_lock(&g->mutex);
    g->over = true;
    pthread_cond_signal(&g->some);
    pthread_mutex_unlock(&g->mutex);
    task_group_free(g->payer);
    CHECK(g->waiting == NULL && !g->syncing);
    pthread_cond_destroy(&g->some);
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

/* One sync for all who wait by now. Then the turn is that of one who came meanwhile, if anybody did: until he
   takes it, g->syncing keeps others from it. */
static err lead(struct spool_group *g, const struct spool_waiter *self, int dir)
{
    for (unsigned i = 0; i < g->gives_way; i++) {
        (void)sched_yield();
    }
    pthread_mutex_lock(&g->mutex);
    struct spool_waiter *served = take_all_of(g, self->place);
    err result = g->lasting ? g->failure : OK;
    pthread_mutex_unlock(&g->mutex);
    if (!failed(result) && g->before != NULL) {
        result = g->before(g->context);
    }
    if (!failed(result)) {
        result = g->sync(dir);
    }
    pthread_mutex_lock(&g->mutex);
    struct spool_waiter *heir = g->waiting;
    g->failure = result;
    g->syncing = heir != NULL;
    pthread_mutex_unlock(&g->mutex);
    if (heir != NULL) {
        (void)sem_post(&heir->turn);
    }
    while (served != NULL) {
        struct spool_waiter *w = served;
        served = w->next;
        if (w != self) {
            w->result = result;
            w->done = true;
            (void)sem_post(&w->turn); /* from here on it may be gone */
        }
    }
    return result;
}

err spool_group_sync(struct spool_group *g, char place, int dir)
{
    struct spool_waiter self = {.place = place};
    CHECK(sem_init(&self.turn, 0, 0) == 0);
    pthread_mutex_lock(&g->mutex);
    bool waits = g->syncing;
    self.next = g->waiting;
    g->waiting = &self;
    g->syncing = true;
    pthread_mutex_unlock(&g->mutex);
    while (waits && sem_wait(&self.turn) != 0) {
        CHECK(errno == EINTR);
    }
    err result = self.done ? self.result : lead(g, &self, dir);
    (void)sem_destroy(&self.turn);
    return result;
}

/* --- for those who go on -------------------------------------------------------------------------- */

/* Under the mutex. False: nothing is owed. */
static bool owed_take(struct spool_group *g, size_t *place, int *dir)
{
    for (size_t i = 0; i < SPOOL_PLACES; i++) {
        if (g->owed[i] >= 0) {
            *place = i;
            *dir = g->owed[i];
            g->owed[i] = -1;
            return true;
        }
    }
    return false;
}

static void pay(void *arg)
{
    struct spool_group *g = arg;
    size_t place = 0;
    int dir = -1;
    pthread_mutex_lock(&g->mutex);
    for (;;) {
        if (owed_take(g, &place, &dir)) {
            pthread_mutex_unlock(&g->mutex);
            err e = spool_group_sync(g, (char)place, dir);
            close(dir);
            pthread_mutex_lock(&g->mutex);
            g->late = failed(g->late) ? g->late : e;
        } else if (g->over) {
            break;
        } else {
            pthread_cond_wait(&g->some, &g->mutex);
        }
    }
    pthread_mutex_unlock(&g->mutex);
}

/* Under the mutex. False: it has to be waited for all the same. */
static bool owe(struct spool_group *g, char place, int dir)
{
    int *owed = &g->owed[(unsigned char)place % SPOOL_PLACES];
    if (g->payer == NULL) {
        g->payer = task_group_new(1, STACK_OCTETS);
        if (failed(task_start(g->payer, pay, g))) {
            task_group_free(g->payer);
            g->payer = NULL;
            return false;
        }
    }
    if (*owed < 0) {
        *owed = fcntl(dir, F_DUPFD_CLOEXEC, 0);
        pthread_cond_signal(&g->some);
    }
    return *owed >= 0;
}

err spool_group_sync_behind(struct spool_group *g, char place, int dir)
{
    pthread_mutex_lock(&g->mutex);
    bool later = (g->syncing || g->payer != NULL) && owe(g, place, dir);
    err late = g->late;
    g->late = OK;
    pthread_mutex_unlock(&g->mutex);
    if (!later) {
        TRY(spool_group_sync(g, place, dir));
    }
    return late;
}
