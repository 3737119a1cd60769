/* Random numbers as something that is handed down: the system's, or a seeded sequence (SplitMix64
   stepping) that is the same on every machine. Threads may share one. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    void (*fill)(struct rng *rng, void *at, size_t len);
    _Atomic uint64_t state; /* seeded sequences only */
};

void rng_system(struct rng *rng);
void rng_seeded(struct rng *rng, uint64_t seed);

static inline void rng_fill(struct rng *rng, void *at, size_t len) { rng->fill(rng, at, len); }
uint64_t rng_u64(struct rng *rng);
/* 0 <= result < bound, without bias; bound > 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);
/* Any order of the `count` elements of `size` octets, each order as likely as another. */
void rng_shuffle(struct rng *rng, void *at, size_t count, size_t size);

#endif
