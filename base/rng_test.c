/* The seeded sequence is the published one, draws below a bound are fair, the system's differ. */
#include "base/rng.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

Test(rng, the_seeded_sequence_is_splitmix64)
{
    /* Seed 1234567: the values published with SplitMix64 (Rosetta Code). */
    static const uint64_t known[] = {
        UINT64_C(6457827717110365317),  UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423),  UINT64_C(4593380528125082431),
        UINT64_C(16408922859458223821),
    };
    struct rng rng;
    rng_seeded(&rng, 1234567);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        cr_expect_eq(rng_u64(&rng), known[i], "value %zu", i);
    }
}

Test(rng, fill_is_the_same_octets_little_end_first)
{
    struct rng rng;
    unsigned char octets[11];
    rng_seeded(&rng, 1234567);
    rng_fill(&rng, octets, sizeof octets);
    uint64_t first = 0;
    for (int i = 7; i >= 0; i--) {
        first = first << 8 | octets[i];
    }
    cr_expect_eq(first, UINT64_C(6457827717110365317));
    struct rng again;
    unsigned char longer[16];
    rng_seeded(&again, 1234567);
    rng_fill(&again, longer, sizeof longer);
    cr_expect(memcmp(octets, longer, sizeof octets) == 0);
}

Test(rng, below_reaches_every_value_and_no_other)
{
    struct rng rng;
    unsigned seen[6] = {0};
    rng_seeded(&rng, 1);
    for (int i = 0; i < 6000; i++) {
        uint64_t value = rng_below(&rng, 6);
        cr_assert_lt(value, 6);
        seen[value]++;
    }
    for (int i = 0; i < 6; i++) {
        cr_expect(seen[i] > 800 && seen[i] < 1200, "%d came %u times of 6000", i, seen[i]);
    }
    cr_expect_eq(rng_below(&rng, 1), 0);
    cr_expect_lt(rng_below(&rng, UINT64_MAX), UINT64_MAX);
}

static void always_the_least(struct rng *rng, void *at, size_t len)
{
    memset(at, 0, len);
    if (rng->state++ == 3) {
        memset(at, 0xff, len);
    }
}

Test(rng, below_draws_again_where_small_values_would_be_favoured)
{
    /* 2^64 mod 10 is 6, so values 0..5 are drawn again: three zeroes are thrown away. */
    struct rng rng = {.fill = always_the_least};
    cr_expect_eq(rng_below(&rng, 10), UINT64_MAX % 10);
    cr_expect_eq(rng.state, 4);
}

Test(rng, a_shuffle_keeps_all_and_favours_no_order)
{
    struct rng rng;
    unsigned first[3] = {0};
    rng_seeded(&rng, 1);
    for (int i = 0; i < 3000; i++) {
        uint16_t list[3] = {0, 1, 2};
        rng_shuffle(&rng, list, 3, sizeof *list);
        cr_assert(list[0] != list[1] && list[1] != list[2] && list[0] + list[1] + list[2] == 3);
        first[list[0]]++;
    }
    for (int i = 0; i < 3; i++) {
        cr_expect(first[i] > 850 && first[i] < 1150, "%d came first %u times of 3000", i, first[i]);
    }
    rng_shuffle(&rng, NULL, 0, sizeof *first);
}

Test(rng, below_nothing_is_our_bug, .signal = SIGABRT)
{
    struct rng rng;
    rng_seeded(&rng, 1);
    rng_below(&rng, 0);
}

Test(rng, the_system_does_not_repeat_itself)
{
    struct rng rng;
    rng_system(&rng);
    unsigned char a[64] = {0}, b[64] = {0};
    rng_fill(&rng, a, sizeof a);
    rng_fill(&rng, b, sizeof b);
    cr_expect(memcmp(a, b, sizeof a) != 0);
    cr_expect(memcmp(a, (unsigned char[64]){0}, sizeof a) != 0);
}
