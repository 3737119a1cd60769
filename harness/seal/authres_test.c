/* What is a field of RFC 8601 2.2, and what looks like one. */
#include "harness/seal/authres.h"

#include <criterion/criterion.h>
#include <string.h>

static bool is_read(const char *text, struct arena *arena, struct proof_authres *a)
{
    const char *why;
    size_t at;
    return proof_authres_read(span_text(text), arena, a, &why, &at);
}

Test(authres, quoted_strings_and_comments_end)
{
    static const struct {
        const char *label, *text;
        bool good;
    } rows[] = {
        {"none", "mx.test; none", true},
        {"quoted id", "\"mx test\"; none", true},
        {"escaped quote inside", "\"mx\\\"test\"; none", true},
        {"the last quote is escaped", "\"mx.test; none\\\"", false},
        {"a backslash escapes no line end", "\"mx\\\r\n test\"; none", false},
        {"nothing is behind the backslash", "\"mx\\", false},
        {"folded inside", "\"mx\r\n test\"; none", true},
        {"a line end that folds nothing", "\"mx\r\ntest\"; none", false},
        {"comment", "mx.test (a (b) \\) c); none", true},
        {"comment without end", "mx.test (a (b); none", false},
        {"a comment's line end is not escaped", "mx.test (a\\\r\n); none", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct proof_authres a;
        cr_expect_eq(is_read(rows[i].text, arena, &a), rows[i].good, "%s", rows[i].label);
        arena_free(arena);
    }
}

Test(authres, values_are_unquoted)
{
    struct arena *arena = arena_new();
    struct proof_authres a;
    cr_assert(is_read("\"m\\x\"; spf=pass reason=\"a \\\"b\\\"\" smtp.mailfrom=\"c d\"@e.test", arena, &a));
    cr_expect(span_eq(a.id, SPAN("mx")));
    cr_assert_eq(a.results.count, 1);
    cr_expect(span_eq(a.results.at[0].reason, SPAN("a \"b\"")));
    arena_free(arena);
}
