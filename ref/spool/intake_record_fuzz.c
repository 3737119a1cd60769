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

/* A half that has this. */
static span half_of(const struct spool_intake_record *r, uint64_t generation, size_t skip, struct arena *arena)
{
    size_t behind = SPOOL_INTAKE_HEAD + skip, size = behind + spool_intake_record_size(r);
    unsigned char *at = arena_take(arena, size);
    memset(at, 0, size);
    spool_intake_head_write(at, generation);
    if (skip > 0) {
        spool_intake_skip_write(at + SPOOL_INTAKE_HEAD, skip, generation);
    }
    spool_intake_record_write(at + behind, r, spool_intake_record_sum(r), generation);
    return span_of(at, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct buf out;
    span octets = span_of(data, size);
    struct spool_intake_record back;
    size_t cut = size > 0 ? data[0] % size : 0, skip = size % 5 * SPOOL_INTAKE_SKIP_LEAST;
    struct spool_intake_record r = {size % 2 ? SPOOL_INTAKE_ARRIVED : SPOOL_INTAKE_GONE,
                                    size % 3 ? "input" : "q/input/V", "1xUtVV-0003D5-1r",
                                    span_first(octets, cut), span_from(octets, cut)};
    read_any(octets, arena);
    buf_init(&out, 1 << 24);
    span half = half_of(&r, size + 1, skip, arena);
    buf_put(&out, half);
    buf_put(&out, octets);
    read_any(buf_span(&out), arena);
    span rest = span_from(buf_span(&out), SPOOL_INTAKE_HEAD);
    CHECK(spool_intake_head_read(buf_span(&out)) == size + 1);
    CHECK(spool_intake_record_read(&rest, size + 1, arena, &back));
    CHECK(span_eq(rest, octets) && span_eq(back.data, r.data) && span_eq(back.header, r.header));
    CHECK(span_eq(half_of(&back, size + 1, skip, arena), half));
    buf_wipe(&out);
    arena_free(arena);
    return 0;
}
