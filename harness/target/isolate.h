/* A world of its own for one target (docs/adr/0051-namespaces.md): its network is a loopback that
   ends at itself, its /etc, /var and /usr are a layer over the machine's. `ports` is what is left
   where namespaces are refused: loopback aliases and high ports. */
#ifndef HARNESS_TARGET_ISOLATE_H
#define HARNESS_TARGET_ISOLATE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/socket.h"
#include "harness/target/description.h"

struct isolation {
    const char *mode;        /* "namespaces", "ports" */
    const char *target_host; /* "192.0.2.1" */
    const char *client_host; /* "192.0.2.10" */
    const char *dns_host;    /* "192.0.2.53" */
    uint16_t smtp, smtps, submission, lmtp;
    bool layered;            /* /etc, /var and, for a peer, /usr are private */
    bool fixed_ports;        /* client ports can be chosen: nothing else shares the network */
    const char *note;        /* what does not work here and why, or NULL */
};

struct isolation_request {
    const char *mode;               /* asked for; NULL: the best there is */
    const struct description *d;    /* users, owned, least isolation */
    const char *tree;               /* unpacked packages, or NULL */
    const char *work;               /* private folder, outside the layers from now on */
    texts kept;                     /* other folders that must stay what they are */
    unsigned block;
};

/* Moves the calling process into it. ERR_DEFER: this machine refuses what is needed, what says. */
err isolate_enter(const struct isolation_request *q, struct arena *arena,
                  struct isolation *in) MUST_CHECK;

#endif
