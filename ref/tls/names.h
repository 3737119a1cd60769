/* Names as a handshake and a certificate have them (RFC 6066 3, RFC 6125). */
#ifndef REF_TLS_NAMES_H
#define REF_TLS_NAMES_H

#include "base/span.h"

enum { TLS_NAME_OCTETS = 256 };

/* "192.0.2.1", "[IPv6:::1]": an address, NUL-ended at `at`. */
bool tls_name_literal(span name, char *at, size_t room);
/* May be sent as server_name: a name, and no address. */
bool tls_name_asked(span name);
/* Takes the next item off a list with colons; false at the end. */
bool tls_list_take(span *list, span *item);
/* So a name; one that is nothing but an address is one name. */
bool tls_name_next(span *list, span *name);
/* Without the dot at its end. */
span tls_name_bare(span name);

#endif
