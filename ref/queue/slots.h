/* max_parallel: how many deliveries a transport has under way at this moment, in one process. */
#ifndef REF_QUEUE_SLOTS_H
#define REF_QUEUE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

struct queue_slots;

struct queue_slots *queue_slots_new(void);
void queue_slots_free(struct queue_slots *slots); /* NULL is fine */

/* One more, if there are fewer than `most` (0: any number). slots NULL: nobody counts. */
bool queue_slot_take(struct queue_slots *slots, const char *transport, uint64_t most);
/* What was taken with that `most` is given back. */
void queue_slot_give(struct queue_slots *slots, const char *transport, uint64_t most);

#endif
