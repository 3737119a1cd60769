/* Target: chains as words (forge.h), and the verifier. Property: both libraries say the same, of the
   message as it was on the wire and as a mailbox keeps it. */
#include "base/check.h"
#include "base/file.h"
#include "harness/seal/forge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static span lf_only(span text, struct arena *arena)
{
    unsigned char *at = arena_take(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\r' || i + 1 >= text.len || text.at[i + 1] != '\n') {
            at[len++] = text.at[i];
        }
    }
    return span_of(at, len);
}

static enum proof_state judged(const struct proof_crypto *crypto, span text, struct forged *f,
                               struct arena *arena)
{
    struct proof_setup setup = {crypto, {forge_txt, f}, 1795000000};
    struct proof_message m;
    struct proof_chain chain;
    proof_message_read(text, arena, &m);
    proof_arc(&setup, &m, arena, &chain);
    return chain.state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct forge_setup setup = {.crypto = &proof_openssl,
                                .message = SPAN("From: a@chain.test\r\nSubject: x\r\n\r\nhello\r\n")};
    struct forged f;
    if (!failed(file_read("vectors/keys/rsa1024.pem", 1 << 16, arena, &setup.pem)) &&
        !failed(file_read("vectors/keys/ed25519.pem", 1 << 16, arena, &setup.ed25519)) &&
        forge_chain(&setup, span_of(data, size), arena, &f) == NULL) {
        enum proof_state a = judged(&proof_openssl, f.message, &f, arena);
        CHECK(a == judged(&proof_gnutls, f.message, &f, arena));
        CHECK(a == judged(&proof_gnutls, lf_only(f.message, arena), &f, arena) ||
              span_has(f.message, SPAN("\r\r\n")));
    }
    arena_free(arena);
    return 0;
}
