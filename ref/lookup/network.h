/* IP addresses as octets in network order, and networks of them: what files and lists hold them
   against. */
#ifndef REF_LOOKUP_NETWORK_H
#define REF_LOOKUP_NETWORK_H

#include "base/socket.h"

struct network {
    unsigned char octets[16];
    size_t len;               /* 4, 16; 0: no IP address */
    unsigned bits;            /* that count; of an address all */
};

struct network network_of(const struct address *a);
/* "192.0.2.1", "2001:db8::1" */
bool network_read(span text, struct network *n);
/* An IPv4 address that is mapped into IPv6 as IPv4. */
struct network network_narrowed(struct network n);
/* The first `bits`, the others 0. */
struct network network_masked(struct network n, unsigned bits);
bool network_has(const struct network *net, const struct network *ip);

#endif
