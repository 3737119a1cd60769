/* The rows, finding one, and what both libraries need to read. */
#include "ref/seal/crypto.h"

#include "base/file.h"

enum { PEM_CEILING = 1 << 20 };

const struct seal_crypto *const seal_cryptos[] = {&seal_crypto_openssl, &seal_crypto_gnutls};
const size_t seal_crypto_count = sizeof seal_cryptos / sizeof *seal_cryptos;

const struct seal_crypto *seal_crypto_find(span name)
{
    for (size_t i = 0; i < seal_crypto_count; i++) {
        if (span_eq_caseless(name, span_text(seal_cryptos[i]->name))) {
            return seal_cryptos[i];
        }
    }
    return NULL;
}

bool seal_pem_read(const struct seal_pem *pem, struct arena *arena, span *text, const char **why)
{
    *text = pem->text;
    if (pem->text.len == 0 || pem->text.at[0] != '/') {
        return true;
    }
    const char *path = arena_text(arena, pem->text);
    if (failed(file_read(path, PEM_CEILING, arena, text))) {
        *why = arena_printf(arena, "unable to open file for reading: %s", path);
        return false;
    }
    return true;
}
