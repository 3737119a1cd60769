/* Random octets: the system's, or SplitMix64 from a seed. SplitMix64 because its state is one word
   that an atomic add steps, so threads share a sequence without a lock, and because its octets are
   the same everywhere. It is for repeatable runs, never for secrets. */
#include "base/rng.h"

#include "base/check.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

#define GOLDEN_GAMMA UINT64_C(0x9e3779b97f4a7c15)

static void system_fill(struct rng *rng, void *at, size_t len)
{
    (void)rng;
    unsigned char *next = at;
    while (len) {
        ssize_t got = getrandom(next, len, 0);
        if (got < 0) {
            CHECK(errno == EINTR);
            continue;
        }
        next += got;
        len -= (size_t)got;
    }
}

void rng_system(struct rng *rng)
{
    rng->fill = system_fill;
    atomic_init(&rng->state, 0);
}

static uint64_t step(struct rng *rng)
{
    uint64_t z = atomic_fetch_add(&rng->state, GOLDEN_GAMMA) + GOLDEN_GAMMA;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void seeded_fill(struct rng *rng, void *at, size_t len)
{
    unsigned char *next = at;
    while (len) {
        uint64_t word = step(rng);
        for (size_t i = 0; i < sizeof word && len; i++, len--) {
            *next++ = (unsigned char)(word >> (8 * i));
        }
    }
}

void rng_seeded(struct rng *rng, uint64_t seed)
{
    rng->fill = seeded_fill;
    atomic_init(&rng->state, seed);
}

uint64_t rng_u64(struct rng *rng)
{
    unsigned char octets[8];
    rng_fill(rng, octets, sizeof octets);
    uint64_t value = 0;
    for (size_t i = sizeof octets; i > 0; i--) {
        value = value << 8 | octets[i - 1];
    }
    return value;
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
    CHECK(bound > 0);
    /* 2^64 mod bound values at the bottom would favour the small results: draw again on them. */
    uint64_t unfair = -bound % bound;
    uint64_t value;
    do {
        value = rng_u64(rng);
    } while (value < unfair);
    return value % bound;
}

void rng_shuffle(struct rng *rng, void *at, size_t count, size_t size)
{
    unsigned char *octets = at;
    for (size_t i = count; i > 1; i--) {
        unsigned char *one = octets + (i - 1) * size;
        unsigned char *other = octets + rng_below(rng, i) * size;
        for (size_t k = 0; k < size; k++) {
            unsigned char held = one[k];
            one[k] = other[k];
            other[k] = held;
        }
    }
}
