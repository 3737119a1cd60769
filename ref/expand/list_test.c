/* Claims about lists as text: what the items are, and that what is written reads back. */
#include "ref/expand/match.h"

#include <criterion/criterion.h>

static const char *items(struct arena *arena, const char *list)
{
    struct list_reader r = list_reader_of(span_text(list));
    struct buf out;
    span item;
    buf_init(&out, 1000);
    while (list_next(&r, arena, &item)) {
        buf_printf(&out, "[%.*s]", SPAN_FMT(item));
    }
    return buf_settle_text(&out, arena);
}

Test(expand_list, items_are_those_that_exim_finds)
{
    static const struct {
        const char *list, *items;
    } rows[] = {
        {"", ""},
        {" ", ""},
        {":", "[]"},
        {"a", "[a]"},
        {"a:", "[a]"},
        {"a: ", "[a]"},
        {":a", "[][a]"},
        {" a : b ", "[a][b]"},
        {"a::b:c", "[a:b][c]"},
        {"a::", "[a:]"},
        {"a: :b", "[a][][b]"},
        {"a: ::b", "[a][:b]"},
        {"a:::b", "[a:][b]"},
        {"<;a:b;c", "[a:b][c]"},
        {" <, b , a", "[b][a]"},
        {"<,", ""},
        {"< ,b , a", "[< ,b , a]"},
        {"<x b x a", "[<x b x a]"},
        {"<\n b\n\nc", "[b][][c]"},
        {"<\t a\tb", "[a][b]"},
        {"<", ""},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(items(arena, rows[i].list), rows[i].items, "%s", rows[i].list);
    }
    arena_free(arena);
}

Test(expand_list, a_text_that_an_item_begins_or_is_empty_stays_apart)
{
    static const struct {
        const char *a, *b, *list;
    } rows[] = {
        {"a", "b", "a:b"}, {"a", "", "a: "},       {"", "b", ":b"},
        {"a", ":b", "a: ::b"}, {":a", "b", "::a:b"}, {"a:", "b", "a:::b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 100);
        list_put(&out, ':', span_text(rows[i].a), true);
        list_put(&out, ':', span_text(rows[i].b), false);
        cr_expect(span_eq(buf_span(&out), span_text(rows[i].list)), "%s, not %.*s", rows[i].list,
                  SPAN_FMT(buf_span(&out)));
        buf_wipe(&out);
    }
}
