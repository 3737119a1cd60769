/* The first line of the input is a reason, the rest a baseline. What the update writes for a failed
   case can be read without mistakes, fits that case, and does not change when updated again. */
#include "reports/baseline.h"

#include "base/check.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1 };

static bool lists(const struct baseline *b, const char *id)
{
    for (size_t i = 0; i < b->entries.count; i++) {
        if (strcmp(b->entries.at[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    span rest = span_of(data, size);
    span reason = SPAN_EMPTY;
    (void)span_line(&rest, &reason);
    struct report r = {.complete = true};
    *vec_push(arena, &r.cases) = (struct report_case){
        .id = "a", .target = "t", .state = STATE_FAIL, .reason = arena_text(arena, reason)};

    struct baseline b;
    baseline_mistakes wrong = {0};
    baseline_read("b", rest, arena, &b, &wrong);
    for (size_t i = 0; i < wrong.count; i++) {
        CHECK(wrong.at[i].line > 0 && wrong.at[i].what);
    }
    if (wrong.count == 0) {
        const char *known[] = {"b"};
        struct baseline_known ids = {known, 1};
        struct buf once;
        struct buf twice;
        buf_init(&once, 1 << 22);
        buf_init(&twice, 1 << 22);
        baseline_update(&b, &ids, NOW, &r, NULL, false, &once);
        struct baseline again;
        baseline_read("b", buf_span(&once), arena, &again, &wrong);
        CHECK(wrong.count == 0 && lists(&again, "a"));
        baseline_update(&again, &ids, NOW, &r, NULL, false, &twice);
        CHECK(span_eq(buf_span(&once), buf_span(&twice)));
        baseline_apply(&again, &ids, NOW, NULL, arena, &r, &wrong);
        CHECK(r.cases.at[0].state == STATE_XFAIL);
        buf_wipe(&once);
        buf_wipe(&twice);
    }
    arena_free(arena);
    return 0;
}
