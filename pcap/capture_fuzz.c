/* Any octets as a capture file: reading ends, every flow's dialogue tiles its octets, and what was
   drafted is drafted the same a second time. */
#include "pcap/to_scenario.h"

#include "base/check.h"

static void check_tiles(const struct dialogue *d, enum capture_side side)
{
    size_t at = 0;
    for (size_t i = 0; i < d->said[side].count; i++) {
        const struct said *s = &d->said[side].at[i];
        CHECK(s->at == at && s->len > 0);
        CHECK(s->turn < d->turns.count && d->turns.at[s->turn].side == side);
        at += s->len;
    }
    CHECK(at == d->flow->side[side].octets.len);
}

static void check_turns(const struct dialogue *d)
{
    size_t at[CAPTURE_SIDE_COUNT] = {0};
    for (size_t i = 0; i < d->turns.count; i++) {
        const struct turn *t = &d->turns.at[i];
        CHECK(t->len > 0 && t->at == at[t->side] && t->heard == at[1 - t->side]);
        CHECK(i == 0 || d->turns.at[i - 1].side != t->side);
        at[t->side] += t->len;
    }
    CHECK(at[CAPTURE_CLIENT] == d->flow->side[CAPTURE_CLIENT].octets.len);
    CHECK(at[CAPTURE_SERVER] == d->flow->side[CAPTURE_SERVER].octets.len);
}

static err see(void *context, const struct capture_flow *flow)
{
    (void)context;
    struct arena *arena = arena_new();
    struct dialogue d;
    dialogue_read(flow, arena, &d);
    check_turns(&d);
    check_tiles(&d, CAPTURE_CLIENT);
    check_tiles(&d, CAPTURE_SERVER);
    struct draft draft[2];
    for (size_t i = 0; i < 2; i++) {
        struct draft_options o = {.capture = "f", .stem = "f", .names = redaction_new(arena)};
        err e = capture_to_scenario(&d, &o, arena, &draft[i]);
        CHECK(failed(e) == (draft[i].text.len == 0));
    }
    CHECK(span_eq(draft[0].text, draft[1].text));
    arena_free(arena);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct recording *r;
    err e = recording_open_bytes(span_of(data, size), "fuzz", arena, &r);
    if (!failed(e)) {
        struct capture_limits limits = {.open_flows = 8, .flow_octets = 1 << 16, .total_octets = 1 << 18, .idle = 1000};
        struct capture_totals totals;
        e = capture_read(r, &limits, see, NULL, &totals);
        recording_close(r);
    }
    arena_free(arena);
    return 0;
}
