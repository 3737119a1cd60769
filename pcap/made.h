/* Packets and captures made by hand, for tests and fuzzers of this room. */
#ifndef PCAP_MADE_H
#define PCAP_MADE_H

#include "base/check.h"
#include "base/file.h"
#include "pcap/flow.h"

#include <sys/mman.h>

enum { MADE_S = 1, MADE_A = 2, MADE_F = 4, MADE_R = 8 };

/* One segment between 192.0.2.10:4000 (from_client) and 192.0.2.1:25. */
static inline struct capture_packet made_packet(uint64_t number, bool from_client, unsigned flags,
                                                uint32_t seq, uint32_t ack, span payload)
{
    struct capture_packet p = {.number = number, .at = (instant)number * NANOS_PER_MILLI, .seq = seq,
                               .ack = ack, .syn = flags & MADE_S, .has_ack = flags & MADE_A,
                               .fin = flags & MADE_F, .rst = flags & MADE_R, .payload = payload,
                               .payload_said = payload.len};
    struct capture_host client = {.octets = {192, 0, 2, 10}};
    struct capture_host server = {.octets = {192, 0, 2, 1}};
    p.from = from_client ? client : server;
    p.to = from_client ? server : client;
    p.from_port = from_client ? 4000 : 25;
    p.to_port = from_client ? 25 : 4000;
    return p;
}

/* An open file of these octets, which is gone when it is closed. */
static inline int made_fd(span octets)
{
    int fd = memfd_create("made", MFD_CLOEXEC);
    CHECK(fd >= 0 && !failed(fd_write_all(fd, octets)));
    return fd;
}

static inline err made_open(int fd, struct arena *arena, struct recording **c)
{
    return recording_open(arena_printf(arena, "/proc/self/fd/%d", fd), arena, c);
}

static inline void made_u16(struct buf *out, unsigned value)
{
    buf_put_byte(out, (unsigned char)(value >> 8));
    buf_put_byte(out, (unsigned char)value);
}

static inline void made_u32(struct buf *out, uint32_t value)
{
    made_u16(out, value >> 16);
    made_u16(out, value & 0xffff);
}

/* The same as octets: a TCP segment, and IPv4 around it. */
static inline void made_tcp(struct buf *out, const struct capture_packet *p)
{
    made_u16(out, p->from_port);
    made_u16(out, p->to_port);
    made_u32(out, p->seq);
    made_u32(out, p->ack);
    made_u16(out, 5u << 12 | (p->has_ack ? 0x10u : 0) | (p->rst ? 4u : 0) | (p->syn ? 2u : 0) | (p->fin ? 1u : 0));
    made_u16(out, 65535);
    made_u32(out, 0);
    buf_put(out, p->payload);
}

static inline void made_ipv4(struct buf *out, const struct capture_packet *p)
{
    made_u16(out, 0x4500);
    made_u16(out, (unsigned)(40 + p->payload.len));
    made_u32(out, 0);
    made_u32(out, 0x40060000);
    buf_put(out, span_of(p->from.octets, 4));
    buf_put(out, span_of(p->to.octets, 4));
    made_tcp(out, p);
}

/* A pcap file: its header, then records. Big-endian, which libpcap reads on every machine. */
static inline void made_file_begin(struct buf *out, uint32_t link)
{
    made_u32(out, 0xa1b2c3d4);
    made_u16(out, 2);
    made_u16(out, 4);
    made_u32(out, 0);
    made_u32(out, 0);
    made_u32(out, 262144);
    made_u32(out, link);
}

static inline void made_record(struct buf *out, instant at, span frame, size_t said)
{
    made_u32(out, (uint32_t)(at / NANOS_PER_SECOND));
    made_u32(out, (uint32_t)(at % NANOS_PER_SECOND / 1000));
    made_u32(out, (uint32_t)frame.len);
    made_u32(out, (uint32_t)said);
    buf_put(out, frame);
}

/* One IPv4 segment as a record of link type RAW (101 in files). */
static inline void made_segment_record(struct buf *out, const struct capture_packet *p)
{
    struct buf frame;
    buf_init(&frame, 1 << 17);
    made_ipv4(&frame, p);
    made_record(out, p->at, buf_span(&frame), frame.len);
    buf_wipe(&frame);
}

/* Whole conversations: a handshake, then turns said by client and server in order. */
struct made_talk {
    struct capture_flows *flows;
    uint64_t number;
    uint32_t next[2]; /* sequence numbers: 0 the client's, 1 the server's */
    bool failed;
};

static inline void made_send(struct made_talk *t, bool client, unsigned flags, span payload)
{
    struct capture_packet p = made_packet(++t->number, client, flags, t->next[client ? 0 : 1],
                                          flags & MADE_A ? t->next[client ? 1 : 0] : 0, payload);
    t->failed = failed(capture_flows_add(t->flows, &p)) || t->failed;
    t->next[client ? 0 : 1] += (uint32_t)payload.len + (flags & (MADE_S | MADE_F) ? 1 : 0);
}

static inline void made_begin(struct made_talk *t, struct capture_flows *flows)
{
    *t = (struct made_talk){.flows = flows, .next = {0xfffffff0u, 77}};
    made_send(t, true, MADE_S, SPAN_EMPTY);
    made_send(t, false, MADE_S | MADE_A, SPAN_EMPTY);
    made_send(t, true, MADE_A, SPAN_EMPTY);
}

#endif
