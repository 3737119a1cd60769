/* A key record says one thing however often it is read, and a key that is good is one that both libraries
   can be handed: neither takes a signature of zeros for good, and neither stumbles. */
#include "ref/seal/key.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char zeros[256];
    struct arena *arena = arena_new();
    struct seal_key key, again;
    seal_key_read(span_of(data, size), arena, &key);
    seal_key_read(span_of(data, size), arena, &again);
    CHECK(key.reason == again.reason && key.public.bits == again.public.bits);
    CHECK((key.reason == SEAL_GOOD) == (key.why[0] == '\0'));
    if (key.reason == SEAL_GOOD && key.public.bits <= SEAL_RSA_MOST) {
        const char *why;
        struct seal_digest digest;
        seal_hash_whole(SEAL_SHA256, SPAN("text"), &digest);
        size_t len = key.public.type == SEAL_RSA ? (key.public.bits + 7) / 8 : 64;
        span signature = span_of(zeros, len < sizeof zeros ? len : sizeof zeros);
        for (size_t i = 0; i < seal_crypto_count; i++) {
            struct seal_held held = seal_store_hold(NULL, seal_cryptos[i]->checkers, span_of(data, size),
                                                    &key.public, arena, &why);
            const struct seal_checker *c = held.thing;
            CHECK(!seal_cryptos[i]->check(c, SEAL_SHA256, &digest, signature));
            seal_store_release(&held);
        }
    }
    arena_free(arena);
    return 0;
}
