/* Targets: spool_intake_record_write, spool_intake_record_read, spool_intake_head_read.
   Property: octets of any kind are read without harm; a record made of them is read back as written, and behind it the
   octets again; written anew it is the same octets. */
#include "ref/spool/intake.h"

#include "base/buf.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_any(span octets, struct arena *arena)
{
    struct spool_intake_record r;
    span rest = span_from(octets, SPOOL_INTAKE_HEAD);
    uint64_t generation = spool_intake_head_read(octets);
    while (spool_intake_record_read(&rest, generation, arena, &r)) {
        CHECK(r.data.len + r.header.len <= octets.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf out, again;
    span octets = span_of(data, size);
    struct spool_intake_record back;
    size_t cut = size > 0 ? data[0] % size : 0;
    struct spool_intake_record r = {size % 2 ? SPOOL_INTAKE_ARRIVED : SPOOL_INTAKE_GONE,
                                    size % 3 ? "input" : "q/input/V", "1xUtVV-0003D5-1r",
                                    span_first(octets, cut), span_from(octets, cut)};
    read_any(octets, arena);
    buf_init(&out, 1 << 24);
    buf_init(&again, 1 << 24);
    spool_intake_head_write(&out, size + 1);
    spool_intake_record_write(&out, &r, size + 1);
    size_t end = out.len;
    buf_put(&out, octets);
    read_any(buf_span(&out), arena);
    span rest = span_from(buf_span(&out), SPOOL_INTAKE_HEAD);
    CHECK(spool_intake_head_read(buf_span(&out)) == size + 1);
    CHECK(spool_intake_record_read(&rest, size + 1, arena, &back));
    CHECK(span_eq(rest, octets) && span_eq(back.data, r.data) && span_eq(back.header, r.header));
    spool_intake_head_write(&again, size + 1);
    spool_intake_record_write(&again, &back, size + 1);
    CHECK(span_eq(buf_span(&again), span_first(buf_span(&out), end)));
    buf_wipe(&out);
    buf_wipe(&again);
    arena_free(arena);
    return 0;
}
