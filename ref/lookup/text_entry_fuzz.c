/* Targets: text_entry_next, text_entry_key, text_entry_value. Property: entries lie one behind the
   other in the text; a value has no line end, and begins and ends without blanks but where lines
   were joined; what is written from the entries (key in quotes, value on one line) reads back to
   the same keys and values. */
#include "base/buf.h"
#include "base/check.h"
#include "ref/lookup/text_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_quoted(struct buf *out, span key)
{
    buf_put_byte(out, '"');
    for (size_t i = 0; i < key.len; i++) {
        buf_printf(out, "\\x%02x", key.at[i]);
    }
    buf_put_byte(out, '"');
}

static bool plain(span value)
{
    return span_eq(value, span_trim_space(value)) && (value.len == 0 || value.at[0] != ':');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span text = span_of(data, size);
    struct arena *arena = arena_new();
    struct text_entry entry, again;
    for (size_t at = 0, before = 0; text_entry_next(text, &at, &entry); before = at) {
        CHECK(at > before && at <= size);
        span key = text_entry_key(&entry, arena), value = text_entry_value(&entry, false, arena);
        CHECK(span_find_byte(value, '\n') == SPAN_NONE);
        CHECK(text_entry_value(&entry, true, arena).len >= key.len);
        if (!plain(value)) {
            continue;
        }
        struct buf out;
        buf_init(&out, 8 * size + 64);
        put_quoted(&out, key);
        buf_put_text(&out, ": ");
        buf_put(&out, value);
        size_t start = 0;
        CHECK(text_entry_next(buf_span(&out), &start, &again));
        CHECK(span_eq(text_entry_key(&again, arena), key));
        CHECK(span_eq(text_entry_value(&again, false, arena), value));
        buf_wipe(&out);
    }
    arena_free(arena);
    return 0;
}
