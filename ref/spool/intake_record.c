/* Records of the intake as octets. A record counts only if it is whole: its check covers all of it and the
   generation of its half, so that what a crash cut short, and what an earlier generation left behind
   the end, is nothing. What it says is summed before anybody knows the generation, so that nobody waits
   for that. Numbers are the machine's own: the file never leaves it. */
#include "ref/spool/intake.h"

#include "ref/spool/id.h"

#include "base/buf.h"

#include <string.h>

#define HEAD_MARK UINT64_C(0x316b61746e692d73) /* "s-intak1" */
#define RECORD_MARK UINT32_C(0x64726f63)
#define ALIGNED 8
#define PLACE_MOST 64
#define SKIP 3 /* a kind of record: to the end of its size there is nothing */

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
_Static_assert(sizeof(struct fixed) == SPOOL_INTAKE_SKIP_LEAST, "a skip is a record with nothing in it");

#define CHECK_START UINT64_C(0xcbf29ce484222325)
#define CHECK_ODD UINT64_C(0x9e3779b97f4a7c15)

__extension__ typedef unsigned __int128 uint128;

/* Sixteen octets: one multiplication, of which both halves count. */
static uint64_t step(uint64_t h, const unsigned char *at)
{
    uint64_t words[2];
    memcpy(words, at, sizeof words);
    uint64_t first = words[0] ^ h;
    uint128 product = (uint128)first * (words[1] ^ CHECK_ODD);
    return ((uint64_t)product ^ (uint64_t)(product >> 64)) + first;
}

/* Two steps side by side, and how many octets there were: cheap, and a torn write changes it. */
static uint64_t check_of(uint64_t h, span octets)
{
    const unsigned char *p = octets.at, *end = p + octets.len;
    uint64_t beside = ~h;
    for (; end - p >= 32; p += 32) {
        h = step(h, p);
        beside = step(beside, p + 16);
    }
    unsigned char last[48] = {0};
    uint64_t numbers[2] = {octets.len, beside};
    memcpy(last, numbers, sizeof numbers);
    for (unsigned i = sizeof numbers; p < end; i++) {
        last[i] = *p++;
    }
    return step(step(step(h, last), last + 16), last + 32);
}

void spool_intake_head_write(void *at, uint64_t generation)
{
    struct head h = {HEAD_MARK, generation, 0};
    h.check = check_of(CHECK_START, span_of(&h, sizeof h));
    memset(at, 0, SPOOL_INTAKE_HEAD);
    memcpy(at, &h, sizeof h);
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
    bool ours = h.mark == HEAD_MARK && said == check_of(CHECK_START, span_of(&h, sizeof h));
    return ours ? h.generation : 0;
}

static size_t padded(size_t size)
{
    return size + (ALIGNED - size % ALIGNED) % ALIGNED;
}

size_t spool_intake_record_size(const struct spool_intake_record *r)
{
    return padded(sizeof(struct fixed) + strlen(r->place) + strlen(r->id) + r->data.len + r->header.len);
}

uint64_t spool_intake_record_sum(const struct spool_intake_record *r)
{
    uint64_t sum = check_of(CHECK_START, span_text(r->place));
    sum = check_of(sum, span_text(r->id));
    sum = check_of(sum, r->data);
    return check_of(sum, r->header);
}

static unsigned char *append(unsigned char *at, span octets)
{
    if (octets.len > 0) {
        memcpy(at, octets.at, octets.len);
    }
    return at + octets.len;
}

void spool_intake_record_write(void *at, const struct spool_intake_record *r, uint64_t sum, uint64_t generation)
{
    size_t size = spool_intake_record_size(r);
    struct fixed f = {.mark = RECORD_MARK,
                      .size = (uint32_t)size,
                      .generation = generation,
                      .data = (uint32_t)r->data.len,
                      .header = (uint32_t)r->header.len,
                      .kind = (uint8_t)r->kind,
                      .place = (uint8_t)strlen(r->place),
                      .id = (uint8_t)strlen(r->id)};
    f.check = check_of(sum, span_of(&f, sizeof f));
    unsigned char *end = append(at, span_of(&f, sizeof f));
    end = append(end, span_text(r->place));
    end = append(end, span_text(r->id));
    end = append(end, r->data);
    end = append(end, r->header);
    memset(end, 0, size - (size_t)(end - (unsigned char *)at));
}

void spool_intake_skip_write(void *at, size_t size, uint64_t generation)
{
    struct fixed f = {.mark = RECORD_MARK, .size = (uint32_t)size, .generation = generation, .kind = SKIP};
    f.check = check_of(CHECK_START, span_of(&f, sizeof f));
    memcpy(at, &f, sizeof f);
}

/* The fixed part of what is in front of rest, if all of that is there. */
static bool fixed_read(span rest, uint64_t generation, struct fixed *f)
{
    if (rest.len < sizeof *f) {
        return false;
    }
    memcpy(f, rest.at, sizeof *f);
    return f->mark == RECORD_MARK && f->generation == generation && f->size <= rest.len &&
           f->size >= sizeof *f && f->size % ALIGNED == 0;
}

static bool is_checked(const struct fixed *f, uint64_t sum)
{
    struct fixed bare = *f;
    bare.check = 0;
    return check_of(sum, span_of(&bare, sizeof bare)) == f->check;
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

static bool is_skip(span rest, uint64_t generation, struct fixed *f)
{
    return fixed_read(rest, generation, f) && f->kind == SKIP && is_checked(f, CHECK_START);
}

static span take(span *rest, size_t count)
{
    span taken = span_first(*rest, count);
    *rest = span_from(*rest, count);
    return taken;
}

bool spool_intake_record_read(span *rest, uint64_t generation, struct arena *arena,
                              struct spool_intake_record *r)
{
    struct fixed f;
    while (is_skip(*rest, generation, &f)) {
        *rest = span_from(*rest, f.size);
    }
    if (!fixed_read(*rest, generation, &f) || (f.kind != SPOOL_INTAKE_ARRIVED && f.kind != SPOOL_INTAKE_GONE)) {
        return false;
    }
    span at = span_from(span_first(*rest, f.size), sizeof f);
    span place = take(&at, f.place), id = take(&at, f.id);
    *r = (struct spool_intake_record){.kind = (enum spool_intake_kind)f.kind, .data = take(&at, f.data)};
    r->header = take(&at, f.header);
    if (r->header.len != f.header || at.len >= ALIGNED || !span_eq(at, span_of("\0\0\0\0\0\0\0", at.len)) ||
        place.len > PLACE_MOST || !place_fits(place) || !spool_id_is(id)) {
        return false;
    }
    r->place = arena_text(arena, place);
    r->id = arena_text(arena, id);
    if (!is_checked(&f, spool_intake_record_sum(r))) {
        return false;
    }
    *rest = span_from(*rest, f.size);
    return true;
}
