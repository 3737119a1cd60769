/* Any octets as a capture file: reading ends, every flow's dialogue tiles its octets, opened with the secrets
   in the file or not, and what was drafted is drafted the same a second time, alone and beside itself. */
#include "pcap/block.h"
#include "pcap/made.h"
#include "pcap/to_scenario.h"

#include "base/check.h"

#include <unistd.h>

static void check_tiles(const struct dialogue *d, enum capture_side side)
{
    size_t at = 0;
    for (size_t i = 0; i < d->said[side].count; i++) {
        const struct said *s = &d->said[side].at[i];
        CHECK(s->at == at && s->len > 0);
        CHECK(s->turn < d->turns.count && d->turns.at[s->turn].side == side);
        CHECK(i >= d->turns.at[s->turn].first && i < d->turns.at[s->turn].behind);
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
        CHECK(i == 0 || d->turns.at[i - 1].side != t->side || dialogue_handshake(d) == i);
        at[t->side] += t->len;
    }
    CHECK(at[CAPTURE_CLIENT] == d->flow->side[CAPTURE_CLIENT].octets.len);
    CHECK(at[CAPTURE_SERVER] == d->flow->side[CAPTURE_SERVER].octets.len);
}

static void check_drafts(const struct dialogue *d, const struct dialogue *beside, struct arena *arena)
{
    struct draft draft[2];
    for (size_t i = 0; i < 2; i++) {
        struct draft_options o = {.capture = "f", .stem = "f", .names = redaction_new(arena), .beside = beside};
        err e = capture_to_scenario(d, &o, arena, &draft[i]);
        CHECK(failed(e) == (draft[i].text.len == 0));
    }
    CHECK(span_eq(draft[0].text, draft[1].text));
}

static err see(void *context, const struct capture_flow *flow)
{
    struct arena *arena = arena_new();
    for (unsigned i = 0; i < 2; i++) {
        struct dialogue d;
        dialogue_open(flow, i ? context : NULL, arena, &d);
        check_turns(&d);
        check_tiles(&d, CAPTURE_CLIENT);
        check_tiles(&d, CAPTURE_SERVER);
        check_drafts(&d, NULL, arena);
        check_drafts(&d, &d, arena);
    }
    arena_free(arena);
    return OK;
}

static err keep(void *context, span log)
{
    return capture_secrets_read(context, log, "fuzz");
}

static struct capture_secrets *secrets_in(int fd, struct arena *arena)
{
    struct capture_secrets *s = capture_secrets_new(arena);
    err e = capture_blocks_read(fd, keep, s, arena);
    (void)e; /* what was read before a mistake is used */
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct recording *r;
    int fd = made_fd(span_of(data, size));
    err e = made_open(fd, arena, &r);
    if (!failed(e)) {
        struct capture_limits limits = {.open_flows = 8, .flow_octets = 1 << 16, .total_octets = 1 << 18, .idle = 1000};
        struct capture_totals totals;
        e = capture_read(r, &limits, see, secrets_in(fd, arena), &totals);
        recording_close(r);
    }
    close(fd);
    arena_free(arena);
    return 0;
}
