/* The other end of a connection and TLS with it, as log lines show them. */
#ifndef REF_LOG_HOST_H
#define REF_LOG_HOST_H

#include "ref/log/log.h"

/* All zero: a local submission. */
struct log_host {
    span name;      /* verified; empty: none */
    span helo;      /* empty: HELO not said yet */
    span address;   /* "192.0.2.1"; empty: no TCP */
    span user;      /* who calls without TCP */
    uint16_t port;
    span interface; /* local address */
    uint16_t interface_port;
};

/* "name (helo) [ip]:port"; name, helo and :port as known and selected. The user, without an address. */
void log_peer_put(const struct log *log, const struct log_host *host, struct buf *out);
/* The same with " I=[ip]:port" behind it, if selected. */
void log_connection_put(const struct log *log, const struct log_host *host, struct buf *out);
/* "H=" and the same; "U=" and the user. */
void log_host_put(const struct log *log, const struct log_host *host, struct buf *out);

/* All zero: clear text. */
struct log_tls {
    span cipher;      /* X= */
    bool resumed;     /* "*" behind it */
    bool certificate; /* there was one to look at: CV= tells whether it is `verified` */
    bool verified;
    span peer_dn;     /* DN= */
    span sni;         /* SNI= */
};

/* What is known and selected of it, a blank before each field. */
void log_tls_put(const struct log *log, const struct log_tls *tls, struct buf *out);

#endif
