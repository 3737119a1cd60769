/* Which packet belongs to which connection, and when a connection is over. What is hard is the
   ending: ports are used again at once, last acknowledgements come late, and most captures stop in
   the middle. So a closed flow lingers for a minute of the capture's time, which is as long as its last
   words may be said again; one of which nothing can be missing for a fifth of a second; and an open one
   is given up when it has been idle for longer than any server is: the hung session is what people look for. */
#include "pcap/flow.h"

#include "base/check.h"

#include <stdlib.h>

#define NO_SLOT UINT32_MAX
#define LINGER (60 * NANOS_PER_SECOND)
#define LINGER_WHOLE (NANOS_PER_SECOND / 5)
#define IDLE_PARTS 256 /* the list of open flows is in order but for this part of the idle time */
#define BUCKETS ((size_t)4096)
/* Free slots that keep their memory for the next connection, and how large a store is worth it. */
#define SPARE_SLOTS ((size_t)256)
#define SPARE_OCTETS ((size_t)32768)

/* The states of a connection as this file sees them: each has a list, oldest first. */
enum slot_list { LIST_FREE, LIST_OPEN, LIST_CLOSED, LIST_WHOLE, LIST_COUNT };

/* One connection that is being read. Side 0 is whoever sent its first packet. */
struct slot {
    struct arena *arena;
    struct capture_flow flow; /* as it will be handed over, but for the octets and the order of its sides */
    struct capture_stream half[2];
    bool syn[2];         /* a SYN of that side was seen */
    uint32_t isn[2];
    bool client_known;
    unsigned client;     /* which half */
    unsigned last;       /* half that brought octets last; 2: none did */
    instant moved;       /* to the end of its list */
    size_t counted;      /* its share of held */
    enum slot_list list;
    uint32_t older, newer; /* in its list */
    uint32_t chain;        /* next in its bucket */
};

struct list {
    uint32_t oldest, newest;
};

struct capture_flows {
    struct capture_limits limits;
    capture_flow_done *done;
    void *context;
    uint64_t next_stream;
    size_t held;
    struct arena *arena;
    struct arena *telling; /* while a flow is handed over: always the same memory, which is near */
    size_t spare; /* of the free slots, those with memory: the newest ones */
    struct slot *slots;
    uint32_t *buckets;
    struct list lists[LIST_COUNT];
};

struct capture_limits capture_limits_usual(void)
{
    return (struct capture_limits){.open_flows = 4096,
                                   .flow_octets = (size_t)64 << 20,
                                   .total_octets = (size_t)128 << 20,
                                   .idle = (millis)2 * 60 * 60 * 1000};
}

/* ---- lists and buckets ---- */

static void list_remove(struct capture_flows *f, uint32_t n)
{
    struct slot *s = &f->slots[n];
    struct list *l = &f->lists[s->list];
    *(s->older == NO_SLOT ? &l->oldest : &f->slots[s->older].newer) = s->newer;
    *(s->newer == NO_SLOT ? &l->newest : &f->slots[s->newer].older) = s->older;
}

static void list_append(struct capture_flows *f, uint32_t n, enum slot_list list)
{
    struct slot *s = &f->slots[n];
    struct list *l = &f->lists[list];
    s->list = list;
    s->older = l->newest;
    s->newer = NO_SLOT;
    *(l->newest == NO_SLOT ? &l->oldest : &f->slots[l->newest].newer) = n;
    l->newest = n;
}

static void list_move(struct capture_flows *f, uint32_t n, enum slot_list list)
{
    if (f->lists[list].newest != n) {
        list_remove(f, n);
        list_append(f, n, list);
    }
}

/* The same for both directions. */
static size_t bucket_of(const struct capture_host *a, uint16_t a_port, const struct capture_host *b,
                        uint16_t b_port)
{
    uint64_t x[2];
    uint64_t y[2];
    memcpy(x, a->octets, sizeof x);
    memcpy(y, b->octets, sizeof y);
    uint64_t hash = (x[0] ^ x[1] << 1) + (y[0] ^ y[1] << 1);
    hash = (hash ^ hash >> 32) + ((uint64_t)a_port + b_port) * 0x9e3779b97f4a7c15u;
    return (size_t)((hash * 0x9e3779b97f4a7c15u) >> 32) % BUCKETS;
}

static bool same_end(const struct slot *s, unsigned half, const struct capture_host *host, uint16_t port)
{
    const struct flow_side *side = &s->flow.side[half];
    return side->port == port && memcmp(&side->host, host, sizeof *host) == 0;
}

/* The open flow of a packet and which half sent it. */
static uint32_t find(const struct capture_flows *f, const struct capture_packet *p, unsigned *half)
{
    uint32_t n = f->buckets[bucket_of(&p->from, p->from_port, &p->to, p->to_port)];
    for (; n != NO_SLOT; n = f->slots[n].chain) {
        const struct slot *s = &f->slots[n];
        for (*half = 0; *half < 2; ++*half) {
            if (same_end(s, *half, &p->from, p->from_port) && same_end(s, 1 - *half, &p->to, p->to_port)) {
                return n;
            }
        }
    }
    return NO_SLOT;
}

static void unchain(struct capture_flows *f, uint32_t n)
{
    struct slot *s = &f->slots[n];
    const struct flow_side *side = s->flow.side;
    uint32_t *link = &f->buckets[bucket_of(&side[0].host, side[0].port, &side[1].host, side[1].port)];
    while (*link != n) {
        CHECK(*link != NO_SLOT);
        link = &f->slots[*link].chain;
    }
    *link = s->chain;
}

/* ---- handing over ---- */

/* Without a handshake the lower port is taken for the server's. */
static unsigned client_half(const struct slot *s)
{
    return s->client_known ? s->client : s->flow.side[0].port >= s->flow.side[1].port ? 0 : 1;
}

static void fill_side(struct slot *s, unsigned half, struct flow_side *side)
{
    struct capture_stream *h = &s->half[half];
    *side = s->flow.side[half];
    side->differing = h->differing;
    side->differing_packet = h->differing_packet;
    side->strays = h->strays;
    capture_stream_end(h, &side->octets, &side->gaps);
}

/* A piece can be read when all pieces before it are there: the latest of their packets counts. */
static uint64_t due_of(const struct stream_piece *p, uint64_t before)
{
    return p->packet > before ? p->packet : before;
}

static void merge_pieces(const struct slot *s, unsigned client, struct capture_flow *flow)
{
    const struct capture_stream *half[] = {&s->half[client], &s->half[1 - client]};
    size_t next[2] = {0, 0};
    uint64_t due[2] = {0, 0};
    size_t seen[2] = {0, 0};
    flow->pieces.room = half[0]->pieces.count + half[1]->pieces.count;
    flow->pieces.at = arena_take_array(flow->arena, flow->pieces.room, sizeof *flow->pieces.at);
    for (;;) {
        const struct stream_piece *head[2];
        for (unsigned i = 0; i < 2; i++) {
            head[i] = next[i] < half[i]->pieces.count ? &half[i]->pieces.at[next[i]] : NULL;
        }
        if (!head[0] && !head[1]) {
            return;
        }
        unsigned i = !head[0] || (head[1] && due_of(head[1], due[1]) < due_of(head[0], due[0]));
        due[i] = due_of(head[i], due[i]);
        if (head[i]->has_ack) {
            size_t known = capture_stream_index(half[1 - i], head[i]->ack);
            seen[i] = known > seen[i] ? known : seen[i];
        }
        flow->pieces.at[flow->pieces.count++] = (struct flow_piece){
            .side = i ? CAPTURE_SERVER : CAPTURE_CLIENT,
            .at = head[i]->index,
            .len = head[i]->len,
            .seen = seen[i],
            .packet = due[i],
            .time = head[i]->time,
            .latest = head[i]->latest,
        };
        next[i]++;
    }
}

static void wipe(struct slot *s)
{
    capture_stream_wipe(&s->half[0]);
    capture_stream_wipe(&s->half[1]);
    arena_free(s->arena);
    s->arena = NULL;
}

/* Asking the system for memory and giving it back costs as much as reading a connection: the slots that
   were in use last, which are taken again first, keep theirs. */
static void release(struct capture_flows *f, struct slot *s)
{
    if (f->spare >= SPARE_SLOTS) {
        wipe(s);
        return;
    }
    f->spare++;
    arena_reset(s->arena);
    capture_stream_renew(&s->half[0], s->arena, SPARE_OCTETS);
    capture_stream_renew(&s->half[1], s->arena, SPARE_OCTETS);
}

static err hand_over(struct capture_flows *f, uint32_t n, const char *cut)
{
    struct slot *s = &f->slots[n];
    unsigned client = client_half(s);
    struct capture_flow flow = s->flow;
    flow.syn = s->syn[0] || s->syn[1];
    flow.cut = cut;
    flow.arena = f->telling;
    if (!cut && (s->half[0].full || s->half[1].full)) {
        flow.cut = "more octets or pieces than are kept for one connection";
    }
    fill_side(s, client, &flow.side[CAPTURE_CLIENT]);
    fill_side(s, 1 - client, &flow.side[CAPTURE_SERVER]);
    merge_pieces(s, client, &flow);
    err e = f->done(f->context, &flow);
    arena_reset(f->telling);
    unchain(f, n);
    f->held -= s->counted;
    release(f, s);
    list_move(f, n, LIST_FREE);
    return e;
}

/* One of those that have to go first; cut: said of it if it is still open. */
static err hand_over_oldest(struct capture_flows *f, const char *cut)
{
    static const enum slot_list order[] = {LIST_WHOLE, LIST_CLOSED, LIST_OPEN};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        uint32_t n = f->lists[order[i]].oldest;
        if (n != NO_SLOT) {
            return hand_over(f, n, order[i] == LIST_OPEN ? cut : NULL);
        }
    }
    return OK;
}

/* ---- reading ---- */

struct capture_flows *capture_flows_new(const struct capture_limits *limits, capture_flow_done *done,
                                        void *context, struct arena *arena)
{
    struct capture_flows *f = ARENA_NEW(arena, struct capture_flows);
    *f = (struct capture_flows){.limits = *limits, .done = done, .context = context, .arena = arena, .telling = arena_new()};
    CHECK(limits->open_flows > 0 && limits->open_flows < NO_SLOT);
    f->slots = arena_take_array(arena, limits->open_flows, sizeof *f->slots);
    f->buckets = arena_take_array(arena, BUCKETS, sizeof *f->buckets);
    for (size_t i = 0; i < BUCKETS; i++) {
        f->buckets[i] = NO_SLOT;
    }
    for (size_t i = 0; i < LIST_COUNT; i++) {
        f->lists[i] = (struct list){NO_SLOT, NO_SLOT};
    }
    for (uint32_t i = 0; i < limits->open_flows; i++) {
        list_append(f, i, LIST_FREE);
    }
    return f;
}

static err begin(struct capture_flows *f, const struct capture_packet *p, uint32_t *n)
{
    if (f->lists[LIST_FREE].oldest == NO_SLOT) {
        TRY(hand_over_oldest(f, "too many connections were open at once"));
    }
    *n = f->lists[LIST_FREE].newest;
    struct slot *s = &f->slots[*n];
    struct slot before = *s;
    *s = (struct slot){.arena = before.arena ? before.arena : arena_new(),
                       .flow = {.stream = f->next_stream++, .first_packet = p->number, .begin = p->at,
                                .side = {{.host = p->from, .port = p->from_port}, {.host = p->to, .port = p->to_port}}},
                       .half = {before.half[0], before.half[1]}, .moved = p->at, .last = 2, .list = before.list,
                       .older = before.older, .newer = before.newer};
    for (unsigned i = 0; i < 2 && !before.arena; i++) {
        capture_stream_init(&s->half[i], s->arena, f->limits.flow_octets);
    }
    f->spare -= before.arena != NULL;
    uint32_t *bucket = &f->buckets[bucket_of(&p->from, p->from_port, &p->to, p->to_port)];
    s->chain = *bucket;
    *bucket = *n;
    list_move(f, *n, LIST_OPEN);
    return OK;
}

/* A SYN on ports that are in use begins a new connection, unless it is the old one's again. */
static bool begins_anew(const struct slot *s, unsigned half, const struct capture_packet *p)
{
    if (!p->syn || p->has_ack) {
        return false;
    }
    if (s->syn[half]) {
        return s->isn[half] != p->seq;
    }
    /* without a SYN of its own so far: its data may just have been captured first */
    return s->list != LIST_OPEN || !capture_stream_plausible(&s->half[half], p->seq);
}

static void take_syn(struct slot *s, unsigned half, const struct capture_packet *p)
{
    if (!s->syn[half]) {
        s->syn[half] = true;
        s->isn[half] = p->seq;
        capture_stream_syn(&s->half[half], p->seq);
    }
    if (!s->client_known) {
        s->client_known = true;
        s->client = p->has_ack ? 1 - half : half;
    }
}

static void take_end(struct capture_flows *f, uint32_t n, unsigned half, const struct capture_packet *p)
{
    struct slot *s = &f->slots[n];
    if (p->fin) {
        capture_stream_fin(&s->half[half], p->seq + (uint32_t)p->payload_said);
    }
    bool rst = p->rst && capture_stream_plausible(&s->half[half], p->seq);
    struct flow_side *side = s->flow.side;
    if ((p->fin || rst) && side[half].end.how == CLOSE_NONE) {
        side[half].end = (struct flow_end){p->fin ? CLOSE_FIN : CLOSE_RST, p->number, p->at};
    }
    bool both = side[0].end.how != CLOSE_NONE && side[1].end.how != CLOSE_NONE;
    if ((both || rst) && s->list == LIST_OPEN) {
        list_move(f, n, LIST_CLOSED);
    }
}

static void take_segment(struct capture_flows *f, uint32_t n, unsigned half,
                         const struct capture_packet *p)
{
    struct slot *s = &f->slots[n];
    s->flow.packets++;
    s->flow.end = p->at > s->flow.end ? p->at : s->flow.end;
    /* moved for each packet, its neighbours would be fetched into the cache for each packet */
    if (s->list == LIST_OPEN && (p->at - s->moved) / NANOS_PER_MILLI > f->limits.idle / IDLE_PARTS) {
        list_move(f, n, LIST_OPEN);
        s->moved = p->at;
    }
    if (p->fragment && !s->flow.fragment) {
        s->flow.fragment = p->number;
    }
    if (p->syn) {
        take_syn(s, half, p);
    }
    if (p->has_ack && !p->rst) {
        capture_stream_acked(&s->half[1 - half], p->ack);
    }
    /* what follows a RST in its own direction is text for people, RFC 9293 3.5.3 */
    if (p->payload.len > 0 && !p->rst) {
        uint32_t seq = p->syn ? p->seq + 1 : p->seq;
        capture_stream_add(&s->half[half],
                           &(struct stream_segment){seq, p->has_ack, p->ack, p->payload, p->number,
                                                    p->at, s->last == half});
        s->last = half;
    }
    if (p->fin || p->rst) {
        take_end(f, n, half, p);
    }
    if (s->list == LIST_CLOSED && capture_stream_whole(&s->half[0]) && capture_stream_whole(&s->half[1])) {
        list_move(f, n, LIST_WHOLE);
    }
    size_t now = capture_stream_octets(&s->half[0]) + capture_stream_octets(&s->half[1]);
    f->held += now - s->counted;
    s->counted = now;
}

static err give_up_idle(struct capture_flows *f, instant now)
{
    uint32_t n;
    while ((n = f->lists[LIST_WHOLE].oldest) != NO_SLOT && now - f->slots[n].flow.end > LINGER_WHOLE) {
        TRY(hand_over(f, n, NULL));
    }
    while ((n = f->lists[LIST_CLOSED].oldest) != NO_SLOT && now - f->slots[n].flow.end > LINGER) {
        TRY(hand_over(f, n, NULL));
    }
    while ((n = f->lists[LIST_OPEN].oldest) != NO_SLOT &&
           (now - f->slots[n].flow.end) / NANOS_PER_MILLI > f->limits.idle) {
        TRY(hand_over(f, n, "idle for too long"));
    }
    return OK;
}

err capture_flows_add(struct capture_flows *f, const struct capture_packet *p)
{
    TRY(give_up_idle(f, p->at));
    unsigned half = 0;
    uint32_t n = find(f, p, &half);
    if (n != NO_SLOT && begins_anew(&f->slots[n], half, p)) {
        bool open = f->slots[n].list == LIST_OPEN;
        TRY(hand_over(f, n, open ? "its ports were used for a new connection" : NULL));
        n = NO_SLOT;
    }
    if (n == NO_SLOT) {
        /* late acknowledgements of a flow that is gone begin nothing */
        if (!p->syn && p->payload.len == 0) {
            return OK;
        }
        half = 0;
        TRY(begin(f, p, &n));
    }
    take_segment(f, n, half, p);
    while (f->held > f->limits.total_octets) {
        TRY(hand_over_oldest(f, "the open connections hold more octets than are kept"));
    }
    return OK;
}

struct place {
    uint64_t stream;
    uint32_t slot;
};

static int by_stream(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    return (x->stream > y->stream) - (x->stream < y->stream);
}

err capture_flows_end(struct capture_flows *f)
{
    VEC(struct place) left = {0};
    for (uint32_t i = 0; i < f->limits.open_flows; i++) {
        if (f->slots[i].list != LIST_FREE) {
            *vec_push(f->arena, &left) = (struct place){f->slots[i].flow.stream, i};
        }
    }
    if (left.count) {
        qsort(left.at, left.count, sizeof *left.at, by_stream);
    }
    for (size_t i = 0; i < left.count; i++) {
        uint32_t n = left.at[i].slot;
        TRY(hand_over(f, n, f->slots[n].list == LIST_OPEN ? "the capture ends before it does" : NULL));
    }
    return OK;
}

size_t capture_flows_held(const struct capture_flows *f)
{
    return f->held;
}

void capture_flows_free(struct capture_flows *f)
{
    if (!f) {
        return;
    }
    for (uint32_t i = 0; i < f->limits.open_flows; i++) {
        if (f->slots[i].arena) {
            wipe(&f->slots[i]);
        }
    }
    arena_free(f->telling);
    f->telling = NULL;
}

err capture_read(struct recording *c, const struct capture_limits *limits, capture_flow_done *done,
                 void *context, struct capture_totals *totals)
{
    *totals = (struct capture_totals){.why_broken = ""};
    struct arena *arena = arena_new();
    struct capture_flows *f = capture_flows_new(limits, done, context, arena);
    err e = OK;
    for (bool end = false;;) {
        struct capture_frame frame;
        e = recording_next(c, &frame, &end);
        if (failed(e) || end) {
            break;
        }
        totals->packets++;
        struct capture_packet p;
        const char *why;
        enum packet_kind kind = capture_packet_read(&frame, &p, &why);
        if (kind == PACKET_BROKEN && totals->broken++ == 0) {
            totals->first_broken = p.number;
            totals->why_broken = why;
        }
        if (kind == PACKET_OTHER && *why && !totals->first_carried) {
            totals->first_carried = p.number;
            totals->carrier = why;
        }
        if (kind == PACKET_TCP) {
            e = capture_flows_add(f, &p);
            if (failed(e)) {
                break;
            }
        }
    }
    if (!failed(e)) {
        e = capture_flows_end(f);
    }
    totals->flows = f->next_stream;
    capture_flows_free(f);
    arena_free(arena);
    return e;
}
