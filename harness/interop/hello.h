/* What two others say in clear when they begin TLS: version, suite, resumption, certificates. Read as
   it passes by; nothing is decrypted. */
#ifndef HARNESS_INTEROP_HELLO_H
#define HARNESS_INTEROP_HELLO_H

#include "base/buf.h"
#include "harness/transcript/transcript.h"
#include "pcap/tls_record.h"

/* One side's octets. */
struct hello_side {
    struct buf clear;    /* before its first record */
    struct buf records;  /* not yet whole */
    struct capture_messages messages; /* of the handshake, in clear */
    bool begun;
    bool ciphered;       /* what follows is sealed: a ChangeCipherSpec went by, before TLS 1.3 */
    bool finished;       /* something sealed did */
};

struct hello {
    struct hello_side side[2];
    unsigned version;    /* 0x0303; 0: no ServerHello yet */
    unsigned suite;
    bool offered;        /* the client offered a ticket */
    bool psk;            /* TLS 1.3: the server took it */
    bool done;           /* before TLS 1.3: a ServerHelloDone went by, as in a full handshake only */
    unsigned certificates; /* Certificate messages in clear */
    unsigned tickets;
    int alert;           /* in clear, or -1 */
};

void hello_init(struct hello *h);
void hello_wipe(struct hello *h);
void hello_hear(struct hello *h, enum side side, span octets);
/* Adds what it came to; nothing where no client said hello. */
void hello_tell(const struct hello *h, size_t actor, unsigned number, struct transcript *t);

#endif
