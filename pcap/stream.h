/* One direction of a connection: which octets came, wherever in the order of packets. The first copy
   of an octet wins, later copies are compared with it. What stands at the end does not depend on the
   order of arrival, unless copies differ. Numbers are unwrapped, so 2^32 is not special. */
#ifndef PCAP_STREAM_H
#define PCAP_STREAM_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"

/* Octets that came together: [at, at + len) of the direction, counted from the octet behind SYN. */
struct stream_piece {
    int64_t at;
    size_t len;
    size_t stored;   /* where in the store */
    size_t index;    /* octets of the direction before it that were captured; set by capture_stream_end */
    uint64_t packet; /* that brought its first octet */
    instant time;
    instant latest;  /* of its last octet */
    bool has_ack;
    uint32_t ack;    /* what its packet acknowledged of the other direction */
};

struct stream_segment {
    uint32_t seq;
    bool has_ack;
    uint32_t ack;
    span octets;
    uint64_t packet;
    instant time;
    bool joins; /* nothing of the other direction came since the last segment of this one */
};

/* Octets missing from a capture: `at` counts captured octets of the direction before the hole. */
struct stream_gap {
    size_t at;
    uint64_t octets;
    uint64_t packet; /* before which it shows; 0: at the end */
};

struct capture_stream {
    struct arena *arena;
    struct buf store;
    VEC(struct stream_piece) pieces; /* by `at`, without overlap */
    bool based;       /* `base` is known */
    bool has_start;   /* SYN was seen: nothing lies before 0 */
    uint32_t base;    /* sequence number of octet 0 */
    int64_t high;     /* behind the furthest octet */
    int64_t low;
    bool has_fin;
    int64_t fin;      /* the octet number that FIN takes */
    int64_t acked;    /* highest acknowledgement by the other side */
    bool full;        /* the limit was met: the rest was dropped */
    uint64_t differing;     /* octets that came again and were not the same; packet of the first */
    uint64_t differing_packet;
    uint64_t strays;        /* segments far outside any window */
};

void capture_stream_init(struct capture_stream *s, struct arena *arena, size_t limit_octets);
/* For another direction; the memory of the store is kept unless it is more than `most` octets. */
void capture_stream_renew(struct capture_stream *s, struct arena *arena, size_t most);
void capture_stream_wipe(struct capture_stream *s);
/* isn: the number of the SYN. */
void capture_stream_syn(struct capture_stream *s, uint32_t isn);
void capture_stream_add(struct capture_stream *s, const struct stream_segment *g);
/* seq: the number of the FIN itself. */
void capture_stream_fin(struct capture_stream *s, uint32_t seq);
/* The other side acknowledged up to ack. */
void capture_stream_acked(struct capture_stream *s, uint32_t ack);
/* True if number lies where a segment of this direction can lie. */
bool capture_stream_plausible(const struct capture_stream *s, uint32_t number);
/* True if every octet from SYN to FIN came, and the other side acknowledged them. */
bool capture_stream_whole(const struct capture_stream *s);
/* Memory held, roughly. */
size_t capture_stream_octets(const struct capture_stream *s);

typedef VEC(struct stream_gap) stream_gaps;
/* What was captured, in order, and what is missing. octets borrows from the stream or lives in its
   arena. Nothing may be added afterwards. */
void capture_stream_end(struct capture_stream *s, span *octets, stream_gaps *gaps);
/* Captured octets of this direction below the number that ack names. After capture_stream_end. */
size_t capture_stream_index(const struct capture_stream *s, uint32_t ack);

#endif
