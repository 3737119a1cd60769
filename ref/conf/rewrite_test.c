/* Rewriting rules to typed rows. */
#include "ref/conf/rewrite.h"

#include <criterion/criterion.h>

Test(conf_rewrite, rules)
{
    static const struct {
        const char *line;
        bool headers_only;
        const char *pattern, *replacement, *wrong; /* replacement NULL: none */
        unsigned flags;
    } rows[] = {
        {"*@a  $1@b", false, "*@a", "$1@b", NULL, REWRITE_ENVELOPE | REWRITE_HEADERS},
        {"*@a  $1@b", true, "*@a", "$1@b", NULL, REWRITE_HEADERS},
        {"*@a * F", false, "*@a", NULL, NULL, REWRITE_ENVELOPE_FROM},
        {"*@a \"x \\\"y\" Tw", false, "*@a", "x \"y", NULL, REWRITE_ENVELOPE_TO | REWRITE_WHOLE},
        {"^x y SqR", false, "^x", "y", NULL, REWRITE_SMTP | REWRITE_QUIT | REWRITE_REPEAT},
        {"a b bcfrstQ", false, "a", "b", NULL, REWRITE_HEADERS | REWRITE_QUALIFY},
        {"a b q", false, "a", "b", NULL, REWRITE_HEADERS | REWRITE_ENVELOPE | REWRITE_QUIT},
        {"a", false, "", "", "missing rewrite replacement string", 0},
        {"a b Z", false, "", "",
         "unknown rewrite flag character 'Z' (could be missing quotes round replacement item)", 0},
        {"a \"b F", false, "", "", "missing quote at end of a part of the rewrite rule", 0},
        {"*@a b S", false, "", "", "rewrite rule has the S flag but is not a regular expression", 0},
        {"\\N^x\\N y S", false, "\\N^x\\N", "y", NULL, REWRITE_SMTP},
        {"a b S", true, "", "",
         "rewrite rule specifies a non-header rewrite - not allowed at transport time -", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct conf_rewrites all = {0};
        err e = conf_rewrite_read(span_text(rows[i].line), rows[i].headers_only,
                                  (struct conf_where){"/c", 1}, arena, &all);
        cr_assert_eq(failed(e), rows[i].wrong != NULL, "%s: %s", rows[i].line, e.what);
        if (failed(e)) {
            cr_expect(span_ends(span_text(e.what), span_text(rows[i].wrong)), "%s", e.what);
        } else {
            const struct rewrite_rule *r = &all.rules.at[0];
            cr_expect(span_eq(template_text(r->pattern), span_text(rows[i].pattern)), "%s",
                      rows[i].line);
            cr_expect_eq(r->replacement == NULL, rows[i].replacement == NULL, "%s", rows[i].line);
            if (r->replacement != NULL) {
                cr_expect(span_eq(template_text(r->replacement), span_text(rows[i].replacement)));
            }
            cr_expect_eq(r->flags, rows[i].flags, "%s: %x", rows[i].line, r->flags);
            cr_expect_eq(all.flags, r->flags);
        }
        arena_free(arena);
    }
}
