/* The vectors of FIPS 180-4, and the lengths at which padding changes. */
#include "base/sha256.h"

#include "base/hex.h"

#include <criterion/criterion.h>

static const struct {
    const char *label;
    const char *text;
    size_t times;
    const char *digest;
} rows[] = {
    {"nothing", "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"one block", "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"padding needs a block of its own",
     "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"a million", "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {"55 octets", "a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
    {"64 octets", "a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
};

Test(sha256, digests)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text;
        struct buf hex;
        unsigned char digest[SHA256_OCTETS];
        buf_init(&text, 1 << 21);
        buf_init(&hex, 256);
        for (size_t n = 0; n < rows[i].times; n++) {
            buf_put_text(&text, rows[i].text);
        }
        sha256(buf_span(&text), digest);
        hex_put(span_of(digest, sizeof digest), &hex);
        cr_assert(span_eq(buf_span(&hex), span_text(rows[i].digest)), "%s: %.*s", rows[i].label,
                  SPAN_FMT(buf_span(&hex)));
        buf_wipe(&text);
        buf_wipe(&hex);
    }
}
