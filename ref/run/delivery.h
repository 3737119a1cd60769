/* The queue's view of a running refmta: which of its parts deliveries use. */
#ifndef REF_RUN_DELIVERY_H
#define REF_RUN_DELIVERY_H

#include "ref/queue/queue.h"
#include "ref/run/listeners.h"
#include "ref/run/version.h"
#include "ref/run/world.h"
#include "ref/spool/queues.h"

/* One configuration, and the queue as it has it; held while a delivery or a run lasts. */
struct run_delivery {
    struct run_instance *instance;
    struct arena *arena;
    struct queue queue;
};
void run_delivery_open(struct run_world *world, struct run_delivery *d);
void run_delivery_close(struct run_delivery *d);

/* What -od..., queue_only and queue_only_load make of a message that this process has taken. */
enum run_when { RUN_BACKGROUND, RUN_FOREGROUND, RUN_QUEUED };
enum run_when run_when(const struct run_options *o, const struct queue *q);

/* The queue that a message is in; *id: its own. False: there is none. */
bool run_delivery_find(struct run_delivery *d, span name, span *id);

/* Names of messages that were stored, to be delivered when the session is over. Pass to world->stored. */
struct run_stored {
    struct arena *arena;
    VEC(const char *) names;
};
void run_stored_take(void *context, const char *name, bool later);
/* Delivers them: here, or in a process of its own that nobody waits for. */
void run_stored_deliver(struct run_world *world, const struct run_stored *stored);

/* The process beside the serving one that delivers (docs/adr/0170-a-process-that-delivers.md). Ids
   come over a pipe from the serving process, "ID" or "QUEUE/ID" in records of one size. */
enum { RUN_FEED_OCTETS = SPOOL_NAME_ROOM };
struct run_feed {
    int to, from;        /* ends of the pipe */
    int missed;          /* an event descriptor: the pipe was full */
    bool alone;          /* nobody serves: the delivering process follows --env-socket */
};
bool run_feed_open(struct run_feed *feed);
/* For world->stored in the serving process; context: struct run_feed. Never waits. */
void run_feed_put(void *context, const char *name, bool later);
/* Runs until SIGTERM, which must be blocked, as must SIGHUP. */
enum exit_status run_deliverer(struct run_world *world, const struct run_feed *feed);

#endif
