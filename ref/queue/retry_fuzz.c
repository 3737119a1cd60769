/* Targets: conf_retry_read, queue_retry_next, queue_retry_error_fits.
   Property: a rule that is taken never makes the next try earlier than now nor later than
   retry_interval_max, never forgets when it began, and is over in the end. The first octet is the
   moment of the failures, the rest a line of the retry section. */
#include "ref/queue/retry.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void failures_follow(const struct retry_rule *rule, instant now, struct rng *rng)
{
    enum { TRIES = 400 };
    const millis longest = 7 * 86400 * (millis)1000;
    struct hint_retry r = {0};
    instant began = now;
    for (unsigned i = 0; i < TRIES; i++) {
        r = queue_retry_next(rule, i > 0 ? &r : NULL, now, longest, rng);
        CHECK(r.first_failed == began && r.last_try == now);
        CHECK(r.next_try >= now && r.next_try <= now + longest * NANOS_PER_MILLI);
        bool past = (now - began) / NANOS_PER_MILLI >= queue_retry_cutoff(rule);
        CHECK(r.expired == past);
        if (r.expired) {
            return;
        }
        CHECK(r.next_try > now);
        now = r.next_try;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct conf_retry retry = {0};
    struct rng rng;
    if (size > 1) {
        struct delivery_result result = {.error = -(int)data[0], .more = data[0]};
        span line = arena_copy(arena, span_of(data + 1, size - 1));
        rng_seeded(&rng, data[0]);
        err e = conf_retry_read(line, (struct conf_where){"/c", 1}, arena, &retry);
        CHECK(failed(e) || retry.rules.count == 1);
        if (!failed(e)) {
            (void)queue_retry_error_fits(&retry.rules.at[0], &result);
            failures_follow(&retry.rules.at[0], (instant)data[0] << 52, &rng);
        }
    }
    arena_free(arena);
    return 0;
}
