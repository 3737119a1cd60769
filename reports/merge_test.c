/* Shards made one: the same whatever their order, and refused where they are not of one run. */
#include "reports/merge.h"

#include "reports/formats.h"
#include "reports/sample_test.h"

#include <criterion/criterion.h>

/* The sample's cases dealt out to two shards. */
static void deal(struct arena *arena, report_parts *parts)
{
    struct report whole;
    sample_report(&whole, arena);
    for (unsigned n = 0; n < 2; n++) {
        struct report_part *p = vec_push(arena, parts);
        *p = (struct report_part){n ? "b/report.json" : "a/report.json", whole};
        p->report.shard = n ? "2/2" : "1/2";
        p->report.started += (instant)n * NANOS_PER_SECOND;
        p->report.cases.at = NULL;
        p->report.cases.count = p->report.cases.room = 0;
        for (size_t i = n; i < whole.cases.count; i += 2) {
            vec_add(arena, &p->report.cases, whole.cases.at[i]);
        }
    }
}

static span written(const struct report *r, struct arena *arena)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    report_write(report_format_find(SPAN("json")), r, (struct report_style){0}, &b);
    return buf_settle(&b, arena);
}

Test(reports_merge, shards_make_the_report_of_one_worker)
{
    struct arena *arena = arena_new();
    report_parts parts = {0}, turned = {0};
    struct report one, merged, other;
    deal(arena, &parts);
    vec_add(arena, &turned, parts.at[1]);
    vec_add(arena, &turned, parts.at[0]);
    sample_report(&one, arena);
    one.command = NULL; /* that of one shard is not that of the whole */
    cr_assert_not(failed(report_merge(&parts, arena, &merged)));
    cr_expect(span_eq(written(&merged, arena), written(&one, arena)));
    cr_assert_not(failed(report_merge(&turned, arena, &other)));
    cr_expect(span_eq(written(&merged, arena), written(&other, arena)), "in any order");
    arena_free(arena);
}

Test(reports_merge, a_shard_that_was_cut_short_makes_a_whole_that_is)
{
    struct arena *arena = arena_new();
    report_parts parts = {0};
    struct report merged;
    deal(arena, &parts);
    parts.at[1].report.complete = false;
    cr_assert_not(failed(report_merge(&parts, arena, &merged)));
    cr_expect_eq(report_exit(&merged, false), 5);
    arena_free(arena);
}

Test(reports_merge, what_is_no_part_of_the_run_is_refused_with_a_remedy)
{
    static const struct {
        const char *label;
        const char *shard, *id, *tool, *selection, *version;
        uint64_t seed;
        const char *says;
    } rows[] = {
        {"the same shard", "1/2", "77", "0.1.0", "11-8899aabbccddeeff", "refmta 0.1.0", 4711,
         "a/report.json and b/report.json are both shard 1/2; give each shard once"},
        {"of three", "2/3", "77", "0.1.0", "11-8899aabbccddeeff", "refmta 0.1.0", 4711,
         "have the same number behind the stroke"},
        {"a whole", NULL, "77", "0.1.0", "11-8899aabbccddeeff", "refmta 0.1.0", 4711,
         "b/report.json is a whole run, not a shard"},
        {"no fraction", "2", "77", "0.1.0", "11-8899aabbccddeeff", "refmta 0.1.0", 4711,
         "should be i/n"},
        {"larger than the whole", "3/2", "77", "0.1.0", "11-8899aabbccddeeff", "refmta 0.1.0", 4711,
         "should be i/n"},
        {"another CI run", "2/2", "78", "0.1.0", "11-8899aabbccddeeff", "refmta 0.1.0", 4711,
         "by their run ids (77 and 78): give all shards the same --run-id"},
        {"no run id", "2/2", NULL, "0.1.0", "11-8899aabbccddeeff", "refmta 0.1.0", 4711,
         "(77 and none)"},
        {"another assay", "2/2", "77", "0.2.0", "11-8899aabbccddeeff", "refmta 0.1.0", 4711,
         "run all shards with the same assay"},
        {"other cases", "2/2", "77", "0.1.0", "12-8899aabbccddeeff", "refmta 0.1.0", 4711,
         "the same paths, targets and options"},
        {"another seed", "2/2", "77", "0.1.0", "11-8899aabbccddeeff", "refmta 0.1.0", 1,
         "the same --seed"},
        {"another target", "2/2", "77", "0.1.0", "11-8899aabbccddeeff", "refmta 0.2.0", 4711,
         "run all shards against the same version"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        report_parts parts = {0};
        struct report merged;
        deal(arena, &parts);
        struct report *b = &parts.at[1].report;
        b->shard = rows[i].shard;
        b->run_id = rows[i].id;
        b->tool = rows[i].tool;
        b->selection = rows[i].selection;
        b->seed = rows[i].seed;
        b->targets = (__typeof__(b->targets)){0};
        *vec_push(arena, &b->targets) = (struct report_target){.name = "ref",
                                                               .version = rows[i].version};
        err e = report_merge(&parts, arena, &merged);
        cr_assert(failed(e), "%s", rows[i].label);
        cr_expect_eq(e.kind, ERR_SYNTAX);
        cr_expect(strstr(e.what, rows[i].says), "%s: %s", rows[i].label, e.what);
        arena_free(arena);
    }
}

Test(reports_merge, nothing_and_half_are_refused)
{
    struct arena *arena = arena_new();
    report_parts parts = {0}, half = {0}, twice = {0};
    struct report merged;
    cr_expect(failed(report_merge(&parts, arena, &merged)));
    deal(arena, &parts);
    vec_add(arena, &half, parts.at[1]);
    err e = report_merge(&half, arena, &merged);
    cr_assert(failed(e));
    cr_expect(strstr(e.what, "shard 1/2 is missing; give its report too, or run it again"), "%s",
              e.what);
    deal(arena, &twice);
    vec_add(arena, &twice.at[0].report.cases, twice.at[1].report.cases.at[0]);
    e = report_merge(&twice, arena, &merged);
    cr_assert(failed(e));
    cr_expect(strstr(e.what, "stand in the same place of the run"), "%s", e.what);
    arena_free(arena);
}

Test(reports_merge, a_single_whole_report_stays_what_it_is)
{
    struct arena *arena = arena_new();
    report_parts parts = {0};
    struct report merged;
    struct report_part *p = vec_push(arena, &parts);
    p->name = "report.json";
    sample_report(&p->report, arena);
    cr_assert_not(failed(report_merge(&parts, arena, &merged)));
    cr_expect_eq(merged.cases.count, (size_t)STATE_COUNT);
    arena_free(arena);
}
