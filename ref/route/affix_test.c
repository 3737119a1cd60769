/* An affix is taken off, and never the whole local part. */
#include "ref/route/affix.h"

#include <criterion/criterion.h>

Test(affix, prefixes)
{
    static const struct {
        const char *label, *list, *local;
        size_t want;
    } rows[] = {
        {"fits", "real-", "real-ann", 5},
        {"case", "Real-", "rEAL-ann", 5},
        {"does not fit", "real-", "ann", 0},
        {"nothing would be left", "real-", "real-", 0},
        {"the first item that fits", "x- : re : real-", "real-ann", 2},
        {"any text, the longest", "*-", "a-b-ann", 4},
        {"any text leaves something", "*-", "a-", 0},
        {"any text may be empty", "*-", "-ann", 1},
        {"an empty list", "", "ann", 0},
        {"an empty item", " : real-", "real-ann", 5},
        {"another separator", "<; a; real-", "real-ann", 5},
        {"only a star", "*", "ann", 0},
        {"empty local part", "real- : *-", "", 0},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(route_prefix_match(span_text(rows[i].list), span_text(rows[i].local), arena),
                     rows[i].want, "%s", rows[i].label);
    }
    arena_free(arena);
}

Test(affix, suffixes)
{
    static const struct {
        const char *label, *list, *local;
        size_t want;
    } rows[] = {
        {"fits", "-request", "list-request", 8},
        {"case", "-request", "list-REQUEST", 8},
        {"does not fit", "-request", "list", 0},
        {"nothing would be left", "-request", "-request", 0},
        {"any text, the longest", "-*", "ann-a-b", 4},
        {"any text may be empty", "+*", "ann+", 1},
        {"any text leaves something", "+*", "+ann", 0},
        {"the first item that fits", "-x : -owner : -*", "list-owner", 6},
        {"empty local part", "-* : -x", "", 0},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(route_suffix_match(span_text(rows[i].list), span_text(rows[i].local), arena),
                     rows[i].want, "%s", rows[i].label);
    }
    arena_free(arena);
}
