/* Address lists of RFC 5322 3.4 and Appendix A. */
#include "ref/run/header_recipients.h"

#include <criterion/criterion.h>

Test(run_header_recipients, forms)
{
    static const struct {
        const char *label, *body;
        size_t count;
        const char *addresses[4];
    } rows[] = {
        {"one", " a@b.ex", 1, {"a@b.ex"}},
        {"name and brackets", " A Name <a@b.ex>, c@d.ex", 2, {"a@b.ex", "c@d.ex"}},
        {"quoted name with a comma", " \"Q, R\" <a@b.ex>", 1, {"a@b.ex"}},
        {"quoted local part", " \"a b\"@c.ex", 1, {"\"a b\"@c.ex"}},
        {"comments, nested", " (x (y, z)) a@b.ex (c)", 1, {"a@b.ex"}},
        {"group", " grp: a@b.ex, c@d.ex;, e@f.ex", 3, {"a@b.ex", "c@d.ex", "e@f.ex"}},
        {"empty group", " Undisclosed recipients:;", 0, {0}},
        {"source route", " <@x.ex,@y.ex:a@b.ex>", 1, {"a@b.ex"}},
        {"folded, and empty items", " a@b.ex,\n\t,c@d.ex,", 2, {"a@b.ex", "c@d.ex"}},
        {"comment behind brackets", " <a@b.ex> (, z)", 1, {"a@b.ex"}},
        {"blanks round the at sign", " a @ b . ex", 1, {"a@b.ex"}},
        {"IPv6 literal", " a@[IPv6:::1], b@b.ex", 2, {"a@[IPv6:::1]", "b@b.ex"}},
        {"two words are not joined", " a b@c.ex", 1, {"a b@c.ex"}},
        {"nobody", " <>", 0, {0}},
        {"escaped quote in a name", " \"a\\\"<x@y>\" <a@b.ex>", 1, {"a@b.ex"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct header_recipients found = {0};
        cr_expect(header_addresses_read(span_text(rows[i].body), arena, &found), "%s",
                  rows[i].label);
        cr_expect_eq(found.list.count, rows[i].count, "%s: %zu", rows[i].label, found.list.count);
        for (size_t n = 0; n < found.list.count && n < rows[i].count; n++) {
            cr_expect(span_eq(found.list.at[n], span_text(rows[i].addresses[n])), "%s: %.*s",
                      rows[i].label, SPAN_FMT(found.list.at[n]));
        }
        arena_free(arena);
    }
}

Test(run_header_recipients, damaged_fields_are_refused)
{
    static const char *const rows[] = {" \"a <b@c>", " (a b@c", " <a@b", " a@b>", " \"a\\", " <a@b.ex> <c@d.ex>"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct header_recipients found = {0};
        cr_expect_not(header_addresses_read(span_text(rows[i]), arena, &found), "%s", rows[i]);
        arena_free(arena);
    }
}
