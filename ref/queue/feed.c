/* A ring of ids, a lock, and threads that wait for it. */
#include "ref/queue/feed.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/task.h"
#include "ref/spool/queues.h"

#include <pthread.h>

enum { IDS_MOST = 8192, STACK_OCTETS = 512 * 1024 };

struct queue_feed {
    struct arena *arena;
    void (*deliver)(void *context, span id);
    void *context;
    pthread_mutex_t mutex;
    pthread_cond_t some;
    struct task_group *workers;
    size_t most, started, idle; /* threads; they are started as they are needed */
    size_t first, count;
    bool missed, stopping;
    char ids[IDS_MOST][SPOOL_NAME_ROOM];
};

/* The next id, empty for what was missed. False: it is over. */
static bool take(struct queue_feed *feed, char id[static SPOOL_NAME_ROOM])
{
    CHECK(pthread_mutex_lock(&feed->mutex) == 0);
    while (!feed->stopping && feed->count == 0 && !feed->missed) {
        feed->idle++;
        CHECK(pthread_cond_wait(&feed->some, &feed->mutex) == 0);
        feed->idle--;
    }
    bool more = !feed->stopping;
    id[0] = '\0';
    if (more && feed->count > 0) {
        memcpy(id, feed->ids[feed->first], SPOOL_NAME_ROOM);
        feed->first = (feed->first + 1) % IDS_MOST;
        feed->count--;
    } else {
        feed->missed = false;
    }
    CHECK(pthread_mutex_unlock(&feed->mutex) == 0);
    return more;
}

static void work(void *arg)
{
    struct queue_feed *feed = arg;
    char id[SPOOL_NAME_ROOM];
    while (take(feed, id)) {
        feed->deliver(feed->context, span_text(id));
    }
}

struct queue_feed *queue_feed_new(size_t workers, void (*deliver)(void *context, span id),
                                  void *context)
{
    struct arena *arena = arena_new();
    struct queue_feed *feed = ARENA_NEW(arena, struct queue_feed);
    feed->arena = arena;
    feed->deliver = deliver;
    feed->context = context;
    CHECK(pthread_mutex_init(&feed->mutex, NULL) == 0);
    CHECK(pthread_cond_init(&feed->some, NULL) == 0);
    feed->most = workers;
    feed->workers = task_group_new(workers, STACK_OCTETS);
    return feed;
}

/* With the lock held: somebody is there for what was just put in. What no thread can be had for waits
   for those that there are, or for the next put. */
static void worker_call(struct queue_feed *feed)
{
    if (feed->idle == 0 && feed->started < feed->most &&
        !failed(task_start(feed->workers, work, feed))) {
        feed->started++;
    }
    CHECK(pthread_cond_signal(&feed->some) == 0);
}

void queue_feed_put(struct queue_feed *feed, span id)
{
    CHECK(id.len < SPOOL_NAME_ROOM);
    CHECK(pthread_mutex_lock(&feed->mutex) == 0);
    if (feed->count < IDS_MOST) {
        char *at = feed->ids[(feed->first + feed->count) % IDS_MOST];
        memset(at, 0, SPOOL_NAME_ROOM);
        memcpy(at, id.at, id.len);
        feed->count++;
    } else {
        feed->missed = true;
    }
    worker_call(feed);
    CHECK(pthread_mutex_unlock(&feed->mutex) == 0);
}

void queue_feed_missed(struct queue_feed *feed)
{
    CHECK(pthread_mutex_lock(&feed->mutex) == 0);
    feed->missed = true;
    worker_call(feed);
    CHECK(pthread_mutex_unlock(&feed->mutex) == 0);
}

bool queue_feed_stop(struct queue_feed *feed, long long wait_ms)
{
    CHECK(pthread_mutex_lock(&feed->mutex) == 0);
    feed->stopping = true;
    CHECK(pthread_cond_broadcast(&feed->some) == 0);
    CHECK(pthread_mutex_unlock(&feed->mutex) == 0);
    return task_group_wait(feed->workers, wait_ms);
}

void queue_feed_free(struct queue_feed *feed)
{
    task_group_free(feed->workers);
    (void)pthread_cond_destroy(&feed->some);
    (void)pthread_mutex_destroy(&feed->mutex);
    arena_free(feed->arena);
}
