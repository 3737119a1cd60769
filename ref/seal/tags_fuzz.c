/* A tag list that is read has names that differ, and written anew it is read as the same list; a value's
   raw place holds its value. */
#include "ref/seal/tags.h"

#include "base/check.h"
#include "ref/mail/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct seal_tags tags, again;
    const char *why;
    span text = span_of(data, size), bytes;
    if (seal_tags_read(text, arena, &tags, &why)) {
        struct buf out;
        buf_init(&out, 2 * size + 64);
        for (size_t i = 0; i < tags.list.count; i++) {
            const struct seal_tag *t = &tags.list.at[i];
            buf_printf(&out, "%.*s=", SPAN_FMT(t->name));
            buf_put(&out, t->value);
            buf_put_text(&out, ";");
            CHECK(t->raw.at >= text.at && t->raw.at + t->raw.len <= text.at + size);
            CHECK(span_has(t->raw, t->value));
        }
        CHECK(seal_tags_read(buf_span(&out), arena, &again, &why));
        CHECK(again.list.count == tags.list.count);
        for (size_t i = 0; i < tags.list.count; i++) {
            CHECK(span_eq(tags.list.at[i].name, again.list.at[i].name));
            CHECK(span_eq(tags.list.at[i].value, again.list.at[i].value));
        }
        buf_wipe(&out);
    }
    if (seal_base64_read(text, arena, &bytes)) {
        struct buf out;
        span back;
        buf_init(&out, 2 * size + 64);
        mail_base64_put(bytes, &out);
        CHECK(seal_base64_read(buf_span(&out), arena, &back) && span_eq(back, bytes));
        buf_wipe(&out);
    }
    arena_free(arena);
    return 0;
}
