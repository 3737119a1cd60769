/* Bytes of a connection, in and out. What is read is recorded at once and kept until a step has
   accounted for it; what is said is gathered so that a flight is one write, unless the text breaks
   it. That the peer is gone while we write is no verdict: the reply that is missing will be one. */
#include "harness/actor/stage.h"

enum {
    READ_OCTETS = 65536,
    HEARD_OCTETS = 1 << 20, /* at once: what never ends is looked at before it is all there */
    ROUND_OCTETS = 65536,        /* a repeated piece is written in rounds of about this size */
    RECORDED_OCTETS = 1024 * 1024 /* of one repeated piece, in the transcript */
};

static void saw_end(struct stage *g, struct conn *c, bool reset)
{
    if (!c->peer_shut || (reset && !c->peer_rst)) {
        (void)stage_saw(g, c, reset ? SAW_RST : SAW_EOF, conn_other(c));
        c->active = ++g->serial;
    }
    c->peer_shut = true;
    c->peer_rst = c->peer_rst || reset;
}

void conn_drain(struct stage *g, struct conn *c)
{
    size_t drained = 0;
    while (link_is_open(&c->link) && !c->connecting && !c->peer_shut && !g->ended &&
           !conn_awaits_tls(c) && drained < HEARD_OCTETS) {
        unsigned char *room = buf_reserve(&c->in, READ_OCTETS);
        if (room == NULL) {
            stage_end(g, PLAY_MISMATCH, stage_actor(g, c)->place,
                      arena_printf(g->arena, "%s says without end: more than the judge keeps",
                                   conn_peer(c)),
                      NULL);
            return;
        }
        size_t got = 0;
        enum link_state state = link_read(&c->link, room, READ_OCTETS, &got);
        conn_note_tls(g, c);
        if (state == LINK_AGAIN) {
            return;
        }
        if (state != LINK_MOVED) {
            saw_end(g, c, state == LINK_RST);
            return;
        }
        struct event *e = stage_saw(g, c, SAW_BYTES, conn_other(c));
        e->bytes = arena_copy(g->arena, span_of(room, got));
        if (c->hear < c->items.count) {
            e->place = c->items.at[c->hear]->place;
        }
        buf_add(&c->in, got);
        drained += got;
        c->active = ++g->serial;
    }
}

void conn_used(struct conn *c, size_t octets)
{
    buf_drop(&c->in, octets);
    c->scanned = 0;
}

bool conn_all_out(const struct conn *c)
{
    return c->group.len == 0 && c->out_at == c->out.count;
}

void conn_seal(struct stage *g, struct conn *c)
{
    if (c->group.len > 0) {
        struct outgoing *o = vec_push(g->arena, &c->out);
        *o = (struct outgoing){.bytes = arena_copy(g->arena, buf_span(&c->group)), .times = 1};
        buf_clear(&c->group);
    }
}

/* A short piece said very often goes out in long rounds, and a last short one. */
static void queue_rounds(struct stage *g, struct conn *c, span bytes, uint64_t times)
{
    uint64_t each = bytes.len < ROUND_OCTETS ? ROUND_OCTETS / bytes.len : 1;
    each = each < times ? each : times;
    struct buf round;
    buf_init(&round, SIZE_MAX);
    for (uint64_t i = 0; i < each; i++) {
        buf_put(&round, bytes);
    }
    span all = buf_settle(&round, g->arena);
    vec_add(g->arena, &c->out, ((struct outgoing){.bytes = all, .times = times / each}));
    if (times % each != 0) {
        span rest = span_first(all, (size_t)(times % each) * bytes.len);
        vec_add(g->arena, &c->out, ((struct outgoing){.bytes = rest, .times = 1}));
    }
}

static void record(struct stage *g, struct conn *c, span bytes, uint64_t times, struct place place)
{
    struct buf all;
    buf_init(&all, SIZE_MAX);
    buf_put(&all, bytes);
    for (uint64_t i = 1; i < times && all.len < RECORDED_OCTETS; i++) {
        buf_put(&all, bytes);
    }
    struct event *e = stage_saw(g, c, SAW_BYTES, c->own);
    e->bytes = arena_copy(g->arena, buf_span(&all));
    e->place = place;
    e->text = all.len / bytes.len < times ? "cut short: repeated further" : NULL;
    buf_wipe(&all);
}

void conn_send(struct stage *g, struct conn *c, span bytes, uint64_t times, struct place place)
{
    if (bytes.len == 0 || times == 0) {
        return;
    }
    record(g, c, bytes, times, place);
    if (times == 1) {
        buf_put(&c->group, bytes);
        return;
    }
    conn_seal(g, c);
    queue_rounds(g, c, bytes, times);
}

static bool write_some(struct stage *g, struct conn *c)
{
    struct outgoing *o = &c->out.at[c->out_at];
    size_t put = 0;
    enum link_state state = link_write(&c->link, span_from(o->bytes, o->at), &put);
    if (state == LINK_AGAIN) {
        return false;
    }
    if (state != LINK_MOVED) {
        c->out_at = c->out.count; /* nobody is there to take it */
        conn_drain(g, c);
        return false;
    }
    o->at += put;
    g->slept = 0;
    if (o->at == o->bytes.len) {
        o->at = 0;
        o->times--;
        c->out_at += o->times == 0;
    }
    return true;
}

void conn_flush(struct stage *g, struct conn *c)
{
    conn_seal(g, c);
    if (!link_is_open(&c->link) || c->connecting) {
        return;
    }
    while (c->out_at < c->out.count && write_some(g, c)) {
    }
}

void conn_close(struct stage *g, struct conn *c)
{
    if (link_is_open(&c->link) && !c->own_shut) {
        (void)stage_saw(g, c, SAW_EOF, c->own);
    }
    link_close(&c->link);
    c->over = true;
}

void conn_reset(struct stage *g, struct conn *c)
{
    (void)stage_saw(g, c, SAW_RST, c->own);
    link_reset(&c->link);
    c->over = true;
}
