/* Sender rewriting, native form: ${srs_encode} and inbound_srs. Facts: an address
   SRS0=HHHH=TT=domain=local@ours, HHHH the first four hex digits of HMAC-MD5, TT the day in base32. */
#ifndef REF_SEAL_SRS_H
#define REF_SEAL_SRS_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/span.h"

/* "SRS0=...@domain", or an empty text for an empty return path. Lives in arena. */
span srs_encode(span secret, span return_path, span domain, instant now, struct arena *arena);

struct srs_decoded {
    bool matched;      /* it has the form; recipient is set */
    bool valid;        /* and hash and stamp are good, or the secret is empty */
    span recipient;
};
/* local_part as in the condition inbound_srs. */
struct srs_decoded srs_decode(span local_part, span secret, instant now, struct arena *arena);

#endif
