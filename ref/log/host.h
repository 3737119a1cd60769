/* The other end of a connection, as log lines show it. */
#ifndef REF_LOG_HOST_H
#define REF_LOG_HOST_H

#include "ref/log/log.h"

/* All zero: a local submission. */
struct log_host {
    span name;      /* verified; empty: none */
    span helo;      /* empty: HELO not said yet */
    span address;   /* "192.0.2.1"; empty: no TCP */
    uint16_t port;
    span interface; /* local address */
    uint16_t interface_port;
};

/* "name (helo) [ip]:port"; name, helo and :port as known and selected. */
void log_peer_put(const struct log *log, const struct log_host *host, struct buf *out);
/* The same with " I=[ip]:port" behind it, if selected. */
void log_connection_put(const struct log *log, const struct log_host *host, struct buf *out);
/* "H=" and the same; nothing for a local submission. */
void log_host_put(const struct log *log, const struct log_host *host, struct buf *out);

#endif
