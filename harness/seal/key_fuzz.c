/* Target: proof_key_read, and both libraries behind it. Property: they take the same keys. */
#include "base/check.h"
#include "harness/seal/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct proof_key key;
    if (proof_key_read(span_of(data, size), arena, &key) == NULL) {
        unsigned a = 0, b = 0;
        span signature = span_of(arena_take(arena, 256), 256);
        CHECK(proof_openssl.check(key.type, key.octets, SPAN("text"), signature, &a) != PROOF_GOOD);
        CHECK(proof_gnutls.check(key.type, key.octets, SPAN("text"), signature, &b) != PROOF_GOOD);
        CHECK(a == 0 || b == 0 || key.type != PROOF_RSA || a == b);
    }
    arena_free(arena);
    return 0;
}
