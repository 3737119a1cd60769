/* Records of the intake as octets. A record counts only if it is whole: its check covers all of it and the
   generation of its half, so that what a crash cut short, and what an earlier generation left behind
   the end, is nothing. Numbers are the machine's own: the file never leaves it. */
#include "ref/spool/intake.h"

#include "ref/spool/id.h"

#include "base/buf.h"

#include <string.h>

#define HEAD_MARK UINT64_C(0x316b61746e692d73) /* "s-intak1" */
#define RECORD_MARK UINT32_C(0x64726f63)
#define ALIGNED 8
#define PLACE_MOST 64

struct head {
    uint64_t mark, generation, check;
};

struct fixed {
    uint32_t mark, size; /* of all of it, padded */
    uint64_t generation;
    uint64_t check;      /* of all of it, this being 0 */
    uint32_t data, header;
    uint8_t kind, place, id, zero[5];
};

/* FNV-1a, eight octets at a step: cheap, and a torn write changes it. */
static uint64_t check_of(uint64_t h, const void *at, size_t count)
{
    const unsigned char *p = at;
    for (; count >= 8; count -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = (h ^ word) * UINT64_C(0x100000001b3);
        h ^= h >> 29;
    }
    for (; count > 0; count--, p++) {
        h = (h ^ *p) * UINT64_C(0x100000001b3);
    }
    return h;
}
#define CHECK_START UINT64_C(0xcbf29ce484222325)

void spool_intake_head_write(struct buf *out, uint64_t generation)
{
    struct head h = {HEAD_MARK, generation, 0};
    unsigned char octets[SPOOL_INTAKE_HEAD] = {0};
    h.check = check_of(CHECK_START, &h, sizeof h);
    memcpy(octets, &h, sizeof h);
    buf_put(out, span_of(octets, sizeof octets));
}

uint64_t spool_intake_head_read(span head)
{
    struct head h;
    if (head.len < sizeof h) {
        return 0;
    }
    memcpy(&h, head.at, sizeof h);
    uint64_t said = h.check;
    h.check = 0;
    bool ours = h.mark == HEAD_MARK && said == check_of(CHECK_START, &h, sizeof h);
    return ours ? h.generation : 0;
}

void spool_intake_record_write(struct buf *out, const struct spool_intake_record *r, uint64_t generation)
{
    struct fixed f = {.mark = RECORD_MARK,
                      .generation = generation,
                      .data = (uint32_t)r->data.len,
                      .header = (uint32_t)r->header.len,
                      .kind = (uint8_t)r->kind,
                      .place = (uint8_t)strlen(r->place),
                      .id = (uint8_t)strlen(r->id)};
    size_t size = sizeof f + f.place + f.id + r->data.len + r->header.len;
    size_t padding = (ALIGNED - size % ALIGNED) % ALIGNED;
    f.size = (uint32_t)(size + padding);
    size_t start = out->len;
    buf_put(out, span_of(&f, sizeof f));
    buf_put_text(out, r->place);
    buf_put_text(out, r->id);
    buf_put(out, r->data);
    buf_put(out, r->header);
    buf_put(out, span_of("\0\0\0\0\0\0\0", padding));
    if (!buf_full(out)) {
        f.check = check_of(CHECK_START, out->at + start, f.size);
        memcpy(out->at + start, &f, sizeof f);
    }
}

static bool whole(span rest, uint64_t generation, struct fixed *f)
{
    if (rest.len < sizeof *f) {
        return false;
    }
    memcpy(f, rest.at, sizeof *f);
    uint64_t parts = (uint64_t)sizeof *f + f->place + f->id + f->data + f->header;
    if (f->mark != RECORD_MARK || f->generation != generation || f->size > rest.len ||
        f->size % ALIGNED != 0 || parts > f->size || f->size - parts >= ALIGNED ||
        (f->kind != SPOOL_INTAKE_ARRIVED && f->kind != SPOOL_INTAKE_GONE)) {
        return false;
    }
    struct fixed bare = *f;
    bare.check = 0;
    uint64_t check = check_of(CHECK_START, &bare, sizeof bare);
    return check_of(check, rest.at + sizeof bare, f->size - sizeof bare) == f->check;
}

/* [QUEUE/]input[/LETTER]: nothing that leads out of the spool. */
static bool place_fits(span place)
{
    span part;
    unsigned before = 0, behind = 0;
    bool more = true, input = false;
    while (more) {
        more = span_split(place, '/', &part, &place);
        if (part.len == 0 || part.at[0] == '.' || span_find_byte(part, '\0') != SPAN_NONE) {
            return false;
        }
        behind += input;
        if (behind > 0 && part.len != 1) {
            return false;
        }
        input = input || span_eq(part, SPAN("input"));
        before += !input;
    }
    return input && before <= 1 && behind <= 1;
}

bool spool_intake_record_read(span *rest, uint64_t generation, struct arena *arena,
                              struct spool_intake_record *r)
{
    struct fixed f;
    if (!whole(*rest, generation, &f)) {
        return false;
    }
    span at = span_from(span_first(*rest, f.size), sizeof f);
    span place = span_first(at, f.place);
    span id = span_first(span_from(at, f.place), f.id);
    at = span_from(at, (size_t)f.place + f.id);
    if (place.len > PLACE_MOST || !place_fits(place) || !spool_id_is(id)) {
        return false;
    }
    *r = (struct spool_intake_record){(enum spool_intake_kind)f.kind, arena_text(arena, place),
                                      arena_text(arena, id), span_first(at, f.data),
                                      span_first(span_from(at, f.data), f.header)};
    *rest = span_from(*rest, f.size);
    return true;
}
