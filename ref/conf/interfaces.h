/* Where to listen: local_interfaces and daemon_smtp_ports, or -oX, which overrides either. Items
   with an address are interfaces, others are ports. Forms: "192.0.2.1", "192.0.2.1.25",
   "[192.0.2.1]:25", "[::1]:25", "[::1].25", "::1" (colons doubled, or another separator chosen),
   "25", "smtp". */
#ifndef REF_CONF_INTERFACES_H
#define REF_CONF_INTERFACES_H

#include "base/err.h"
#include "base/socket.h"
#include "base/vec.h"

struct conf_interfaces {
    struct address *at;
    size_t count;
};

/* What a list holds, before interfaces and ports are put together. */
struct interface_items {
    VEC(struct address) hosts; /* port 0: each of the ports, unless has_port */
    VEC(bool) has_port;
    VEC(uint16_t) ports;
};

/* Adds the items of text. ERR_SYNTAX with a sentence about the item that is wrong. */
err interface_items_read(span text, struct arena *arena, struct interface_items *items) MUST_CHECK;

/* Each host with its own port, or with each of the ports; IPv6 left out when disabled. */
struct conf_interfaces interfaces_cross(const struct interface_items *items, bool disable_ipv6,
                                        struct arena *arena);

#endif
