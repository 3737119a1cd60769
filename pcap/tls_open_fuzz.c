/* Three parts, each of the first two behind its length in two octets: a key log, what a client said in TLS,
   what a server said. Whatever they are: what is opened lies in pieces side by side, and is the same when
   every octet came in a packet of its own. */
#include "pcap/tls_open.h"

#include "base/check.h"
#include "base/cursor.h"

static void check_pieces(const struct capture_flow *f)
{
    size_t at[CAPTURE_SIDE_COUNT] = {0};
    for (size_t i = 0; i < f->pieces.count; i++) {
        const struct flow_piece *p = &f->pieces.at[i];
        CHECK(p->len > 0 && p->at == at[p->side]);
        CHECK(p->seen <= f->side[1 - p->side].octets.len);
        at[p->side] += p->len;
    }
    CHECK(at[CAPTURE_CLIENT] == f->side[CAPTURE_CLIENT].octets.len);
    CHECK(at[CAPTURE_SERVER] == f->side[CAPTURE_SERVER].octets.len);
}

static void add_pieces(struct capture_flow *f, struct arena *arena, size_t size)
{
    f->pieces.at = NULL;
    f->pieces.count = f->pieces.room = 0;
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        for (size_t at = 0; at < f->side[side].octets.len; at += size) {
            span piece = span_part(f->side[side].octets, at, size);
            *vec_push(arena, &f->pieces) = (struct flow_piece){.side = side, .at = at, .len = piece.len, .packet = 1};
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_of(span_of(data, size));
    span log, client;
    uint16_t len;
    if (!cursor_take_be16(&c, &len) || !cursor_take_count(&c, len, &log) || !cursor_take_be16(&c, &len) ||
        !cursor_take_count(&c, len, &client)) {
        return 0;
    }
    struct arena *arena = arena_new();
    struct capture_secrets *secrets = capture_secrets_new(arena);
    err e = capture_secrets_read(secrets, log, "log");
    struct capture_flow flow = {.syn = true};
    flow.side[CAPTURE_CLIENT].octets = client;
    flow.side[CAPTURE_SERVER].octets = cursor_rest(&c);
    const struct capture_flow *opened[2];
    for (size_t i = 0; i < 2; i++) {
        static const size_t begin[CAPTURE_SIDE_COUNT] = {0};
        struct capture_tls t;
        add_pieces(&flow, arena, i ? 1 : size);
        opened[i] = capture_tls_open(&flow, begin, failed(e) ? NULL : secrets, arena, &t);
        CHECK((opened[i] != NULL) == t.opened && (t.opened || t.why || failed(e)));
        if (opened[i]) {
            check_pieces(opened[i]);
        }
    }
    CHECK(!opened[0] == !opened[1]);
    for (unsigned side = 0; opened[0] && side < CAPTURE_SIDE_COUNT; side++) {
        CHECK(span_eq(opened[0]->side[side].octets, opened[1]->side[side].octets));
    }
    arena_free(arena);
    return 0;
}
