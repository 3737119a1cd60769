/* Connections of a capture, put together while it is read. A flow is handed over when it is over
   (closed by both, reset, replaced by a new one on the same ports, idle, or the capture ends) and
   then forgotten, so that memory does not grow with the capture: at most `open_flows` flows and
   `total_octets` octets are held; what has to go before its time says so in `cut`. */
#ifndef PCAP_FLOW_H
#define PCAP_FLOW_H

#include "pcap/packet.h"
#include "pcap/stream.h"

enum capture_side { CAPTURE_CLIENT, CAPTURE_SERVER, CAPTURE_SIDE_COUNT };

/* Octets of one side in the order in which they became readable for the other. */
struct flow_piece {
    enum capture_side side;
    size_t at, len;  /* in that side's octets */
    size_t seen;     /* octets of the other side that its packet acknowledged: more it cannot know */
    uint64_t packet;
    instant time, latest; /* of its first and its last octet */
};

enum flow_close { CLOSE_NONE, CLOSE_FIN, CLOSE_RST };

struct flow_end {
    enum flow_close how;
    uint64_t packet;
    instant time;
};

struct flow_side {
    struct capture_host host;
    uint16_t port;
    span octets;      /* what was captured, in order */
    stream_gaps gaps;
    struct flow_end end;
    uint64_t differing, differing_packet, strays;
};

struct capture_flow {
    uint64_t stream; /* from 0, as tcp.stream in Wireshark */
    struct flow_side side[CAPTURE_SIDE_COUNT];
    VEC(struct flow_piece) pieces;
    bool syn;        /* the handshake was seen; otherwise who is the client is guessed by port */
    uint64_t packets, first_packet;
    uint64_t fragment; /* the first packet that is part of a datagram in parts; 0: none */
    instant begin, end;
    const char *cut;   /* why it ends before the connection did, or NULL */
    struct arena *arena; /* of the flow; gone when the callback returns */
};

struct capture_limits {
    size_t open_flows;
    size_t flow_octets;  /* of one direction */
    size_t total_octets; /* of all open flows */
    millis idle;         /* by the capture's own time */
};
struct capture_limits capture_limits_usual(void);

/* The flow and all it points to live until it returns. An error ends the reading. */
typedef err capture_flow_done(void *context, const struct capture_flow *flow);

struct capture_totals {
    uint64_t packets;   /* in the file */
    uint64_t broken;
    uint64_t first_broken; /* packet number */
    const char *why_broken;
    uint64_t first_carried; /* packet that is a tunnel's, which are not looked into */
    const char *carrier;
    uint64_t flows;     /* handed over */
};

/* Reads the capture to its end. */
err capture_read(struct recording *c, const struct capture_limits *limits, capture_flow_done *done,
                 void *context, struct capture_totals *totals) MUST_CHECK;

/* The same by hand, packet by packet. */
struct capture_flows;
struct capture_flows *capture_flows_new(const struct capture_limits *limits, capture_flow_done *done,
                                        void *context, struct arena *arena);
err capture_flows_add(struct capture_flows *f, const struct capture_packet *p) MUST_CHECK;
/* Hands over what is left, in the order in which it began. */
err capture_flows_end(struct capture_flows *f) MUST_CHECK;
/* Octets held for flows that are still open. */
size_t capture_flows_held(const struct capture_flows *f);
void capture_flows_free(struct capture_flows *f);

#endif
