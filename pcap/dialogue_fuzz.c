/* How the client's octets were cut into segments does not change the split: once in one segment, once
   octet by octet in random lengths. The input is client octets, a NUL line "\n\0\n", server octets. */
#include "pcap/dialogue.h"

#include "pcap/made.h"

#include "base/check.h"

struct kept {
    struct arena *arena;
    VEC(struct said) said[CAPTURE_SIDE_COUNT];
};

static err keep(void *context, const struct capture_flow *flow)
{
    struct kept *k = context;
    struct dialogue d;
    dialogue_read(flow, k->arena, &d);
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        size_t at = 0;
        for (size_t i = 0; i < d.said[side].count; i++) {
            CHECK(d.said[side].at[i].at == at);
            at += d.said[side].at[i].len;
            vec_add(k->arena, &k->said[side], d.said[side].at[i]);
        }
        CHECK(at == flow->side[side].octets.len);
    }
    return OK;
}

static void play(span client, span server, size_t step, struct arena *arena, struct kept *k)
{
    *k = (struct kept){.arena = arena};
    struct capture_limits limits = capture_limits_usual();
    limits.open_flows = 2;
    struct capture_flows *f = capture_flows_new(&limits, keep, k, arena);
    struct made_talk t;
    made_begin(&t, f);
    while (client.len || server.len) {
        size_t c = step && step < client.len ? step : client.len;
        size_t s = step && step < server.len ? step : server.len;
        if (s) {
            made_send(&t, false, MADE_A, span_first(server, s));
        }
        if (c) {
            made_send(&t, true, MADE_A, span_first(client, c));
        }
        client = span_from(client, c);
        server = span_from(server, s);
    }
    CHECK(!t.failed && !failed(capture_flows_end(f)));
    capture_flows_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span all = span_of(data, size > 4096 ? 4096 : size);
    size_t cut = span_find(all, span_of("\n\0\n", 3));
    span client = span_first(all, cut == SPAN_NONE ? all.len : cut + 1);
    span server = cut == SPAN_NONE ? SPAN_EMPTY : span_from(all, cut + 3);
    struct arena *arena = arena_new();
    struct kept whole, pieces;
    play(client, server, 0, arena, &whole);
    play(client, server, 1 + size % 5, arena, &pieces);
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        CHECK(whole.said[side].count == pieces.said[side].count);
        for (size_t i = 0; i < whole.said[side].count; i++) {
            const struct said *a = &whole.said[side].at[i];
            const struct said *b = &pieces.said[side].at[i];
            CHECK(a->kind == b->kind && a->len == b->len && a->code == b->code && a->partner == b->partner &&
                  a->whole == b->whole);
        }
    }
    arena_free(arena);
    return 0;
}
