/* Target: proof_tags_read. Property: a list that is read, written anew from its names and values, is
   read as the same; what lies between "=" and ";" is where the tag says. */
#include "base/check.h"
#include "harness/seal/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    proof_tags tags, again;
    const char *why;
    span text = span_of(data, size);
    if (proof_tags_read(text, arena, &tags, &why)) {
        struct buf out;
        buf_init(&out, 4 * size + 64);
        for (size_t i = 0; i < tags.count; i++) {
            const struct proof_tag *t = &tags.at[i];
            CHECK(t->from <= t->end && t->end <= text.len && text.at[t->from - 1] == '=');
            CHECK(t->end == text.len || text.at[t->end] == ';');
            buf_printf(&out, "%s%.*s=", i > 0 ? ";" : "", SPAN_FMT(t->name));
            buf_put(&out, t->value);
        }
        CHECK(proof_tags_read(buf_span(&out), arena, &again, &why) && again.count == tags.count);
        for (size_t i = 0; i < tags.count; i++) {
            CHECK(span_eq(tags.at[i].name, again.at[i].name));
            CHECK(span_eq(tags.at[i].value, again.at[i].value));
        }
        buf_wipe(&out);
    }
    arena_free(arena);
    return 0;
}
