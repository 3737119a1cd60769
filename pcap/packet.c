/* From a frame to a TCP segment. Every step takes from a cursor that cannot pass the captured
   octets, so a lying length is a failed take and not an overrun; the sentence says which length. */
#include "pcap/packet.h"

#include "base/cursor.h"

#include <arpa/inet.h>
#include <pcap/dlt.h>
#include <sys/socket.h>

enum { ETHER_IPV4 = 0x0800, ETHER_IPV6 = 0x86dd, ETHER_VLAN = 0x8100, ETHER_QINQ = 0x88a8,
       ETHER_QINQ_OLD = 0x9100 };
enum { PROTO_HOP_BY_HOP = 0, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ROUTING = 43, PROTO_FRAGMENT = 44,
       PROTO_AH = 51, PROTO_DESTINATION = 60, PROTO_MOBILITY = 135 };

/* What carries other packets, which are not unpacked: a person is told of it where nothing else is found. */
static const char *tunnel_of_ip(unsigned protocol)
{
    return protocol == 4 || protocol == 41 ? "IP in IP" : protocol == 47 ? "GRE" : protocol == 50 ? "ESP" : "";
}

static const char *tunnel_of_udp(span head)
{
    unsigned port = head.len >= 4 ? (unsigned)head.at[2] << 8 | head.at[3] : 0;
    return port == 4789 || port == 8472 ? "VXLAN" : port == 6081 ? "GENEVE" : "";
}

static const char *tunnel_of_ether(unsigned type)
{
    return type == 0x8847 ? "MPLS" : type == 0x8864 ? "PPPoE" : type == 0x88e5 ? "MACsec" : "";
}

/* What stands in front of the IP header: either a family that has to be looked up, or an
   Ethernet type at an offset. */
enum link_shape { LINK_FAMILY_HOST, LINK_FAMILY_NET, LINK_ETHER_TYPE, LINK_BARE };

struct link_row {
    int link;
    enum link_shape shape;
    size_t type_at; /* of the Ethernet type */
    size_t header;  /* octets before the next layer */
};

static const struct link_row link_rows[] = {
    {DLT_NULL, LINK_FAMILY_HOST, 0, 4},        {DLT_LOOP, LINK_FAMILY_NET, 0, 4},
    {DLT_EN10MB, LINK_ETHER_TYPE, 12, 14},     {DLT_LINUX_SLL, LINK_ETHER_TYPE, 14, 16},
    {DLT_LINUX_SLL2, LINK_ETHER_TYPE, 0, 20},  {DLT_RAW, LINK_BARE, 0, 0},
    {DLT_IPV4, LINK_BARE, 0, 0},               {DLT_IPV6, LINK_BARE, 0, 0},
};

static const struct link_row *link_row_of(int link)
{
    for (size_t i = 0; i < sizeof link_rows / sizeof *link_rows; i++) {
        if (link_rows[i].link == link) {
            return &link_rows[i];
        }
    }
    return NULL;
}

bool capture_link_known(int link)
{
    return link_row_of(link) != NULL;
}

const char *capture_link_names(void)
{
    return "NULL, LOOP, EN10MB (Ethernet), LINUX_SLL, LINUX_SLL2, RAW, IPV4, IPV6";
}

void capture_host_write(const struct capture_host *h, char *at, size_t room)
{
    if (!inet_ntop(h->v6 ? AF_INET6 : AF_INET, h->octets, at, (socklen_t)room) && room > 0) {
        at[0] = '\0';
    }
}

static unsigned be16(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t be32(const unsigned char *at)
{
    return (uint32_t)be16(at) << 16 | be16(at + 2);
}

static enum packet_kind broken(const char *sentence, const char **why)
{
    *why = sentence;
    return PACKET_BROKEN;
}

/* RFC 9293 3.1. rest: octets of the segment by the IP header's word. */
static enum packet_kind read_tcp(struct cursor *c, size_t rest, struct capture_packet *p,
                                 const char **why)
{
    span head, options;
    if (!cursor_take_count(c, 20, &head)) {
        return broken("the TCP header is cut off", why);
    }
    size_t header = (size_t)(head.at[12] >> 4) * 4;
    unsigned flags = head.at[13];
    if (header < 20) {
        return broken("the TCP data offset is less than 5 words", why);
    }
    if (header > rest) {
        return broken("the TCP data offset points behind the datagram", why);
    }
    if (!cursor_take_count(c, header - 20, &options)) {
        return broken("the TCP options are cut off", why);
    }
    p->from_port = (uint16_t)be16(head.at);
    p->to_port = (uint16_t)be16(head.at + 2);
    p->seq = be32(head.at + 4);
    p->ack = be32(head.at + 8);
    p->fin = flags & 0x01;
    p->syn = flags & 0x02;
    p->rst = flags & 0x04;
    p->has_ack = flags & 0x10;
    p->payload_said = rest - header;
    p->payload = span_first(cursor_rest(c), p->payload_said);
    return PACKET_TCP;
}

/* RFC 791 3.1. wire: octets that the frame had on the wire from here on. */
static enum packet_kind read_ipv4(struct cursor *c, size_t wire, struct capture_packet *p,
                                  const char **why)
{
    span head;
    if (!cursor_take_count(c, 20, &head)) {
        return broken("the IPv4 header is cut off", why);
    }
    size_t header = (size_t)(head.at[0] & 15) * 4;
    size_t total = be16(head.at + 2);
    unsigned fragment = be16(head.at + 6);
    if (header < 20) {
        return broken("the IPv4 header length is less than 5 words", why);
    }
    if (total == 0) {
        total = wire; /* segmentation offload: the card would have filled it in */
    }
    if (total < header) {
        return broken("the IPv4 total length is less than the header length", why);
    }
    if (total > wire) {
        return broken("the IPv4 total length is more than the frame had on the wire", why);
    }
    span skipped;
    if (!cursor_take_count(c, header - 20, &skipped)) {
        return broken("the IPv4 options are cut off", why);
    }
    memcpy(p->from.octets, head.at + 12, 4);
    memcpy(p->to.octets, head.at + 16, 4);
    if (head.at[9] != PROTO_TCP) {
        *why = head.at[9] == PROTO_UDP ? tunnel_of_udp(cursor_rest(c)) : tunnel_of_ip(head.at[9]);
        return PACKET_OTHER;
    }
    if (fragment & 0x1fff) {
        return PACKET_FRAGMENT;
    }
    p->fragment = fragment & 0x2000;
    return read_tcp(c, total - header, p, why);
}

/* RFC 8200 4: walks the extension headers. */
static enum packet_kind read_ipv6(struct cursor *c, size_t wire, struct capture_packet *p,
                                  const char **why)
{
    span head;
    if (!cursor_take_count(c, 40, &head)) {
        return broken("the IPv6 header is cut off", why);
    }
    size_t rest = be16(head.at + 4);
    if (rest == 0 && wire >= 40) {
        rest = wire - 40; /* offload, or a jumbogram */
    }
    if (rest + 40 > wire) {
        return broken("the IPv6 payload length is more than the frame had on the wire", why);
    }
    p->from.v6 = p->to.v6 = true;
    memcpy(p->from.octets, head.at + 8, 16);
    memcpy(p->to.octets, head.at + 24, 16);
    unsigned next = head.at[6];
    while (next != PROTO_TCP) {
        bool known = next == PROTO_HOP_BY_HOP || next == PROTO_ROUTING || next == PROTO_FRAGMENT ||
                     next == PROTO_AH || next == PROTO_DESTINATION || next == PROTO_MOBILITY;
        if (!known) {
            *why = next == PROTO_UDP ? tunnel_of_udp(cursor_rest(c)) : tunnel_of_ip(next);
            return PACKET_OTHER;
        }
        span two, body;
        if (!cursor_take_count(c, 2, &two)) {
            return broken("an IPv6 extension header is cut off", why);
        }
        size_t size = next == PROTO_AH ? ((size_t)two.at[1] + 2) * 4 : ((size_t)two.at[1] + 1) * 8;
        if (next == PROTO_FRAGMENT) {
            size = 8;
        }
        if (size > rest || !cursor_take_count(c, size - 2, &body)) {
            return broken("an IPv6 extension header is longer than the datagram", why);
        }
        if (next == PROTO_FRAGMENT) {
            unsigned place = be16(body.at);
            if (place & 0xfff8) {
                return PACKET_FRAGMENT;
            }
            p->fragment = place & 1;
        }
        next = two.at[0];
        rest -= size;
    }
    return read_tcp(c, rest, p, why);
}

/* AF_INET6 differs between the systems that write DLT_NULL. */
static unsigned version_of_family(uint32_t family)
{
    return family == 2 ? 4 : family == 10 || family == 24 || family == 28 || family == 30 ? 6 : 0;
}

/* 4 or 6; 0: something else; the cursor stands before the IP header. False when cut off. */
static bool read_link(struct cursor *c, const struct link_row *row, unsigned *version, const char **carrier)
{
    span head;
    *version = 0;
    if (row->shape == LINK_BARE) {
        *version = cursor_at_end(c) ? 0 : (unsigned)cursor_peek(c) >> 4;
        return !cursor_at_end(c);
    }
    if (!cursor_take_count(c, row->header, &head)) {
        return false;
    }
    if (row->shape != LINK_ETHER_TYPE) {
        uint32_t net = be32(head.at);
        /* written in the order of the machine that captured: the small number is the right one */
        uint32_t other = __builtin_bswap32(net);
        bool turned = row->shape == LINK_FAMILY_HOST && other < net;
        *version = version_of_family(turned ? other : net);
        return true;
    }
    uint16_t type = (uint16_t)be16(head.at + row->type_at);
    while (type == ETHER_VLAN || type == ETHER_QINQ || type == ETHER_QINQ_OLD) {
        uint16_t tag;
        if (!cursor_take_be16(c, &tag) || !cursor_take_be16(c, &type)) {
            return false;
        }
    }
    *version = type == ETHER_IPV4 ? 4 : type == ETHER_IPV6 ? 6 : 0;
    *carrier = tunnel_of_ether(type);
    return true;
}

enum packet_kind capture_packet_read(const struct capture_frame *frame, struct capture_packet *p,
                                     const char **why)
{
    *why = "";
    *p = (struct capture_packet){.number = frame->number, .at = frame->at, .payload = SPAN_EMPTY};
    const struct link_row *row = link_row_of(frame->link);
    if (!row) {
        return PACKET_OTHER;
    }
    struct cursor c = cursor_of(frame->bytes);
    unsigned version;
    if (!read_link(&c, row, &version, why)) {
        return broken("the link header is cut off", why);
    }
    if (version != 4 && version != 6) {
        return PACKET_OTHER;
    }
    if (cursor_at_end(&c)) {
        return broken("the IP header is cut off", why);
    }
    if ((unsigned)cursor_peek(&c) >> 4 != version) {
        return broken("the IP version is not what the link header says", why);
    }
    size_t wire = frame->said - c.pos;
    return version == 4 ? read_ipv4(&c, wire, p, why) : read_ipv6(&c, wire, p, why);
}
