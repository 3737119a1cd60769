/* Scripts changed in their structure: sayings dropped, said twice, moved, taken from another script; flights
   split and joined; line ends, ends of mail data, counts and octets. Pure: the same dice, the same change. */
#ifndef HARNESS_MUTATE_MUTATE_H
#define HARNESS_MUTATE_MUTATE_H

#include "base/rng.h"
#include "harness/mutate/script.h"

/* One change of s, which is a copy; other gives what is spliced in. The name of what was done, for people;
   NULL: the dice chose what s has no place for. */
const char *mutate_script(struct script *s, const struct script *other, struct rng *rng,
                          struct arena *arena);

#endif
