/* Target: the canonicalisers. Properties: what is canonical stays as it is, and line ends of a mailbox
   and of the wire give the same. */
#include "base/check.h"
#include "harness/seal/canon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static span body(enum proof_canon canon, span text, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 1 << 24);
    proof_body_canon(canon, text, &out);
    return buf_settle(&out, arena);
}

static span lf_only(span text, struct arena *arena)
{
    unsigned char *at = arena_take(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\r' || i + 1 >= text.len || text.at[i + 1] != '\n') {
            at[len++] = text.at[i];
        }
    }
    return span_of(at, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    span text = span_of(data, size);
    struct proof_message m;
    size_t octets = 0;
    for (int canon = 0; canon < 2; canon++) {
        span once = body((enum proof_canon)canon, text, arena);
        CHECK(span_eq(once, body((enum proof_canon)canon, once, arena)));
        CHECK(span_has(text, SPAN("\r\r\n")) ||
              span_eq(once, body((enum proof_canon)canon, lf_only(text, arena), arena)));
    }
    proof_message_read(text, arena, &m);
    for (size_t i = 0; i < m.fields.count; i++) {
        struct buf once, twice;
        octets += m.fields.at[i].text.len;
        buf_init(&once, 1 << 24);
        buf_init(&twice, 1 << 24);
        proof_field_canon(PROOF_RELAXED, m.fields.at[i].text, false, &once);
        proof_field_canon(PROOF_RELAXED, buf_span(&once), false, &twice);
        CHECK(span_eq(buf_span(&once), buf_span(&twice)));
        buf_wipe(&once);
        buf_wipe(&twice);
    }
    CHECK(octets + m.body.len <= size);
    arena_free(arena);
    return 0;
}
