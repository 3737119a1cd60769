/* A name and a number for each transport that has a limit. They are looked up by name, for the configuration
   may have been read again between one delivery and the next. */
#include "ref/queue/slots.h"

#include "base/arena.h"
#include "base/check.h"

#include <pthread.h>
#include <string.h>

struct slot {
    struct slot *next;
    const char *transport;
    uint64_t count;
};

struct queue_slots {
    struct arena *arena;
    pthread_mutex_t mutex;
    struct slot *first;
};

struct queue_slots *queue_slots_new(void)
{
    struct arena *arena = arena_new();
    struct queue_slots *slots = ARENA_NEW(arena, struct queue_slots);
    slots->arena = arena;
    CHECK(pthread_mutex_init(&slots->mutex, NULL) == 0);
    return slots;
}

void queue_slots_free(struct queue_slots *slots)
{
    if (slots != NULL) {
        (void)pthread_mutex_destroy(&slots->mutex);
        arena_free(slots->arena);
    }
}

static struct slot *slot_of(struct queue_slots *slots, const char *transport)
{
    struct slot *slot = slots->first;
    while (slot != NULL && strcmp(slot->transport, transport) != 0) {
        slot = slot->next;
    }
    if (slot == NULL) {
        slot = ARENA_NEW(slots->arena, struct slot);
        *slot = (struct slot){slots->first, arena_text(slots->arena, span_text(transport)), 0};
        slots->first = slot;
    }
    return slot;
}

bool queue_slot_take(struct queue_slots *slots, const char *transport, uint64_t most)
{
    if (slots == NULL || most == 0) {
        return true;
    }
    CHECK(pthread_mutex_lock(&slots->mutex) == 0);
    struct slot *slot = slot_of(slots, transport);
    bool free = slot->count < most;
    slot->count += free ? 1 : 0;
    CHECK(pthread_mutex_unlock(&slots->mutex) == 0);
    return free;
}

void queue_slot_give(struct queue_slots *slots, const char *transport, uint64_t most)
{
    if (slots == NULL || most == 0) {
        return;
    }
    CHECK(pthread_mutex_lock(&slots->mutex) == 0);
    slot_of(slots, transport)->count--;
    CHECK(pthread_mutex_unlock(&slots->mutex) == 0);
}
