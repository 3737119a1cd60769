/* Claims: a record that was cut or changed anywhere is none, nor one of another generation; what is skipped says so
   itself; a record names no place outside the spool. */
#include "ref/spool/intake.h"

#include <criterion/criterion.h>

/* As octets, in arena. */
static span written(const struct spool_intake_record *r, uint64_t generation, struct arena *arena)
{
    size_t size = spool_intake_record_size(r);
    void *at = arena_take(arena, size);
    spool_intake_record_write(at, r, spool_intake_record_sum(r), generation);
    return span_of(at, size);
}

Test(spool_intake_record, a_record_is_whole_or_nothing)
{
    struct arena *arena = arena_new();
    struct spool_intake_record r = {SPOOL_INTAKE_ARRIVED, "fast/input/V", "1xUtVV-0003D5-1r",
                                    SPAN("1xUtVV-0003D5-1r-D\nbody\n"), SPAN("1xUtVV-0003D5-1r-H\n")};
    span whole = written(&r, 7, arena), rest = whole;
    unsigned char *octets = arena_take(arena, whole.len);
    memcpy(octets, whole.at, whole.len);
    struct spool_intake_record back;
    cr_assert(spool_intake_record_read(&rest, 7, arena, &back));
    cr_expect_eq(rest.len, 0);
    cr_expect_str_eq(back.place, r.place);
    cr_expect_str_eq(back.id, r.id);
    cr_expect(span_eq(back.data, r.data) && span_eq(back.header, r.header));
    rest = whole;
    cr_expect_not(spool_intake_record_read(&rest, 8, arena, &back), "of another generation");
    for (size_t i = 0; i < whole.len; i++) {
        rest = span_first(whole, i);
        cr_expect_not(spool_intake_record_read(&rest, 7, arena, &back), "%zu octets", i);
        octets[i] ^= 0x20;
        rest = span_of(octets, whole.len);
        cr_expect_not(spool_intake_record_read(&rest, 7, arena, &back), "octet %zu is another", i);
        octets[i] ^= 0x20;
    }
    arena_free(arena);
}

Test(spool_intake_record, what_is_skipped_is_of_the_same_generation_and_whole)
{
    static const struct {
        const char *label;
        size_t skip, left; /* what is said to be skipped, and what is in front of the record */
        uint64_t generation;
        bool found;
    } rows[] = {
        {"the least", SPOOL_INTAKE_SKIP_LEAST, SPOOL_INTAKE_SKIP_LEAST, 7, true},
        {"most of a block", 4000, 4000, 7, true},
        {"too little for one", 32, SPOOL_INTAKE_SKIP_LEAST, 7, false},
        {"of another generation", 4000, 4000, 6, false},
        {"into the record", 4000, 3992, 7, false},
        {"more than there is", 4000 + 256, 4000, 7, false},
    };
    struct arena *arena = arena_new();
    struct spool_intake_record r = {SPOOL_INTAKE_GONE, "input", "1xUtVV-0003D5-1r", SPAN_EMPTY, SPAN_EMPTY};
    span record = written(&r, 7, arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char octets[8192];
        struct spool_intake_record back;
        memset(octets, 0xa5, sizeof octets);
        spool_intake_skip_write(octets, rows[i].skip, rows[i].generation);
        memcpy(octets + rows[i].left, record.at, record.len);
        span rest = span_of(octets, rows[i].left + record.len);
        cr_expect_eq(spool_intake_record_read(&rest, 7, arena, &back), rows[i].found, "%s", rows[i].label);
    }
    arena_free(arena);
}

Test(spool_intake_record, a_place_is_in_the_spool)
{
    static const struct {
        const char *place;
        bool fits;
    } rows[] = {
        {"input", true},       {"input/V", true},       {"fast/input", true}, {"fast/input/a", true},
        {"", false},           {"..", false},           {"../input", false},  {"input/..", false},
        {"input/ab", false},   {"input/a/b", false},    {"a/b/input", false}, {"fast", false},
        {"/input", false},     {"input/", false},       {"fast//input", false},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spool_intake_record back;
        struct spool_intake_record r = {SPOOL_INTAKE_GONE, rows[i].place, "1xUtVV-0003D5-1r", SPAN_EMPTY, SPAN_EMPTY};
        span rest = written(&r, 1, arena);
        cr_expect_eq(spool_intake_record_read(&rest, 1, arena, &back), rows[i].fits, "\"%s\"", rows[i].place);
    }
    arena_free(arena);
}
