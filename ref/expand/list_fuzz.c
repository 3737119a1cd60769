/* Any text is a list; the items written with any separator read back as the same items. */
#include "ref/expand/match.h"

#include "base/check.h"
#include "base/vec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char separators[] = {':', ';', ',', '|', '\n', '!'};
    VEC(span) items = {0};
    struct arena *arena = arena_new();
    struct list_reader r = list_reader_of(span_of(data, size));
    span item;
    while (list_next(&r, arena, &item)) {
        vec_add(arena, &items, item);
    }
    unsigned char separator = separators[size % sizeof separators];
    bool splits = false;
    struct buf out;
    buf_init(&out, 4 * size + 16);
    buf_printf(&out, "<%c ", separator);
    for (size_t i = 0; i < items.count; i++) {
        /* A control character cannot be doubled. */
        splits |= separator == '\n' && span_find_byte(items.at[i], '\n') != SPAN_NONE;
        list_put(&out, separator, items.at[i], i == 0);
    }
    /* One empty item alone, or at the end, has nothing to be seen by. */
    bool blind = items.count > 0 && items.at[items.count - 1].len == 0;
    r = list_reader_of(buf_span(&out));
    for (size_t i = 0; i < items.count && !splits && !blind; i++) {
        CHECK(list_next(&r, arena, &item) && span_eq(item, items.at[i]));
    }
    CHECK(splits || blind || !list_next(&r, arena, &item));
    buf_wipe(&out);
    arena_free(arena);
    return 0;
}
