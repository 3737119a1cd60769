/* Ids: their form, and that no two are the same whatever the clock and the threads do. */
#include "ref/spool/id.h"

#include "base/task.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const char *take(struct spool_ids *ids)
{
    static char id[SPOOL_ID_ROOM];
    spool_id_take(ids, id);
    return id;
}

/* Seconds since 1970: the first six digits. */
static uint64_t seconds_of(span id)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    uint64_t value = 0;
    for (size_t i = 0; i < 6 && i < id.len; i++) {
        const char *digit = strchr(digits, id.at[i]);
        value = value * 62 + (digit ? (uint64_t)(digit - digits) : 0);
    }
    return value;
}

Test(spool_id, forms_that_exim_wrote)
{
    static const struct {
        const char *id;
        int64_t micros;
        uint32_t process;
    } rows[] = {
        /* id, time and process number as Debian's Exim 4.96 logged them */
        {"1xUtVV-0003D5-1r", 1795299869575972, 12343},
        {"1xUtVV-0003D9-2X", 1795299869785876, 12347},
        {"1xUtWQ-00046I-00", 1795299926002655, 15766},
        {"1xUtV3-0002qE-2s", 1795299841890254, 10926},
        {"000000-000000-00", 0, 0},
        {"000000-000001-3D", 999999, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct clock_still clock;
        struct spool_ids ids;
        clock_still_init(&clock, rows[i].micros * 1000, 0);
        spool_ids_init(&ids, &clock.clock, rows[i].process, 0);
        cr_expect_str_eq(take(&ids), rows[i].id);
    }
}

Test(spool_id, the_host_number_moves_the_last_part)
{
    struct clock_still clock;
    struct spool_ids ids;
    clock_still_init(&clock, 5 * NANOS_PER_MILLI, 0);
    spool_ids_init(&ids, &clock.clock, 1, 16);
    cr_expect_str_eq(take(&ids), "000000-000001-pd"); /* 16 * 200 + 1 = 51 * 62 + 39 */
}

Test(spool_id, a_standing_clock_gives_ever_new_ids_in_order)
{
    struct clock_still clock;
    struct spool_ids ids;
    char last[SPOOL_ID_ROOM] = "";
    clock_still_init(&clock, 1795299869 * NANOS_PER_SECOND, 0);
    spool_ids_init(&ids, &clock.clock, 4194303, 0);
    uint64_t first = seconds_of(span_text(take(&ids)));
    for (unsigned i = 0; i < 3 * SPOOL_ID_PER_TICK; i++) {
        const char *id = take(&ids);
        cr_expect(spool_id_is(span_text(id)), "%s", id);
        cr_expect_str_neq(id, last);
        strcpy(last, id);
    }
    cr_expect_eq(seconds_of(span_text(last)), first, "three ticks are within the second");
}

Test(spool_id, a_clock_that_goes_back_repeats_nothing)
{
    struct clock_still clock;
    struct spool_ids ids;
    char first[SPOOL_ID_ROOM];
    clock_still_init(&clock, 100 * NANOS_PER_SECOND, 0);
    spool_ids_init(&ids, &clock.clock, 7, 0);
    strcpy(first, take(&ids));
    clock_still_set(&clock, 99 * NANOS_PER_SECOND);
    cr_expect(strcmp(first, take(&ids)) != 0);
    cr_expect_eq(seconds_of(span_text(take(&ids))), 100);
}

#define THREADS 4
#define EACH 5000

struct taker {
    struct spool_ids *ids;
    char taken[EACH][SPOOL_ID_ROOM];
};

static void run_taker(void *arg)
{
    struct taker *t = arg;
    for (size_t i = 0; i < EACH; i++) {
        spool_id_take(t->ids, t->taken[i]);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

Test(spool_id, threads_never_get_the_same_one)
{
    static struct taker takers[THREADS];
    struct spool_ids ids;
    struct task_group *g = task_group_new(THREADS, 0);
    spool_ids_init(&ids, clock_system(), 1, 0);
    for (size_t i = 0; i < THREADS; i++) {
        takers[i].ids = &ids;
        cr_assert_not(failed(task_start(g, run_taker, &takers[i])));
    }
    task_group_free(g);
    char(*all)[SPOOL_ID_ROOM] = calloc(THREADS * EACH, SPOOL_ID_ROOM);
    for (size_t i = 0; i < THREADS; i++) {
        memcpy(all + i * EACH, takers[i].taken, sizeof takers[i].taken);
    }
    qsort(all, THREADS * EACH, SPOOL_ID_ROOM, by_text);
    for (size_t i = 1; i < THREADS * EACH; i++) {
        cr_expect_str_neq(all[i - 1], all[i]);
    }
    free(all);
}

Test(spool_id, both_lengths_are_read)
{
    static const struct {
        const char *text;
        size_t prefix;
        bool whole;
    } rows[] = {
        {"1xUtVV-0003D5-1r", 16, true},
        {"1xUtVV-0003D5-1r-H", 16, false},
        {"1xUtNn-000000001TL-42Sw", 23, true},
        {"1xUtNn-000000001TL-42Sw-D", 23, false},
        {"1xUtVV-0003D5-1", 0, false},
        {"1xUtVV_0003D5-1r", 0, false},
        {"1xUtVV-0003D5-1.", 0, false},
        {"", 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(spool_id_prefix(span_text(rows[i].text)), rows[i].prefix, "%s", rows[i].text);
        cr_expect_eq(spool_id_is(span_text(rows[i].text)), rows[i].whole, "%s", rows[i].text);
    }
    cr_expect_eq(seconds_of(SPAN("1xUtVV-0003D5-1r")), 1795299869);
}
