/* SHA-256 (FIPS 180-4): a name for octets. For telling whether two texts are the same without
   keeping both; where a verdict depends on a signature, a library computes it. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/span.h"

#define SHA256_OCTETS 32

void sha256(span bytes, unsigned char digest[SHA256_OCTETS]);

#endif
