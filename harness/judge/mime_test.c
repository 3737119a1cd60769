/* The judge's MIME reader on what reports do, and on what they must not do. */
#include "harness/judge/mime.h"

#include <criterion/criterion.h>

struct row {
    const char *label;
    const char *type; /* of the whole */
    const char *body;
    unsigned nth;
    bool found;
    const char *part_body;
};

static const struct row rows[] = {
    { "first part", "multipart/mixed; boundary=b", "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n", 1, true, "one" },
    { "second part", "multipart/mixed; boundary=b", "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n", 2, true, "two" },
    { "third of two", "multipart/mixed; boundary=b", "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n", 3, false, NULL },
    { "preamble is no part", "multipart/mixed; boundary=b", "x\r\n--b\r\n\r\none\r\n--b--\r\n", 1, true, "one" },
    { "LF line ends", "multipart/mixed; boundary=b", "--b\n\none\n--b--\n", 1, true, "one" },
    { "quoted, escaped, caseless", "Multipart/Mixed; charset=x; Boundary=\"a\\b c\"", "--ab c\n\none\n--ab c--", 1, true, "one" },
    { "blanks behind", "multipart/mixed; boundary=b", "--b  \n\none\n--b--\n", 1, true, "one" },
    { "a longer word is no boundary", "multipart/mixed; boundary=b", "--b\n\n--bc\n--b--\n", 1, true, "--bc" },
    { "no closing boundary", "multipart/mixed; boundary=b", "--b\n\none\n", 1, false, NULL },
    { "no boundary named", "multipart/mixed", "--b\n\none\n--b--\n", 2, false, NULL },
    { "no multipart: itself", "text/plain", "whole", 1, true, "whole" },
    { "no multipart: no second", "text/plain", "whole", 2, false, NULL },
    { "empty part", "multipart/mixed; boundary=b", "--b\n\n--b--\n", 1, true, "" },
};

Test(mime, parts)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct mime_part whole;
        struct mime_part part = {0};
        const char *text =
            arena_printf(arena, "Content-Type: %s\r\n\r\n%s", rows[i].type, rows[i].body);
        mime_split(span_text(text), arena, &whole);
        bool found = mime_part(&whole, rows[i].nth, arena, &part);
        cr_expect_eq(found, rows[i].found, "%s", rows[i].label);
        if (found && rows[i].part_body != NULL) {
            cr_expect(span_eq(part.body, span_text(rows[i].part_body)), "%s: `%.*s`", rows[i].label,
                      SPAN_FMT(part.body));
        }
        arena_free(arena);
    }
}

Test(mime, fields_are_unfolded)
{
    struct arena *arena = arena_new();
    struct mime_part m;
    mime_split(SPAN("A: one\r\n two\r\nB:x\r\n\r\nbody\r\n"), arena, &m);
    cr_assert_eq(m.headers.count, 2);
    cr_expect(span_eq(mime_unfolded(m.headers.at[0].value, arena), SPAN("one two")));
    cr_expect(span_eq(m.body, SPAN("body\r\n")));
    cr_expect_str_eq(mime_type(&m, arena), "text/plain");
    arena_free(arena);
}

Test(mime, groups_stand_between_empty_lines)
{
    struct arena *arena = arena_new();
    struct mime_part g;
    span body = SPAN("A: 1\r\n\r\n\r\nB: 2\r\nC: 3\r\n\r\nD: 4\r\n");
    cr_assert(mime_group(body, 2, arena, &g));
    cr_assert_eq(g.headers.count, 2);
    cr_expect_str_eq(g.headers.at[1].name, "C");
    cr_assert(mime_group(body, 3, arena, &g));
    cr_expect_str_eq(g.headers.at[0].name, "D");
    cr_expect_not(mime_group(body, 4, arena, &g));
    arena_free(arena);
}
