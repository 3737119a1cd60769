/* A case for two targets as each of them sees it: the one that sends is `sut`, the one that receives is
   an actor (docs/scenario-language.md, the receiver). */
#ifndef HARNESS_INTEROP_VIEW_H
#define HARNESS_INTEROP_VIEW_H

#include "base/arena.h"
#include "harness/scenario/model.h"

/* The actor that a second target plays, or SIZE_MAX. */
size_t view_receiver_actor(const struct scenario *s);
/* The case without what is the receiver's alone; what stands in s is shared. */
struct scenario *view_of_sender(const struct scenario *s, struct arena *arena);
/* What the receiver must know of it: its settings, needs and configuration, the names; no play. */
struct scenario *view_of_receiver(const struct scenario *s, struct arena *arena);

#endif
