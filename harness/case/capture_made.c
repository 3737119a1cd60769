/* A capture made from the transcript, where a live one cannot be had (no privilege, a remote host
   seen through a proxy): the same octets in the same order at the same times, in packets of our
   making. Tools that read captures then work everywhere; the note beside it says that nobody saw
   these packets. */
#include "harness/case/capture.h"

#include "pcap/block.h"

#include <netinet/in.h>
#include <pcap/dlt.h>

#define MOST_PAYLOAD 60000
#define HEADERS 40 /* IPv4 and TCP without options */
#define FIRST_PORT 40000
#define CLIENT_HOST 0xC000020AU /* 192.0.2.10 */
#define SERVER_HOST 0xC0000201U /* 192.0.2.1 */

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

struct made_connection {
    size_t actor;
    unsigned number;
    uint16_t port;
    uint32_t sent[2]; /* next sequence number of each side */
};

struct made_capture {
    struct capture_file *file;
    struct arena *arena;
    VEC(struct made_connection) connections;
};

static void put16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static void put32(unsigned char *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xFFFF);
}

/* RFC 1071 */
static unsigned checksum(const unsigned char *at, size_t len, uint32_t sum)
{
    for (size_t i = 0; i + 1 < len; i += 2) {
        sum += (uint32_t)at[i] << 8 | at[i + 1];
    }
    if (len % 2) {
        sum += (uint32_t)at[len - 1] << 8;
    }
    while (sum >> 16) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return ~sum & 0xFFFF;
}

static void put_packet(struct made_capture *m, struct made_connection *c, enum side side,
                       unsigned flags, span payload, instant at)
{
    unsigned char *p = arena_take(m->arena, HEADERS + payload.len);
    bool client = side == SIDE_C;
    uint32_t from = client ? CLIENT_HOST : SERVER_HOST;
    uint32_t to = client ? SERVER_HOST : CLIENT_HOST;
    unsigned tcp_len = 20 + (unsigned)payload.len;
    p[0] = 0x45;
    put16(p + 2, HEADERS + (unsigned)payload.len);
    p[8] = 64;
    p[9] = IPPROTO_TCP;
    put32(p + 12, from);
    put32(p + 16, to);
    put16(p + 10, checksum(p, 20, 0));
    put16(p + 20, client ? c->port : 25);
    put16(p + 22, client ? 25 : c->port);
    put32(p + 24, c->sent[side]);
    put32(p + 28, flags & TCP_ACK ? c->sent[!side] : 0);
    p[32] = 0x50;
    p[33] = (unsigned char)flags;
    put16(p + 34, 65535);
    memcpy(p + HEADERS, payload.at, payload.len);
    uint32_t pseudo =
        (from >> 16) + (from & 0xFFFF) + (to >> 16) + (to & 0xFFFF) + IPPROTO_TCP + tcp_len;
    put16(p + 36, checksum(p + 20, tcp_len, pseudo));
    c->sent[side] += (uint32_t)payload.len + ((flags & (TCP_SYN | TCP_FIN)) != 0);
    capture_file_add(m->file, at, span_of(p, HEADERS + payload.len), HEADERS + payload.len);
}

static struct made_connection *connection_of(struct made_capture *m, const struct event *e)
{
    for (size_t i = 0; i < m->connections.count; i++) {
        if (m->connections.at[i].actor == e->actor && m->connections.at[i].number == e->number) {
            return &m->connections.at[i];
        }
    }
    struct made_connection *c = vec_push(m->arena, &m->connections);
    *c = (struct made_connection){
        e->actor, e->number, (uint16_t)(FIRST_PORT + m->connections.count - 1), {1000, 2000}};
    return c;
}

static void put_bytes(struct made_capture *m, struct made_connection *c, const struct event *e)
{
    span rest = e->bytes;
    while (rest.len) {
        span piece = span_first(rest, MOST_PAYLOAD);
        put_packet(m, c, e->side, TCP_ACK | TCP_PSH, piece, e->at);
        rest = span_from(rest, piece.len);
    }
}

static void put_event(struct made_capture *m, const struct event *e)
{
    enum side other = e->side == SIDE_C ? SIDE_S : SIDE_C;
    if (e->kind == SAW_CONNECT) {
        struct made_connection *c = connection_of(m, e);
        put_packet(m, c, SIDE_C, TCP_SYN, SPAN_EMPTY, e->at);
        put_packet(m, c, SIDE_S, TCP_SYN | TCP_ACK, SPAN_EMPTY, e->at);
        put_packet(m, c, SIDE_C, TCP_ACK, SPAN_EMPTY, e->at);
    } else if (e->kind == SAW_BYTES) {
        put_bytes(m, connection_of(m, e), e);
    } else if (e->kind == SAW_EOF || e->kind == SAW_SHUT) {
        put_packet(m, connection_of(m, e), e->side, TCP_FIN | TCP_ACK, SPAN_EMPTY, e->at);
        put_packet(m, connection_of(m, e), other, TCP_ACK, SPAN_EMPTY, e->at);
    } else if (e->kind == SAW_RST) {
        put_packet(m, connection_of(m, e), e->side, TCP_RST, SPAN_EMPTY, e->at);
    }
}

err capture_make(const struct transcript *t, const char *path, struct arena *arena)
{
    struct made_capture m = {.arena = arena_new()};
    err e = capture_file_new(path, DLT_RAW, SPAN_EMPTY, arena, &m.file);
    if (!failed(e)) {
        for (size_t i = 0; i < t->events.count; i++) {
            put_event(&m, &t->events.at[i]);
        }
        e = capture_file_end(m.file);
    }
    arena_free(m.arena);
    return e;
}
