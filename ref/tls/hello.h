/* What a ClientHello says before a library has read it (RFC 8446 4.1.2, RFC 5246 7.4.1.2): needed where
   the choice of a ticket key comes before the library's own reading. */
#ifndef REF_TLS_HELLO_H
#define REF_TLS_HELLO_H

#include "base/span.h"

struct tls_hello {
    span name;          /* server_name (RFC 6066 3); empty: none */
    span ticket;        /* a ticket that is offered, of TLS 1.2 or 1.3; empty: none */
    bool status;        /* status_request: a stapled status is asked for */
    bool early_data;    /* extension 42 */
};

/* body: without the header of the handshake message. False: it is no ClientHello; what was found by
   then stays in *hello. Borrows. */
bool tls_hello_read(span body, struct tls_hello *hello);
/* The host name in the data of a server_name extension, or empty. */
span tls_hello_name(span data);
/* The ticket inside a NewSessionTicket (RFC 5077 3.3, RFC 8446 4.6.1). */
bool tls_new_ticket_read(span body, bool tls13, span *ticket);

#endif
