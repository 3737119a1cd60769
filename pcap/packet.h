/* One frame taken apart down to TCP: link layer, IPv4 or IPv6, ports, numbers, payload. Believes no
   length that the captured octets do not bear out. Checksums are not looked at: network cards fill
   them in after the capture. RFC 791, 8200, 9293. */
#ifndef PCAP_PACKET_H
#define PCAP_PACKET_H

#include "pcap/open.h"

struct capture_host {
    bool v6;
    unsigned char octets[16]; /* IPv4: the first four, and zeros */
};

struct capture_packet {
    uint64_t number;
    instant at;
    struct capture_host from, to;
    uint16_t from_port, to_port;
    uint32_t seq, ack;
    bool syn, has_ack, fin, rst;
    span payload;        /* what was captured of it */
    size_t payload_said; /* octets on the wire */
    bool fragment;       /* the first part of a datagram in parts, which are not put together */
};

enum packet_kind {
    PACKET_TCP,
    PACKET_OTHER,    /* neither IP nor TCP: not ours; *why names the tunnel, if it is one */
    PACKET_FRAGMENT, /* a later part of a datagram; its octets show up as a gap */
    PACKET_BROKEN    /* its lengths contradict each other; *why says which */
};

enum packet_kind capture_packet_read(const struct capture_frame *frame, struct capture_packet *p,
                                     const char **why);

/* Link types that can be read, and their names for messages. */
bool capture_link_known(int link);
const char *capture_link_names(void);

/* "192.0.2.1", "2001:db8::1"; room: at least 46. */
void capture_host_write(const struct capture_host *h, char *at, size_t room);

#endif
