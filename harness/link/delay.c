/* A row of link functions over another one. Octets wait in two queues, each with the time at which they
   arrive; whoever asks moves on what is due. Only a poll with a short tick asks, so times are right to
   some milliseconds, which is enough to be looked at. */
#include "harness/link/delay.h"

#include "base/vec.h"

#include <poll.h>

enum { READ_OCTETS = 65536, LINGER_MS = 1000 };

struct parcel {
    millis due;
    span bytes;
    enum link_state end; /* LINK_MOVED: octets; else how the direction ended */
};

struct queue {
    VEC(struct parcel) parcels;
    size_t first;
    size_t at; /* octets of the first that are through */
};

struct delay {
    struct arena *arena;
    struct link inner;
    millis half;
    millis through; /* the connection stands for our side */
    millis first_in; /* nothing of the peer can have come before */
    struct queue in, out;
    bool ended;
};

static struct parcel *first_due(struct queue *q)
{
    bool due = q->first < q->parcels.count && q->parcels.at[q->first].due <= clock_ticks();
    return due ? &q->parcels.at[q->first] : NULL;
}

static millis later(millis a, millis b)
{
    return a > b ? a : b;
}

/* Takes in what has come, and lets go what is due. */
static void pump(struct delay *d)
{
    struct parcel *p;
    while ((p = first_due(&d->out)) != NULL) {
        size_t put = 0;
        enum link_state state = link_write(&d->inner, span_from(p->bytes, d->out.at), &put);
        if (state == LINK_AGAIN) {
            break;
        }
        d->out.at += put;
        if (state != LINK_MOVED || d->out.at == p->bytes.len) {
            d->out.first++;
            d->out.at = 0;
        }
    }
    while (!d->ended) {
        unsigned char room[READ_OCTETS];
        size_t got = 0;
        enum link_state state = link_read(&d->inner, room, sizeof room, &got);
        if (state == LINK_AGAIN) {
            break;
        }
        d->ended = state != LINK_MOVED;
        vec_add(d->arena, &d->in.parcels,
                ((struct parcel){.due = later(clock_ticks() + d->half, d->first_in),
                                 .bytes = arena_copy(d->arena, span_of(room, got)),
                                 .end = state}));
    }
}

static enum link_state delay_read(struct link *l, void *at, size_t room, size_t *got)
{
    struct delay *d = l->session;
    pump(d);
    struct parcel *p = first_due(&d->in);
    *got = 0;
    if (p == NULL) {
        return LINK_AGAIN;
    }
    if (p->end != LINK_MOVED) {
        return p->end; /* stays: the end is the end however often one asks */
    }
    span part = span_part(p->bytes, d->in.at, room);
    memcpy(at, part.at, part.len);
    *got = part.len;
    d->in.at += part.len;
    if (d->in.at == p->bytes.len) {
        d->in.first++;
        d->in.at = 0;
    }
    return LINK_MOVED;
}

static enum link_state delay_write(struct link *l, span bytes, size_t *put)
{
    struct delay *d = l->session;
    vec_add(d->arena, &d->out.parcels,
            ((struct parcel){.due = later(clock_ticks(), d->through) + d->half,
                             .bytes = arena_copy(d->arena, bytes),
                             .end = LINK_MOVED}));
    pump(d);
    *put = bytes.len;
    return LINK_MOVED;
}

/* What was said before an end arrives before it. */
static void arrive(struct delay *d)
{
    millis until = clock_ticks() + d->half + LINGER_MS;
    millis end = later(clock_ticks(), d->through) + d->half;
    pump(d);
    while ((d->out.first < d->out.parcels.count || clock_ticks() < end) && clock_ticks() < until) {
        (void)poll(NULL, 0, 1);
        pump(d);
    }
}

static void delay_shut(struct link *l)
{
    struct delay *d = l->session;
    arrive(d);
    link_shut(&d->inner);
}

static void delay_reset(struct link *l)
{
    struct delay *d = l->session;
    arrive(d);
    link_reset(&d->inner);
}

static void delay_close(struct link *l)
{
    struct delay *d = l->session;
    arrive(d);
    link_close(&d->inner);
}

static bool delay_holds(struct link *l)
{
    struct delay *d = l->session;
    bool end_is_next = d->in.first < d->in.parcels.count &&
                       d->in.parcels.at[d->in.first].end != LINK_MOVED &&
                       d->in.parcels.at[d->in.first].due <= clock_ticks();
    return clock_ticks() < later(d->through, d->first_in) ||
           d->out.first < d->out.parcels.count ||
           (d->in.first < d->in.parcels.count && !end_is_next);
}

static const struct link_way way_delay = {
    .read = delay_read,
    .write = delay_write,
    .shut = delay_shut,
    .reset = delay_reset,
    .close = delay_close,
    .holds = delay_holds,
};

void link_lengthen(struct link *l, millis rtt, bool accepted, struct arena *arena)
{
    struct delay *d = ARENA_NEW(arena, struct delay);
    millis now = clock_ticks();
    d->arena = arena;
    d->inner = *l;
    d->half = rtt / 2;
    /* The kernel's own handshake took no time. Ours stands after one round trip; the side that
       accepts knows half a round trip later. */
    d->through = now + rtt + (accepted ? d->half : 0);
    d->first_in = now + rtt + d->half + (accepted ? 0 : d->half);
    *l = (struct link){.way = &way_delay, .fd = l->fd, .session = d};
}
