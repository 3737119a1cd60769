/* TCP's order restored without believing in time. Segments are kept as pieces sorted by place; the
   gaps between them are named only at the end, because a capture may show a packet late, twice, or
   an acknowledgement before what it acknowledges. RFC 9293 3.4, 3.10.7. */
#include "pcap/stream.h"

#include "base/check.h"

/* Further away than any window: such a segment belongs to nobody. */
#define WINDOW ((int64_t)64 << 20)
/* A piece is never put in further from the end than this: no window holds as many segments, and it
   bounds the work that a hostile capture can ask for. */
#define SHUFFLE_DEPTH ((size_t)4096)
#define PIECES_LIMIT ((size_t)1 << 18)
/* Segments are joined to one piece where bulk data goes by; replies and commands keep their packets. */
#define BULK_OCTETS ((size_t)512)
#define JOIN_WITHIN (200 * NANOS_PER_MILLI)

static int64_t piece_end(const struct stream_piece *p)
{
    return p->at + (int64_t)p->len;
}

void capture_stream_init(struct capture_stream *s, struct arena *arena, size_t limit_octets)
{
    *s = (struct capture_stream){.arena = arena};
    buf_init(&s->store, limit_octets);
}

void capture_stream_renew(struct capture_stream *s, struct arena *arena, size_t most)
{
    struct buf store = s->store;
    if (store.room > most) {
        buf_wipe(&store);
    }
    buf_clear(&store);
    *s = (struct capture_stream){.arena = arena, .store = store};
}

void capture_stream_wipe(struct capture_stream *s)
{
    buf_wipe(&s->store);
}

static void set_base(struct capture_stream *s, uint32_t seq)
{
    s->based = true;
    s->base = seq;
}

/* The octet number of seq, taken as near to the furthest octet as 32 bits allow. */
static int64_t place(const struct capture_stream *s, uint32_t seq)
{
    return s->high + (int32_t)(seq - (s->base + (uint32_t)s->high));
}

void capture_stream_syn(struct capture_stream *s, uint32_t isn)
{
    if (!s->based) {
        set_base(s, isn + 1);
        s->has_start = true;
    } else if (!s->has_start && s->low >= 0 && place(s, isn + 1) == 0) {
        s->has_start = true; /* captured behind its first data */
    }
}

void capture_stream_acked(struct capture_stream *s, uint32_t ack)
{
    if (!s->based) {
        set_base(s, ack);
        return;
    }
    int64_t at = place(s, ack);
    if (at > s->acked && at <= s->high + WINDOW) {
        s->acked = at;
    }
}

bool capture_stream_plausible(const struct capture_stream *s, uint32_t number)
{
    if (!s->based) {
        return true;
    }
    int64_t at = place(s, number);
    return at <= s->high + WINDOW && at >= s->low - WINDOW;
}

void capture_stream_fin(struct capture_stream *s, uint32_t seq)
{
    if (!s->based) {
        set_base(s, seq);
    }
    if (!s->has_fin && capture_stream_plausible(s, seq)) {
        s->has_fin = true;
        s->fin = place(s, seq);
    }
}

bool capture_stream_whole(const struct capture_stream *s)
{
    return s->has_start && s->has_fin && s->acked > s->fin && (int64_t)s->store.len == s->fin;
}

size_t capture_stream_octets(const struct capture_stream *s)
{
    return s->store.len + s->pieces.room * sizeof *s->pieces.at;
}

/* The first piece that ends behind `at`. */
static size_t piece_behind(const struct capture_stream *s, int64_t at)
{
    size_t low = 0;
    size_t high = s->pieces.count;
    if (at >= s->high) {
        return high; /* in order, as nearly all are */
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (piece_end(&s->pieces.at[middle]) > at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* The segment goes on where the last piece ends, in time too, and nothing came between. */
static bool joins(const struct stream_piece *last, int64_t at, size_t stored, const struct stream_segment *g)
{
    return g->joins && last->len >= BULK_OCTETS && piece_end(last) == at && last->stored + last->len == stored &&
           last->has_ack == g->has_ack && last->ack == g->ack && g->time >= last->latest &&
           g->time - last->latest < JOIN_WITHIN;
}

/* Keeps octets that lie before piece i and behind piece i - 1. True if a piece was put in at i. */
static bool keep(struct capture_stream *s, size_t i, int64_t at, span octets,
                 const struct stream_segment *g)
{
    if (s->pieces.count - i > SHUFFLE_DEPTH || s->pieces.count >= PIECES_LIMIT || s->full) {
        s->full = true;
        return false;
    }
    size_t stored = s->store.len;
    buf_put(&s->store, octets);
    if (buf_full(&s->store)) {
        s->full = true;
        return false;
    }
    s->low = at < s->low ? at : s->low;
    int64_t end = at + (int64_t)octets.len;
    s->high = end > s->high ? end : s->high;
    struct stream_piece *last = s->pieces.count ? &s->pieces.at[s->pieces.count - 1] : NULL;
    if (last && i == s->pieces.count && joins(last, at, stored, g)) {
        last->len += octets.len;
        last->latest = g->time;
        return false;
    }
    vec_push(s->arena, &s->pieces);
    struct stream_piece *here = &s->pieces.at[i];
    memmove(here + 1, here, (s->pieces.count - 1 - i) * sizeof *here);
    *here = (struct stream_piece){.at = at, .len = octets.len, .stored = stored, .packet = g->packet,
                                  .time = g->time, .latest = g->time, .has_ack = g->has_ack, .ack = g->ack};
    return true;
}

static void compare(struct capture_stream *s, const struct stream_piece *p, int64_t at, span copy,
                    uint64_t packet)
{
    span first = span_part(buf_span(&s->store), p->stored + (size_t)(at - p->at), copy.len);
    for (size_t i = 0; i < copy.len; i++) {
        if (first.at[i] != copy.at[i]) {
            if (s->differing++ == 0) {
                s->differing_packet = packet;
            }
        }
    }
}

void capture_stream_add(struct capture_stream *s, const struct stream_segment *g)
{
    if (!s->based) {
        set_base(s, g->seq);
    }
    int64_t at = place(s, g->seq);
    span octets = g->octets;
    if (!capture_stream_plausible(s, g->seq)) {
        s->strays++;
        return;
    }
    /* RFC 9293 3.8.4: a keep-alive repeats the last number with at most one octet, any octet */
    if (octets.len <= 1 && s->high > 0 && at == s->high - 1) {
        return;
    }
    if (s->has_start && at < 0) {
        octets = span_from(octets, (size_t)-at);
        at = 0;
    }
    if (s->has_fin && at + (int64_t)octets.len > s->fin) {
        octets = span_first(octets, at < s->fin ? (size_t)(s->fin - at) : 0);
    }
    size_t i = piece_behind(s, at);
    while (octets.len > 0) {
        bool covered = i < s->pieces.count && s->pieces.at[i].at <= at;
        size_t part = octets.len;
        if (i < s->pieces.count) {
            int64_t stop = covered ? piece_end(&s->pieces.at[i]) : s->pieces.at[i].at;
            part = (uint64_t)(stop - at) < part ? (size_t)(stop - at) : part;
        }
        if (covered) {
            compare(s, &s->pieces.at[i], at, span_first(octets, part), g->packet);
            i++;
        } else if (keep(s, i, at, span_first(octets, part), g)) {
            i++;
        }
        octets = span_from(octets, part);
        at += (int64_t)part;
    }
}

static void add_gap(struct capture_stream *s, stream_gaps *gaps, size_t index, int64_t octets,
                    uint64_t packet)
{
    *vec_push(s->arena, gaps) =
        (struct stream_gap){.at = index, .octets = (uint64_t)octets, .packet = packet};
}

void capture_stream_end(struct capture_stream *s, span *octets, stream_gaps *gaps)
{
    size_t index = 0;
    bool straight = true;
    int64_t next = s->has_start ? 0 : s->low;
    for (size_t i = 0; i < s->pieces.count; i++) {
        struct stream_piece *p = &s->pieces.at[i];
        if (p->at > next) {
            add_gap(s, gaps, index, p->at - next, p->packet);
        }
        straight = straight && p->stored == index;
        p->index = index;
        index += p->len;
        next = piece_end(p);
    }
    int64_t last = s->has_fin ? s->fin : next;
    /* an acknowledgement one further than what came may be that of a FIN that was not captured */
    if (!s->has_fin && s->acked > next + 1) {
        last = s->acked;
    }
    if (last > next) {
        add_gap(s, gaps, index, last - next, 0);
    }
    if (straight) {
        *octets = span_first(buf_span(&s->store), index);
        return;
    }
    unsigned char *whole = arena_take(s->arena, index);
    for (size_t i = 0; i < s->pieces.count; i++) {
        const struct stream_piece *p = &s->pieces.at[i];
        memcpy(whole + p->index, s->store.at + p->stored, p->len);
    }
    *octets = span_of(whole, index);
}

size_t capture_stream_index(const struct capture_stream *s, uint32_t ack)
{
    if (!s->based || s->pieces.count == 0) {
        return 0;
    }
    int64_t at = place(s, ack);
    size_t i = piece_behind(s, at);
    if (i == s->pieces.count) {
        return s->pieces.at[i - 1].index + s->pieces.at[i - 1].len;
    }
    const struct stream_piece *p = &s->pieces.at[i];
    return p->index + (at > p->at ? (size_t)(at - p->at) : 0);
}
