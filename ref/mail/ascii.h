/* Addresses in UTF-8 (RFC 6531) as addresses in ASCII, for servers that know no others. A domain has one
   such form (RFC 5891 4.4). A local part has none that a standard knows: what is made here is the form of
   Exim's utf8_downconvert, "xn--" and Punycode (RFC 3492) of the whole, which only a system that agrees to
   it reads back (docs/adr/0280-addresses-in-ascii.md). */
#ifndef REF_MAIL_ASCII_H
#define REF_MAIL_ASCII_H

#include "base/arena.h"
#include "base/buf.h"

/* Writes the address behind what out holds; what is ASCII already stays. False: it has no such form
   (a quoted local part, a domain that IDNA does not allow), and out is as it was. */
bool mail_address_to_ascii(span address, struct buf *out);
/* The same for a domain: U-labels as A-labels. */
bool mail_domain_to_ascii(span domain, struct buf *out);
/* The same in the arena; what has no such form as it is. */
span mail_address_in_ascii(span address, struct arena *arena);
span mail_domain_in_ascii(span domain, struct arena *arena);

#endif
