/* Searching with PCRE2: groups, places, limits. */
#include "ref/expand/testing_world.h"

#include "ref/expand/regex.h"

#include <criterion/criterion.h>

Test(expand_regex, groups_and_places)
{
    struct arena *arena = arena_new();
    struct regex *regex;
    struct regex_hit hit;
    cr_assert(!failed(regex_new(SPAN("(x)?b(c)(d)?"), false, arena, &regex)));
    cr_assert(regex_find(regex, SPAN("abcabc"), 0, false, &hit) == REGEX_HIT);
    cr_expect(hit.begin == 1 && hit.end == 3 && hit.count == 4);
    cr_expect(span_eq(hit.groups[0], SPAN("bc")) && hit.groups[1].len == 0);
    cr_expect(span_eq(hit.groups[2], SPAN("c")) && hit.groups[3].len == 0);
    cr_expect(regex_find(regex, SPAN("abcabc"), 3, false, &hit) == REGEX_HIT && hit.begin == 4);
    cr_expect(regex_find(regex, SPAN("ABC"), 0, false, &hit) == REGEX_MISS);
    regex_free(regex);
    regex_free(NULL);
    arena_free(arena);
}

Test(expand_regex, caseless_only_when_asked)
{
    struct arena *arena = arena_new();
    struct regex *regex;
    struct regex_hit hit;
    cr_assert(!failed(regex_new(SPAN("b"), true, arena, &regex)));
    cr_expect(regex_find(regex, SPAN("aB"), 0, false, &hit) == REGEX_HIT);
    regex_free(regex);
    arena_free(arena);
}

Test(expand_regex, bad_patterns_say_where)
{
    struct arena *arena = arena_new();
    struct regex *regex;
    err e = regex_new(SPAN("ab("), false, arena, &regex);
    cr_expect(e.kind == ERR_SYNTAX && e.at == 3);
    cr_expect_str_eq(e.what, "missing closing parenthesis");
    arena_free(arena);
}

Test(expand_regex, a_match_that_backtracks_is_given_up)
{
    struct arena *arena = arena_new();
    struct regex *regex;
    struct regex_hit hit;
    cr_assert(!failed(regex_new(SPAN("^(a+)+$"), false, arena, &regex)));
    cr_expect(regex_find(regex, SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), 0,
                         false, &hit) == REGEX_EXHAUSTED);
    cr_expect(regex_find(regex, SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 0,
                         false, &hit) == REGEX_HIT);
    regex_free(regex);
    arena_free(arena);
}

Test(expand_regex, a_hit_sets_the_captures_with_their_taint)
{
    struct testing_world w;
    bool hit;
    testing_world_open(&w);
    struct value subject = {.text = SPAN("abc"), .tainted = true};
    cr_assert(regex_capture(&w.x, SPAN("(.)c"), false, subject, &hit) && hit);
    cr_expect(w.x.captures.count == 2 && span_eq(w.x.captures.at[1].text, SPAN("b")));
    cr_expect(w.x.captures.at[1].tainted);
    cr_assert(regex_capture(&w.x, SPAN("(z)"), false, subject, &hit) && !hit);
    cr_expect(w.x.captures.count == 2, "a miss leaves them");
    cr_expect(!regex_capture(&w.x, SPAN("("), false, subject, &hit));
    cr_expect_str_eq(w.x.bad.why,
                     "regular expression error in \"(\": missing closing parenthesis at "
                     "offset 1");
    testing_world_close(&w);
}
