/* The table of a topic: which case is in which cell, and files that are none. */
#include "reports/matrix.h"

#include <criterion/criterion.h>

static void add(struct report *r, struct arena *arena, const char *id, enum state state)
{
    *vec_push(arena, &r->cases) = (struct report_case){.id = id, .target = "ref", .state = state};
}

Test(reports_matrix, a_cell_is_the_worst_of_its_cases)
{
    struct arena *arena = arena_new();
    struct report r = {.complete = true};
    struct report_matrix m;
    struct buf out;
    cr_assert_not(failed(report_matrix_read(SPAN("# words\ncolumns lib ver\n\nused: again more\nnew: other\n"),
                                            "resume", arena, &m)));
    *vec_push(arena, &r.targets) = (struct report_target){.name = "ref"};
    buf_init(&out, 4096);
    add(&r, arena, "resume/again#lib=a,ver=1.4", STATE_SKIP);
    report_matrix_put(&r, &m, &out);
    cr_expect_eq(out.len, 0, "a table of nothing but skips");
    r.cases.count = 0;
    add(&r, arena, "resume/again#lib=a,ver=1.2", STATE_PASS);
    add(&r, arena, "resume/more#ver=1.2,lib=a", STATE_FAIL);
    add(&r, arena, "resume/again#lib=a,ver=1.3", STATE_PASS);
    add(&r, arena, "resume/other#lib=a,ver=1.3", STATE_SKIP);
    add(&r, arena, "resume/other#ver=1.2", STATE_PASS);
    add(&r, arena, "resume/others#lib=a,ver=1.2", STATE_PASS);
    add(&r, arena, "resumed/other#lib=a,ver=1.2", STATE_PASS);
    report_matrix_put(&r, &m, &out);
    cr_expect_str_eq(arena_text(arena, buf_span(&out)), "\nresume on ref\n"
                                                        "lib   a        a        \n"
                                                        "ver   1.2      1.3      \n"
                                                        "used  fail     yes      \n"
                                                        "new   -        skip     \n\n");
    buf_wipe(&out);
    arena_free(arena);
}

Test(reports_matrix, what_is_no_table_is_told)
{
    static const struct {
        const char *text;
        size_t line;
    } rows[] = {
        {"", 0}, {"used: again\n", 1}, {"columns\nused: again\n", 1}, {"columns lib\n", 1},
        {"columns lib\n# a word\nused again\n", 3}, {"columns lib\nused:  \n", 2},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct report_matrix m;
        err e = report_matrix_read(span_text(rows[i].text), "t", arena, &m);
        cr_expect_eq(e.kind, ERR_SYNTAX, "%zu", i);
        cr_expect_eq(e.at, rows[i].line, "%zu: line %zu", i, e.at);
    }
    arena_free(arena);
}
