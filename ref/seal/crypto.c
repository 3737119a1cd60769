/* The rows, and finding one. */
#include "ref/seal/crypto.h"

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
