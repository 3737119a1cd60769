/* How lists are separated, and who is in them. */
#include "ref/conf/host_list.h"

#include <criterion/criterion.h>

Test(conf_list, items_of_a_list)
{
    static const struct {
        const char *label, *text;
        size_t count;
        const char *items[4];
    } rows[] = {
        {"empty", "", 0, {0}},
        {"blanks", "  \t ", 0, {0}},
        {"one", "a", 1, {"a"}},
        {"two, trimmed", " a :  b ", 2, {"a", "b"}},
        {"trailing empty item is dropped", "a :", 1, {"a"}},
        {"a lone colon is one empty item", ":", 1, {""}},
        {"empty item in the middle", "a : : b", 3, {"a", "", "b"}},
        {"doubled separator is literal", "a::b : c", 2, {"a:b", "c"}},
        {"another separator", "<; ::1 ; a:b", 2, {"::1", "a:b"}},
        {"doubled other separator", "<; a;;b", 1, {"a;b"}},
        {"< and a letter is no separator", "<a : b", 2, {"<a", "b"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct conf_list list = conf_list_read(span_text(rows[i].text), arena);
        cr_expect_eq(list.count, rows[i].count, "%s: %zu items", rows[i].label, list.count);
        for (size_t n = 0; n < list.count && n < rows[i].count; n++) {
            cr_expect(span_eq(list.at[n], span_text(rows[i].items[n])), "%s: item %zu is %.*s",
                      rows[i].label, n, SPAN_FMT(list.at[n]));
        }
        arena_free(arena);
    }
}

Test(conf_host_list, who_is_in_it)
{
    static const struct {
        const char *label, *list, *peer;
        bool in;
    } rows[] = {
        {"empty list holds nobody", "", "192.0.2.1", false},
        {"star", "*", "192.0.2.1", true},
        {"star holds a local caller too", "*", NULL, true},
        {"empty item is a local caller", ":", NULL, true},
        {"empty item is no host", ":", "192.0.2.1", false},
        {"address", "192.0.2.1", "192.0.2.1", true},
        {"another address", "192.0.2.1", "192.0.2.2", false},
        {"network", "192.0.2.0/24", "192.0.2.255", true},
        {"outside the network", "192.0.2.0/25", "192.0.2.128", false},
        {"a bit inside an octet", "192.0.2.64/26", "192.0.2.127", true},
        {"/0", "0.0.0.0/0", "203.0.113.9", true},
        {"/0 of the other family", "0.0.0.0/0", "::1", false},
        {"IPv6", "<; 2001:db8::/32", "2001:db8:1::9", true},
        {"IPv6, other spelling", "<; 2001:0db8:0:0::1", "2001:db8::1", true},
        {"IPv4 in IPv6 form", "192.0.2.1", "::ffff:192.0.2.1", true},
        {"first hit decides", "!192.0.2.1 : 192.0.2.0/24", "192.0.2.1", false},
        {"the rest of that network", "!192.0.2.1 : 192.0.2.0/24", "192.0.2.2", true},
        {"no hit behind a negative item is yes", "!192.0.2.1", "192.0.2.2", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct host_list list;
        struct address peer;
        err e = host_list_read(span_text(rows[i].list), arena, &list);
        cr_assert_not(failed(e), "%s: %s", rows[i].label, e.what);
        bool has_peer = rows[i].peer != NULL;
        cr_assert(!has_peer || address_parse(span_text(rows[i].peer), 25, &peer));
        cr_expect_eq(host_list_match(&list, has_peer ? &peer : NULL), rows[i].in, "%s",
                     rows[i].label);
        arena_free(arena);
    }
}

Test(conf_host_list, what_it_cannot_hold_is_refused)
{
    static const char *const rows[] = {"192.0.2.0/33", "192.0.2.0/", "192.0.2.0/x"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct host_list list;
        cr_expect(failed(host_list_read(span_text(rows[i]), arena, &list)), "%s", rows[i]);
        arena_free(arena);
    }
}
