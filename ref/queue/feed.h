/* Messages that have just been accepted, on their way to threads that deliver them. The list has a
   ceiling: what does not fit is found again in the spool, when there is room. */
#ifndef REF_QUEUE_FEED_H
#define REF_QUEUE_FEED_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

struct queue_feed;

/* deliver(context, id) is called by that many threads at once; an empty id asks for all messages that
   have not been tried yet. */
struct queue_feed *queue_feed_new(size_t workers, void (*deliver)(void *context, span id),
                                  void *context);
/* Never waits. */
void queue_feed_put(struct queue_feed *feed, span id);
/* Some were missed, by somebody before us. */
void queue_feed_missed(struct queue_feed *feed);
/* Messages at hand are ended, the others stay in the spool. True: all threads are through. */
bool queue_feed_stop(struct queue_feed *feed, long long wait_ms);
void queue_feed_free(struct queue_feed *feed); /* only once stopped */

#endif
