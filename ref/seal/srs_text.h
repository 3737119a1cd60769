/* What the two ways of sender rewriting share: local parts that may need quotes, days in two digits of
   base32, and HMACs. */
#ifndef REF_SEAL_SRS_TEXT_H
#define REF_SEAL_SRS_TEXT_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/span.h"

enum { SRS_MAC_OCTETS = 64 };

/* The meaning of a local part that may be in quotes. */
span srs_unquoted(span local, struct arena *arena);
/* A domain and the "=" behind it; an address literal may hold others. False, and nothing taken: there is none. */
bool srs_domain_take(span *rest, span *domain);
/* front and local as one local part, in quotes if it needs them, at the domain. False: that is more than
   `most` octets, and *made is empty. */
bool srs_address_make(span front, span local, span domain, size_t most, struct arena *arena, span *made);

/* The day in capitals; and how many days ago that was, whatever the case, -1: it is no stamp. */
span srs_stamp_make(instant now, struct arena *arena);
int srs_stamp_age(span stamp, instant now);

/* Over the text in lower case. How many octets it has; 0: OpenSSL refuses the digest here. */
size_t srs_mac(const char *digest, span secret, span text, struct arena *arena,
               unsigned char at[static SRS_MAC_OCTETS]);

#endif
