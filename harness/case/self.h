/* A world without a target: `run --self`. */
#ifndef HARNESS_CASE_SELF_H
#define HARNESS_CASE_SELF_H

#include "harness/actor/play.h"

/* This process's own loopback address. */
const char *self_host(struct arena *arena);
/* s with its other side played too, on loopback addresses that no other process uses. */
const struct scenario *self_both(const struct scenario *s, struct arena *arena);
void self_world(millis timeout, struct bindings *b, struct play_world *world);

#endif
