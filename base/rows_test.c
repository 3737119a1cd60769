/* Exact names are found, near ones suggested, and sorted means strictly. */
#include "base/rows.h"

#include <criterion/criterion.h>

struct row {
    const char *name;
    int value;
};

static const struct row sorted[] = {
    {"AUTH",     1},
    {"DATA",     2},
    {"EHLO",     3},
    {"HELO",     4},
    {"MAIL",     5},
    {"RCPT",     6},
    {"STARTTLS", 7},
};
static const struct row unsorted[] = {
    {"MAIL", 5},
    {"DATA", 2},
    {"RCPT", 6}
};

Test(rows, every_row_is_found_by_its_exact_name)
{
    for (size_t i = 0; i < sizeof sorted / sizeof *sorted; i++) {
        const struct row *found = ROWS_FIND(sorted, span_text(sorted[i].name));
        cr_expect_eq(found, &sorted[i], "%s", sorted[i].name);
        cr_expect_eq(ROWS_SCAN(sorted, span_text(sorted[i].name)), &sorted[i], "%s",
                     sorted[i].name);
    }
    const struct row *found = ROWS_SCAN(unsorted, SPAN("RCPT"));
    cr_expect_eq(found, &unsorted[2]);
}

Test(rows, near_misses_are_not_found)
{
    static const char *const names[] = {"",    "A",         "auth", "AUTHX",
                                        "AUT", "STARTTLSS", "ZZZ"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cr_expect_null(ROWS_FIND(sorted, span_text(names[i])), "%s", names[i]);
        cr_expect_null(ROWS_SCAN(sorted, span_text(names[i])), "%s", names[i]);
    }
    cr_expect_null(ROWS_FIND(sorted, SPAN("AUTH\0")), "a NUL is part of the name");
    cr_expect_null(rows_find(sorted, 0, sizeof *sorted, SPAN("AUTH")));
}

Test(rows, suggestion_is_the_nearest_within_a_third)
{
    static const struct {
        const char *written, *meant;
    } rows[] = {
        {"STARTLS", "STARTTLS"},   /* one missing */
        {"STARTTTLS", "STARTTLS"}, /* one too many */
        {"DTAA", "DATA"},          /* neighbours swapped: one edit, not two */
        {"rcpt", "RCPT"},          /* case is no edit */
        {"MAJL", "MAIL"},          /* one replaced */
        {"HELQ", "HELO"},          /* nearer to HELO than to EHLO */
        {"XX", NULL},              /* a third of two is none */
        {"DAXX", NULL},            /* two edits of four are too many */
        {"QUIT", NULL},
        {"", NULL},
        {"0123456789012345678901234567890123456789012345678901234567890123456789", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = ROWS_SUGGEST(sorted, span_text(rows[i].written));
        if (rows[i].meant) {
            cr_assert_not_null(name, "%s", rows[i].written);
            cr_expect_str_eq(name, rows[i].meant, "%s: %s", rows[i].written, name);
        } else {
            cr_expect_null(name, "%s: %s", rows[i].written, name ? name : "");
        }
    }
}

Test(rows, sorted_means_strictly)
{
    static const struct row twice[] = {
        {"A", 0},
        {"A", 1}
    };
    cr_expect(rows_sorted(sorted, sizeof sorted / sizeof *sorted, sizeof *sorted));
    cr_expect_not(rows_sorted(unsorted, 3, sizeof *unsorted));
    cr_expect_not(rows_sorted(twice, 2, sizeof *twice));
    cr_expect(rows_sorted(twice, 1, sizeof *twice));
    cr_expect(rows_sorted(twice, 0, sizeof *twice));
}
