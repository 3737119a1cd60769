/* Tag lists and base64: what the grammar of RFC 6376 3.2 and 2.10 takes and what it does not. */
#include "ref/seal/tags.h"

#include <criterion/criterion.h>

Test(tags, rules)
{
    static const struct {
        const char *label, *text, *why; /* why NULL: it is a list */
        size_t count;
    } rows[] = {
        {"one", "a=b", NULL, 1},
        {"trailing semicolon", "a=b; c=d;", NULL, 2},
        {"trailing blanks", "a=b; c=d; \r\n ", NULL, 2},
        {"blanks everywhere", " a =\r\n\tb ;\r\n c\t= d e ", NULL, 2},
        {"empty value", "a=; b=", NULL, 2},
        {"equals in a value", "b=aGk=; h=x", NULL, 2},
        {"names with digits", "a_1=x", NULL, 1},
        {"case matters", "a=1; A=2", NULL, 2},
        {"utf-8 value", "d=\xc3\xa9", NULL, 1},
        {"empty", "", "empty element", 0},
        {"semicolon alone", ";", "empty element", 0},
        {"empty element", "a=b;;c=d", "empty element", 0},
        {"no equals", "a=b; word; c=d", "element without \"=\"", 0},
        {"no name", "=b", "bad tag name", 0},
        {"name begins with a digit", "9a=b", "bad tag name", 0},
        {"name with a hyphen", "a-b=c", "bad tag name", 0},
        {"twice", "a=b; c=d; a=e", "a tag dup", 0},
        {"control", "a=b\x01", "bad octet in a value", 0},
        {"delete", "a=b\x7f", "bad octet in a value", 0},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seal_tags tags;
        const char *why;
        bool good = seal_tags_read(span_text(rows[i].text), arena, &tags, &why);
        cr_expect(good == (rows[i].why == NULL), "%s: %s", rows[i].label, why ? why : "taken");
        if (good) {
            cr_expect(tags.list.count == rows[i].count, "%s: %zu tags", rows[i].label,
                      tags.list.count);
        } else {
            cr_expect_str_eq(why, rows[i].why, "%s: %s", rows[i].label, why);
        }
    }
    arena_free(arena);
}

/* RFC 6376 3.2 has no limit; 150000 names make a list of a megabyte, and blanks
   behind them are read once. */
Test(tags, a_list_may_be_long_and_a_name_twice_is_still_found, .timeout = 20)
{
    struct arena *arena = arena_new();
    struct buf text;
    struct seal_tags tags;
    const char *why;
    buf_init(&text, 2 << 20);
    for (unsigned i = 0; i < 150000; i++) {
        buf_printf(&text, "x%u=;", i);
    }
    size_t end = text.len;
    for (unsigned i = 0; i < 500000; i++) {
        buf_put_byte(&text, ' ');
    }
    cr_expect(seal_tags_read(buf_span(&text), arena, &tags, &why));
    cr_expect(tags.list.count == 150000);
    text.len = end;
    buf_put_text(&text, "x299=");
    cr_expect_not(seal_tags_read(buf_span(&text), arena, &tags, &why));
    cr_expect_str_eq(why, "x299 tag dup");
    buf_wipe(&text);
    arena_free(arena);
}

Test(tags, nul_is_no_value)
{
    struct arena *arena = arena_new();
    struct seal_tags tags;
    const char *why;
    cr_expect_not(seal_tags_read(SPAN("a=b\0c"), arena, &tags, &why));
    arena_free(arena);
}

Test(tags, raw_value_is_all_between_the_signs)
{
    struct arena *arena = arena_new();
    struct seal_tags tags;
    const char *why;
    span text = SPAN("a=1; b = x\r\n y ; c=2");
    cr_assert(seal_tags_read(text, arena, &tags, &why));
    const struct seal_tag *b = seal_tag_find(&tags, "b");
    cr_expect(span_eq(b->raw, SPAN(" x\r\n y ")));
    cr_expect(span_eq(b->value, SPAN("x\r\n y")));
    cr_expect(span_eq(seal_tag_packed(b->value, arena), SPAN("xy")));
    arena_free(arena);
}

Test(tags, base64)
{
    static const struct {
        const char *text, *bytes; /* NULL: it is none */
    } rows[] = {
        {"aGVsbG8=", "hello"}, {"aGVs\r\n bG8=", "hello"}, {"aGVsbG8", "hello"},
        {"aGVsbG8h", "hello!"}, {"aGk=", "hi"}, {"YQ==", "a"}, {"YQ =\t=", "a"},
        {"", NULL}, {"=", NULL}, {"Y", NULL}, {"YQ=", NULL}, {"YQ===", NULL}, {"Y=Q=", NULL},
        {"aGk=aGk=", NULL}, {"a-k=", NULL}, {"****", NULL},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span bytes;
        bool good = seal_base64_read(span_text(rows[i].text), arena, &bytes);
        cr_expect(good == (rows[i].bytes != NULL), "%s", rows[i].text);
        if (good && rows[i].bytes != NULL) {
            cr_expect(span_eq(bytes, span_text(rows[i].bytes)), "%s", rows[i].text);
        }
    }
    arena_free(arena);
}
