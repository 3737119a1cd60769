/* Parts of JSON texts, as they stand in them. */
#include "ref/expand/json.h"

#include <criterion/criterion.h>

Test(expand_json, members_and_elements_are_cut_out_as_spelled)
{
    static const struct {
        const char *text, *name;
        size_t number;
        const char *raw, *wrong;
    } rows[] = {
        {"{\"a\":1.0}", "a", 0, "1.0", NULL},
        {" { \"a\" : [ 1 , 2 ] , \"b\" : \"x,}\" } ", "b", 0, "\"x,}\"", NULL},
        {" { \"a\" : [ 1 , 2 ] , \"b\" : \"x,}\" } ", "a", 0, "[ 1 , 2 ]", NULL},
        {"{\"a\":{\"b\":2},\"b\":3}", "b", 0, "3", NULL},
        {"{\"a\":\"\\\"b\\\":9\",\"b\":3}", "b", 0, "3", NULL},
        {"{\"a\":\"\\\\\",\"b\":3}", "b", 0, "3", NULL},
        {"{\"a\":null}", "a", 0, "null", NULL},
        {"{\"a\":1}", "A", 0, NULL, NULL},
        {"{}", "a", 0, NULL, NULL},
        {"[]", "a", 0, NULL, "missing '{' wrapping object"},
        {"", "a", 0, NULL, "missing '{' wrapping object"},
        {"[1,\"2,]\",{\"a\":3}]", NULL, 2, "\"2,]\"", NULL},
        {"[1,\"2,]\",{\"a\":3}]", NULL, 3, "{\"a\":3}", NULL},
        {"[1,\"2,]\",{\"a\":3}]", NULL, 4, NULL, NULL},
        {"[ [] , [[]] ]", NULL, 2, "[[]]", NULL},
        {"[]", NULL, 1, NULL, NULL},
        {"{}", NULL, 1, NULL, "missing '[' wrapping array"},
        {"[1,]", NULL, 1, NULL, "bad JSON: unexpected token near ']' (octet 4),"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        span raw = SPAN_EMPTY;
        const char *wrong = NULL;
        span text = span_text(rows[i].text);
        bool there = rows[i].name
                         ? json_object_member(text, span_text(rows[i].name), arena, &raw, &wrong)
                         : json_array_element(text, rows[i].number, arena, &raw, &wrong);
        cr_expect(there == (rows[i].raw != NULL), "%s", rows[i].text);
        cr_expect(!there || span_eq(raw, span_text(rows[i].raw)), "%s: %.*s", rows[i].text,
                  SPAN_FMT(raw));
        cr_expect(span_eq(span_text(wrong), span_text(rows[i].wrong)), "%s: %s", rows[i].text,
                  wrong ? wrong : "");
    }
    arena_free(arena);
}
