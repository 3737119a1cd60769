/* Target: mail_fields_split. Property: the fields' texts, one behind the other, are the section;
   each is a section of one field by itself; unfolding leaves no line break before a blank, and no
   blank at the ends. */
#include "ref/mail/header.h"

#include "ref/mail/chars.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one_field(const struct mail_field *f, struct arena *arena)
{
    struct mail_fields alone;
    struct buf out;
    CHECK(!failed(mail_fields_split(f->text, arena, &alone)) && alone.list.count == 1);
    CHECK(f->name.len > 0 && f->type == mail_field_type(f->name));
    buf_init(&out, f->body.len + 1);
    mail_field_unfold(f->body, &out);
    span text = buf_span(&out);
    for (size_t i = 0; i + 1 < text.len; i++) {
        CHECK(text.at[i] != '\n' || !ascii_is_blank(text.at[i + 1]));
    }
    CHECK(text.len == 0 || (!ascii_is_blank(text.at[0]) && !ascii_is_blank(text.at[text.len - 1])));
    buf_wipe(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct mail_fields fields;
    span block = span_of(data, size);
    err e = mail_fields_split(block, arena, &fields);
    CHECK(!failed(e) || e.at < size);
    size_t pos = 0;
    for (size_t i = 0; !failed(e) && i < fields.list.count; i++) {
        CHECK(fields.list.at[i].text.at == block.at + pos);
        pos += fields.list.at[i].text.len;
        one_field(&fields.list.at[i], arena);
    }
    CHECK(failed(e) || pos == size);
    arena_free(arena);
    return 0;
}
