/* A connection that goes over to TLS, opened: its octets in clear, and in which packets they were all
   there, so that everything that reads flows reads this one. TLS 1.2 and 1.3 with the suites of
   tls_suite.c; what cannot be opened whole is not opened, and says why. */
#ifndef PCAP_TLS_OPEN_H
#define PCAP_TLS_OPEN_H

#include "pcap/flow.h"
#include "pcap/tls_secrets.h"

/* The handshake as it was seen, opened or not. */
struct capture_tls {
    bool opened;
    const char *why;      /* it was not; NULL: no secrets were given to try with */
    bool no_key;          /* why: the secrets are those of other sessions */
    const char *version;  /* "1.3"; NULL: no ServerHello was seen */
    const char *cipher;   /* IANA name, or 0xc0ff; NULL as above */
    bool resumed;
    span random;          /* of the client; empty: there is no ClientHello */
    bool cut[CAPTURE_SIDE_COUNT]; /* its last record is not all there */
    size_t surplus[CAPTURE_SIDE_COUNT]; /* octets that are no TLS, behind the end of it: left out */
    size_t at[CAPTURE_SIDE_COUNT]; /* the side's octets before the handshake */
};

/* at: where TLS begins in each side's octets. secrets may be NULL: the handshake alone is read. The
   flow in clear, or NULL: t says why. What it returns and t point to lives in arena, and octets before
   the handshake are the flow's. */
const struct capture_flow *capture_tls_open(const struct capture_flow *flow, const size_t at[CAPTURE_SIDE_COUNT],
                                            struct capture_secrets *secrets, struct arena *arena,
                                            struct capture_tls *t);

#endif
