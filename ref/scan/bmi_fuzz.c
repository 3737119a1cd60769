/* The list of verdicts in -H and what a process says of them: a list that is one is written back as it
   was read, and an answer settles no more verdicts than there are, each either whole or untouched. The
   input is the list, an empty line, and the answer. */
#include "base/buf.h"
#include "base/check.h"
#include "ref/scan/bmi.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void list_written(const struct bmi_verdicts *v, span list)
{
    struct buf out;
    buf_init(&out, list.len + 1);
    for (size_t i = 0; i < v->all.count; i++) {
        buf_put_text(&out, i > 0 ? ":" : "");
        buf_put(&out, v->all.at[i].base64);
    }
    CHECK(span_eq(buf_span(&out), list));
    buf_wipe(&out);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena *arena = arena_new();
    struct bmi_verdicts v;
    size_t next = 0, end = span_find(span_of(data, size), SPAN("\n\n"));
    span list = span_first(span_of(data, size), end);
    span answer = span_from(span_of(data, size), end == SPAN_NONE ? size : end + 2);
    if (bmi_list_read(list, arena, &v)) {
        list_written(&v, list);
        bool sense = bmi_answer_read(answer, &next, arena, &v);
        CHECK(next <= v.all.count);
        for (size_t i = 0; i < v.all.count; i++) {
            CHECK(i < next || !v.all.at[i].readable);
            CHECK(v.all.at[i].readable || (v.all.at[i].recipients.count == 0 && !v.all.at[i].drop));
        }
        CHECK(sense || answer.len > 0);
        (void)bmi_verdict_of(&v, SPAN("u"), SPAN("test.ex"));
    } else {
        CHECK(v.all.count == 0);
    }
    arena_free(arena);
    return 0;
}
