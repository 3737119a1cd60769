/* Scenario text. Properties: what is read without a mistake has one form; the form has the same form
   (idempotence), is read without a mistake too, and gives as many cases with the same ids and steps. */
#include "harness/scenario/read.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_steps(const steps *play)
{
    size_t n = play->count;
    for (size_t i = 0; i < play->count; i++) {
        n += play->at[i].replies.count + play->at[i].pieces.count + play->at[i].notes.reqs.count;
        for (size_t j = 0; j < play->at[i].branches.count; j++) {
            n += count_steps(&play->at[i].branches.at[j].play);
        }
    }
    return n;
}

static void check_same(const struct scenario *a, const struct scenario *b)
{
    CHECK(strcmp(a->id, b->id) == 0);
    CHECK(a->reqs.count == b->reqs.count && a->needs.count == b->needs.count);
    CHECK(a->sets.count == b->sets.count && a->actors.count == b->actors.count);
    CHECK(a->blocks.count == b->blocks.count && a->expects.count == b->expects.count);
    CHECK(a->sections.count == b->sections.count);
    for (size_t i = 0; i < a->blocks.count; i++) {
        CHECK(count_steps(&a->blocks.at[i].play) == count_steps(&b->blocks.at[i].play));
    }
    for (size_t i = 0; i < a->sections.count; i++) {
        CHECK(span_eq(a->sections.at[i].content, b->sections.at[i].content));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct scenario_set first = {0};
    struct scenario_set second = {0};
    mistakes wrong = {0};
    span text = span_of(data, size);
    /* A repetition may ask for much; what it gives is bounded, and tried in a unit test. */
    bool small = size <= 4096 && !span_has(text, SPAN("@*"));
    if (small && !failed(scenario_read_text(text, "f.scn", "f", arena, &first, &wrong)) &&
        wrong.count == 0) {
        struct buf once, twice;
        buf_init(&once, 1 << 20);
        buf_init(&twice, 1 << 20);
        CHECK(!failed(scenario_format(text, "f.scn", arena, &once, &wrong)));
        CHECK(wrong.count == 0);
        CHECK(!failed(scenario_format(buf_span(&once), "f.scn", arena, &twice, &wrong)));
        CHECK(wrong.count == 0);
        CHECK(span_eq(buf_span(&once), buf_span(&twice)));
        CHECK(!failed(scenario_read_text(buf_span(&once), "f.scn", "f", arena, &second, &wrong)));
        CHECK(wrong.count == 0 && first.cases.count == second.cases.count);
        for (size_t i = 0; i < first.cases.count; i++) {
            check_same(first.cases.at[i], second.cases.at[i]);
        }
        CHECK(!failed(scenario_lint_text(text, "f.scn", "f", arena, &wrong)));
        buf_wipe(&once);
        buf_wipe(&twice);
    }
    arena_free(arena);
    return 0;
}
